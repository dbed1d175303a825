"""The line of time of one camera: exact stretches of up to two days, seconds by kind for wider spans."""

from datetime import date, datetime, timedelta
from typing import Literal, Self

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import AwareDatetime, Field, model_validator

from thienly.api.session import actor_of
from thienly.core.recording.looking import look_at_span
from thienly.core.recording.models import PlannedOutage
from thienly.core.recording.moments import instant
from thienly.core.recording.queries import FIRST_DAY, LAST_DAY
from thienly.core.recording.spans import LONGEST, Bucket, SpanTimeline, midnight
from thienly.rules.continuity import Sums
from thienly.rules.coverage import Kind, Stretch
from thienly.rules.problems import Problem

router = Router(tags=["cameras"])


class StretchOut(Schema):
    start: datetime
    end: datetime
    kind: Kind
    reason: Problem | None = Field(description="of a gap, also of a planned one")

    @classmethod
    def of(cls, stretch: Stretch) -> "StretchOut":
        start, end = instant(stretch.start_us), instant(stretch.end_us)
        return cls(start=start, end=end, kind=stretch.kind, reason=stretch.reason)


class BucketOut(Schema):
    """Seconds of each kind; together they are `end` minus `start`."""

    start: datetime
    end: datetime
    recorded: float = Field(description="can be played")
    deleted: float = Field(description="was recorded, deleted since under the rules on keeping")
    gap: float
    planned: float = Field(description="not recorded, within an announced outage")
    off: float = Field(description="recording was switched off")
    unknown: float
    reasons: dict[Problem, float] = Field(description="of `gap`")

    @classmethod
    def of(cls, bucket: Bucket) -> "BucketOut":
        total: Sums = bucket.sums
        return cls(
            start=bucket.start,
            end=bucket.end,
            recorded=total.recorded - total.deleted,
            deleted=total.deleted,
            gap=total.gap,
            planned=total.planned,
            off=total.off,
            unknown=total.unknown,
            reasons=total.reasons,
        )


class PlannedOut(Schema):
    """An announced outage that touches the span, also when it lies in the future."""

    id: str
    start: datetime
    end: datetime
    reason: str
    document: str
    site_wide: bool

    @classmethod
    def of(cls, row: PlannedOutage) -> "PlannedOut":
        return cls(
            id=row.id.hex,
            start=row.start,
            end=row.end,
            reason=row.reason,
            document=row.document,
            site_wide=row.site_id is not None,
        )


class TimelineOut(Schema):
    start: datetime
    end: datetime
    now: datetime
    resolution: Literal["exact", "buckets"]
    bucket_s: int = Field(description="length of a bucket in seconds; 0: exact; 86400: local days")
    share: float | None = Field(description="recorded part of the span until now, 0 to 1")
    stretches: list[StretchOut] = Field(description="without holes or overlaps, until now; empty for buckets")
    buckets: list[BucketOut] = Field(description="until now; empty when exact")
    planned: list[PlannedOut]


class TimelineFilter(Schema):
    """Either `day` (local), or `from` and `to`."""

    day: date | None = Field(None, ge=FIRST_DAY, le=LAST_DAY)
    from_: AwareDatetime | None = Field(None, alias="from")
    to: AwareDatetime | None = None

    @model_validator(mode="after")
    def _one_span(self) -> Self:
        if self.day is not None and self.from_ is None and self.to is None:
            return self
        if self.day is not None or self.from_ is None or self.to is None:
            raise ValueError("give either day, or from and to")
        inside = self.from_.date() > FIRST_DAY and self.to.date() < LAST_DAY
        if not (inside and self.from_ < self.to <= self.from_ + LONGEST):
            raise ValueError(f"`to` must lie after `from`, by at most {LONGEST.days} days")
        return self


@router.get("/{camera_id}/timeline", response=TimelineOut)
def timeline_of(request: HttpRequest, camera_id: str, ask: Query[TimelineFilter]) -> TimelineOut:
    """What is recorded, what is not and why, until now: of a day of the site, or of any span to two years.

    Spans of up to 49 hours come as exact stretches, wider ones (and those with too many stretches) as at most
    about 800 buckets with the seconds of each kind.
    """
    tz = timezone.get_default_timezone()
    actor, now = actor_of(request), timezone.now()
    if ask.day is not None:
        start, end = midnight(ask.day, tz), midnight(ask.day + timedelta(days=1), tz)
    else:
        assert ask.from_ is not None and ask.to is not None  # noqa: S101 - the filter says so
        start, end = ask.from_, ask.to
    line: SpanTimeline = look_at_span(actor=actor, camera_id=camera_id, start=start, end=end, tz=tz, now=now)
    return TimelineOut(
        start=line.start,
        end=line.end,
        now=now,
        resolution="buckets" if line.bucket_s else "exact",
        bucket_s=line.bucket_s,
        share=line.share,
        stretches=[StretchOut.of(stretch) for stretch in line.stretches],
        buckets=[BucketOut.of(bucket) for bucket in line.buckets],
        planned=[PlannedOut.of(row) for row in line.planned],
    )
