"""How well the links to cameras do, by day, and what the tests of their connections found."""

from datetime import date, datetime, timedelta
from typing import Self
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field, model_validator

from thienly.api.session import actor_of
from thienly.core.quality.links import LinkOfDay, links_of
from thienly.core.quality.looking import look_at_links, look_at_tests
from thienly.core.quality.models import ConnectionTest
from thienly.core.recording.overview import cameras_with_coverage
from thienly.core.recording.queries import FIRST_DAY, LAST_DAY
from thienly.core.registry.models import Camera
from thienly.rules.link import Measure
from thienly.rules.problems import Problem

links = Router(tags=["links"])
router = Router(tags=["links"])


class LinkOut(Schema):
    """One camera on one local day; null: not measured."""

    id: str
    code: str
    day: date
    until: datetime
    grade: str = Field(description="good, watch, bad; unknown: nothing was measured")
    reasons: list[Measure] = Field(description="what makes it no better, the worst first")
    packets_expected: int = Field(description="RTP, by their sequence numbers")
    packets_lost: int
    loss: float | None = Field(description="0 to 1")
    jitter_ms: float | None = Field(description="RFC 3550 A.8, mean of the windows of measurement")
    jitter_worst_ms: float | None
    disconnects: int
    reconnects: int
    bytes: int
    bitrate: int | None = Field(description="bit/s while it was connected")
    fps: float | None
    declared_fps: float | None
    clock_offset_ms: int | None = Field(description="camera's clock minus server's, the largest of the day")

    @classmethod
    def of(cls, row: LinkOfDay, code: str) -> Self:
        judgement = row.judgement
        return cls(
            id=row.camera.hex,
            code=code,
            day=row.day,
            until=row.until,
            grade=judgement.grade.name.lower(),
            reasons=judgement.reasons,
            packets_expected=row.expected,
            packets_lost=row.lost,
            loss=row.loss,
            jitter_ms=row.jitter_ms,
            jitter_worst_ms=row.jitter_worst_ms,
            disconnects=row.disconnects,
            reconnects=row.reconnects,
            bytes=row.bytes,
            bitrate=row.bitrate,
            fps=row.fps,
            declared_fps=row.declared_fps,
            clock_offset_ms=row.clock_worst_ms,
        )


class Days(Schema):
    """Local days, both inclusive; at most 93. Without them the last seven."""

    from_: date | None = Field(None, alias="from", ge=FIRST_DAY, le=LAST_DAY)
    to: date | None = Field(None, ge=FIRST_DAY, le=LAST_DAY)

    @model_validator(mode="after")
    def _a_span(self) -> Self:
        first, last = self.span(LAST_DAY if self.to is None else self.to)
        if self.from_ and self.to and not first <= last < first + timedelta(days=93):
            raise ValueError("`to` must not lie before `from`, nor three months after it")
        return self

    def span(self, today: date) -> tuple[date, date]:
        last = self.to or today
        return max(self.from_ or last - timedelta(days=6), last - timedelta(days=92)), last


class LinkFilter(Days):
    unit: UUID | None = Field(None, description="also those below it")
    site: UUID | None = None
    sector: str = Field("", pattern=r"^[a-z_]{0,40}$")
    grade: str = Field("", pattern=r"^(|good|watch|bad|unknown)$")
    limit: int = Field(1000, ge=1, le=5000)
    offset: int = Field(0, ge=0, le=1_000_000)


class LinkPage(Schema):
    total: int
    items: list[LinkOut] = Field(description="the newest day first, and in it the worst")


class TestOut(Schema):
    """What was found when the connection was tested; it is never changed afterwards."""

    id: str
    reason: str = Field(description="entered, changed, asked")
    ordered_by: str
    ordered_at: datetime
    finished_at: datetime | None = Field(description="null: it waits for a recorder")
    ok: bool | None
    problem: Problem | None
    detail: str
    codec: str
    width: int
    height: int
    fps: float
    declared_fps: float
    audio: str
    server: str
    clock_offset_ms: int | None
    packets_expected: int
    packets_lost: int
    jitter_ms: float | None
    bitrate: int
    seconds: float

    @classmethod
    def of(cls, test: ConnectionTest) -> Self:
        same = ["reason", "ordered_at", "finished_at", "ok", "detail", "codec", "width", "height", "fps"]
        same += ["declared_fps", "audio", "server", "clock_offset_ms", "bitrate", "seconds"]
        return cls(
            id=test.id.hex,
            ordered_by=test.ordered_label,
            problem=Problem(test.problem) if test.problem else None,
            packets_expected=test.expected,
            packets_lost=test.lost,
            jitter_ms=None if test.jitter_us is None else test.jitter_us / 1000,
            **{name: getattr(test, name) for name in same},
        )


@links.get("", response=LinkPage)
def all_links(request: HttpRequest, ask: Query[LinkFilter]) -> LinkPage:
    """Cameras whose measurements the person may know. What he may not know filters like what does not
    exist."""
    now = timezone.now()
    cameras = cameras_with_coverage(actor=actor_of(request), now=now)
    if ask.unit:
        cameras = cameras.filter(site__unit__path__contains=f"{ask.unit.hex}/")
    if ask.site:
        cameras = cameras.filter(site=ask.site)
    if ask.sector:
        cameras = cameras.filter(sector=ask.sector)
    rows = links_of(cameras, *ask.span(timezone.localdate(now)))
    if ask.grade:
        rows = [row for row in rows if row.judgement.grade.name.lower() == ask.grade]
    rows.sort(key=lambda row: (-row.day.toordinal(), -row.judgement.grade))
    page = rows[ask.offset : ask.offset + ask.limit]
    codes = dict(Camera.objects.filter(pk__in={row.camera for row in page}).values_list("pk", "code"))
    return LinkPage(total=len(rows), items=[LinkOut.of(row, codes[row.camera]) for row in page])


@router.get("/{camera_id}/link", response=list[LinkOut])
def link_of(request: HttpRequest, camera_id: str, ask: Query[Days]) -> list[LinkOut]:
    """The link of one camera by day, the newest first."""
    now = timezone.now()
    first, last = ask.span(timezone.localdate(now))
    camera, rows = look_at_links(
        actor=actor_of(request), camera_id=camera_id, first=first, last=last, now=now
    )
    return [LinkOut.of(row, camera.code) for row in rows]


@router.get("/{camera_id}/connection-tests", response=list[TestOut])
def tests_of(request: HttpRequest, camera_id: str) -> list[TestOut]:
    """The tests of one camera's connection, the newest first; at most 100."""
    tests = look_at_tests(actor=actor_of(request), camera_id=camera_id, limit=100, now=timezone.now())
    return [TestOut.of(test) for test in tests]
