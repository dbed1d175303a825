"""The line of time of any span of one camera, from a minute to two years, in an answer of bounded size."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from thienly.core.recording.line import known, planned_of
from thienly.core.recording.models import CoverageDay, PlannedOutage
from thienly.core.recording.moments import instant, microseconds
from thienly.core.recording.queries import recording_from, status_of
from thienly.core.registry.models import Camera
from thienly.rules.continuity import Sums, buckets, sums
from thienly.rules.coverage import Stretch, share
from thienly.rules.problems import Problem

LONGEST = timedelta(days=732)
"""The widest span of one question."""

EXACT = timedelta(hours=49)
"""Up to here the answer is exact stretches: two days, also when the clocks of a country change."""
MOST_STRETCHES = 2000
MOST_BUCKETS = 800
_BY_HOURS = timedelta(days=62)
"""Wider than this, the days that are added up already answer instead of the hours."""
_LADDER = [timedelta(minutes=m) for m in (1, 5, 15, 60, 180)]
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Bucket:
    start: datetime
    end: datetime
    sums: Sums


@dataclass(frozen=True, slots=True)
class SpanTimeline:
    """Either `stretches` (exact) or `buckets` with the seconds of each kind; both end at the present.

    `bucket_s` 0: exact; 86,400: local days. `share`: what is recorded of what has passed, 0 to 1.
    """

    start: datetime
    end: datetime
    bucket_s: int
    stretches: list[Stretch]
    buckets: list[Bucket]
    share: float | None
    planned: list[PlannedOutage]


def span_timeline(camera: Camera, start: datetime, end: datetime, tz: tzinfo, now: datetime) -> SpanTimeline:
    """Raises ValueError for a span that is reversed, empty or longer than `LONGEST`."""
    if not start < end <= start + LONGEST:
        raise ValueError("not a span")
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    planned = planned_of([camera], start, end)
    if end - start > _BY_HOURS:
        parts = _days(camera, start, end, tz, now)
        return _of_buckets(start, end, 86_400, parts, planned)
    line = _line(camera, start, end, now)
    if end - start <= EXACT and len(line) <= MOST_STRETCHES:
        return SpanTimeline(start, end, 0, line, [], share(line), planned)
    step = next((step for step in _LADDER if (end - start) / step <= MOST_BUCKETS), _LADDER[-1])
    edges = _edges(start, min(end, now), step, tz)
    parts = [Bucket(instant(s.start_us), instant(s.end_us), total) for s, total in buckets(line, edges)]
    return _of_buckets(start, end, int(step.total_seconds()), parts, planned)


def local_days(start: datetime, end: datetime, tz: tzinfo) -> list[tuple[date, datetime, datetime]]:
    """Every local day that touches [start, end), with its first moment and its end in UTC."""
    days: list[tuple[date, datetime, datetime]] = []
    day = start.astimezone(tz).date()
    while (begin := midnight(day, tz)) < end:
        days.append((day, begin, midnight(day + _DAY, tz)))
        day += _DAY
    return days


def midnight(day: date, tz: tzinfo) -> datetime:
    return datetime.combine(day, time(), tz).astimezone(UTC)


def _line(camera: Camera, start: datetime, end: datetime, now: datetime) -> list[Stretch]:
    tail = recording_from(status_of([camera], now)[camera.id]) if end > now - _DAY else None
    return known([camera], start, end)[camera.id].stretches(
        start=start, end=end, now=now, recording_from=tail
    )


def _days(camera: Camera, start: datetime, end: datetime, tz: tzinfo, now: datetime) -> list[Bucket]:
    """Whole days from what is added up; the edges, and the days since, from the hours."""
    days = local_days(start, min(end, now), tz)
    rows = {
        row.day: row
        for row in CoverageDay.objects.filter(camera=camera, day__in=[day for day, _, _ in days])
        if row.as_of is not None
    }
    result: list[Bucket] = []
    for day, begin, until in days:
        row = rows.get(day)
        first, last = max(begin, start), min(until, end, now)
        if row is not None and (first, last) == (begin, until) and row.as_of == until:
            result.append(Bucket(begin, until, _of_row(row)))
        elif row is None and until < now - _BY_HOURS:
            unknown = Sums(unknown=(last - first).total_seconds())
            result.append(Bucket(first, last, unknown))
        else:
            result.append(Bucket(first, last, sums(_line(camera, first, last, now))))
    return result


def _of_row(row: CoverageDay) -> Sums:
    reasons = {Problem(code): float(s) for code, s in row.reasons.items() if code in set(Problem)}
    return Sums(
        recorded=row.recorded,
        deleted=row.deleted,
        gap=row.expected - row.recorded - row.unknown,
        planned=row.planned,
        off=row.off,
        unknown=row.unknown,
        reasons=reasons,
    )


def _of_buckets(
    start: datetime, end: datetime, bucket_s: int, parts: list[Bucket], planned: list[PlannedOutage]
) -> SpanTimeline:
    passed = sum((part.end - part.start).total_seconds() for part in parts)
    good = sum(part.sums.recorded for part in parts)
    return SpanTimeline(start, end, bucket_s, [], parts, good / passed if passed else None, planned)


def _edges(start: datetime, end: datetime, step: timedelta, tz: tzinfo) -> list[int]:
    """Edges on round local moments, and the ends of the span."""
    if start >= end:
        return []
    base = microseconds(midnight(start.astimezone(tz).date(), tz))
    step_us = step // timedelta(microseconds=1)
    first, last = microseconds(start), microseconds(end)
    edges = list(range(base, last, step_us))
    edges = edges[bisect_right(edges, first) :]
    return [first, *edges, last]
