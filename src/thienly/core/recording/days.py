"""Days of cameras, added up from hours and gaps in bounded steps, and again whenever one became stale."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta, tzinfo
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from thienly.core.recording.line import Known, known
from thienly.core.recording.models import CameraState, Coverage, CoverageDay
from thienly.core.recording.queries import recording_from, status_of
from thienly.core.recording.spans import local_days, midnight
from thienly.core.registry.models import Camera
from thienly.rules.continuity import classes, sums
from thienly.rules.coverage import Stretch, count, merge
from thienly.rules.outage import OutageClass

AT_ONCE = 100
"""Camera days added up in one transaction; others write meanwhile."""
TODAY_EVERY = timedelta(minutes=15)
HOURS_KEPT = timedelta(days=62)
"""Hours of which nothing can be played any more are forgotten after this: their months are assessed by then,
and facts that come late come within 30 days."""

_DAY = timedelta(days=1)
_LONGEST = timedelta(days=732)
_COLUMNS = {
    OutageClass.POWER: "gap_power",
    OutageClass.NETWORK: "gap_network",
    OutageClass.DEVICE: "gap_device",
    OutageClass.MANUAL: "gap_manual",
    OutageClass.PLANNED: "gap_manual",  # outside what was announced it does not count as planned
    OutageClass.SABOTAGE: "gap_sabotage",
    OutageClass.PLATFORM: "gap_platform",
    OutageClass.UNKNOWN: "gap_unknown",
}
GAP_COLUMNS = tuple(dict.fromkeys(_COLUMNS.values()))
_WRITTEN = [
    field.attname
    for field in CoverageDay._meta.concrete_fields
    if field.attname not in ("id", "camera_id", "day")
]


def make_stale(spans: Iterable[tuple[UUID, datetime, datetime]], *, now: datetime) -> None:
    """Something about these cameras in [start, end) became known or changed. Joins the caller's transaction.

    The present day is left out: it is added up again and again as long as it lasts.
    """
    tz = timezone.get_default_timezone()
    today = midnight(now.astimezone(tz).date(), tz)
    touched: set[tuple[date, UUID]] = set()
    for camera, start, end in spans:
        if start < today:
            days = local_days(max(start, now - _LONGEST), min(end, today), tz)
            touched.update((day, camera) for day, _, _ in days)
    rows = [CoverageDay(camera_id=camera, day=day) for day, camera in sorted(touched)]
    CoverageDay.objects.bulk_create(
        rows,
        batch_size=1000,
        update_conflicts=True,
        unique_fields=["day", "camera"],
        update_fields=["stale"],
    )


def begin_day(*, now: datetime) -> int:
    """Rows for today and yesterday of every camera that has none; yesterday's are added up to their end.

    Returns how many were made. Costs one question when there is nothing to do.
    """
    tz = timezone.get_default_timezone()
    today = now.astimezone(tz).date()
    begin = midnight(today, tz)
    CoverageDay.objects.filter(day=today - _DAY, as_of__lt=begin, stale=False).update(stale=True)
    made = 0
    for day in (today - _DAY, today):
        there = CoverageDay.objects.filter(day=day).values("camera")
        due = Camera.objects.filter(created_at__lt=midnight(day + _DAY, tz)).exclude(
            retired_at__lt=midnight(day, tz)
        )
        missing = due.exclude(pk__in=there).values_list("pk", flat=True)[:5000]
        rows = [CoverageDay(camera_id=camera, day=day) for camera in missing]
        CoverageDay.objects.bulk_create(rows, batch_size=1000, ignore_conflicts=True)
        made += len(rows)
    return made


def add_up(*, now: datetime, limit: int = AT_ONCE) -> int:
    """Adds up at most `limit` camera days: the newest stale ones, then today's oldest. Returns how many."""
    tz = timezone.get_default_timezone()
    today = now.astimezone(tz).date()
    with transaction.atomic():
        rows = list(CoverageDay.objects.filter(stale=True, day__lte=today).order_by("-day")[:limit])
        if len(rows) < limit:
            old = CoverageDay.objects.filter(day=today, stale=False, as_of__lt=now - TODAY_EVERY)
            rows += old.order_by("as_of")[: limit - len(rows)]
        # First, so that whoever makes one stale while it is being read waits, and is seen afterwards.
        CoverageDay.objects.filter(pk__in=[row.pk for row in rows]).update(stale=False)
        by_day: dict[date, list[CoverageDay]] = defaultdict(list)
        for row in rows:
            by_day[row.day].append(row)
        for day, of_day in by_day.items():
            _add_up_day(day, of_day, tz, now)
        CoverageDay.objects.bulk_create(
            rows,
            batch_size=300,
            update_conflicts=True,
            unique_fields=["day", "camera"],
            update_fields=_WRITTEN,
        )
    return len(rows)


def forget_hours(*, now: datetime) -> int:
    """Forgets hours that are old and of which nothing can be played; their days keep the sums."""
    old = now - HOURS_KEPT - _DAY
    cameras = list(Camera.objects.order_by("pk").values_list("pk", flat=True))
    forgotten = 0
    for first in range(0, len(cameras), 500):
        rows = Coverage.objects.filter(camera__in=cameras[first : first + 500], hour__lt=old, seconds=b"")
        forgotten += rows.delete()[0]
    return forgotten


def _add_up_day(day: date, rows: Sequence[CoverageDay], tz: tzinfo, now: datetime) -> None:
    start, end = midnight(day, tz), midnight(day + _DAY, tz)
    cameras = {camera.pk: camera for camera in Camera.objects.filter(pk__in=[row.camera_id for row in rows])}
    book = known(list(cameras.values()), start, end)
    tails: dict[UUID, datetime] = {}
    if end > now - _DAY:
        for pk, current in status_of(cameras.values(), now).items():
            if (tail := recording_from(current)) is not None:
                tails[pk] = tail
    reported = set(CameraState.objects.filter(camera__in=cameras).values_list("camera", flat=True))
    for row in rows:
        camera, facts = cameras[row.camera_id], book[row.camera_id]
        row.stale = False
        if row.as_of is not None and end < now - HOURS_KEPT:
            # Its hours may be forgotten: what was recorded stays as it is, what can be played may shrink.
            row.deleted = max(0, row.recorded - _playable(facts))
            continue
        begin = max(start, camera.created_at)
        until = min(end, camera.retired_at or end)
        before = _numbers(row)
        line = facts.stretches(start=begin, end=until, now=now, recording_from=tails.get(camera.pk))
        _fill(row, line, facts, promised=camera.record or camera.pk in reported)
        row.as_of = min(end, now)
        if row.added_at is None or _numbers(row) != before:
            row.added_at = now


def _fill(row: CoverageDay, line: list[Stretch], facts: Known, *, promised: bool) -> None:
    total = sums(line)
    if not promised:  # it was never meant to be recorded, so nobody ever said a word about it
        total.off, total.unknown = total.off + total.unknown, 0.0
    row.recorded, row.deleted = round(total.recorded), round(total.deleted)
    row.planned, row.off, row.unknown = round(total.planned), round(total.off), round(total.unknown)
    row.reasons = {reason.value: round(seconds) for reason, seconds in total.reasons.items()}
    for column in GAP_COLUMNS:
        setattr(row, column, 0)
    for cls, seconds in classes(line, facts.findings).items():
        setattr(row, _COLUMNS[cls], getattr(row, _COLUMNS[cls]) + round(seconds))
    row.expected = row.recorded + row.unknown + sum(getattr(row, column) for column in GAP_COLUMNS)


def _numbers(row: CoverageDay) -> list[int]:
    return [
        getattr(row, name) for name in ("expected", "recorded", "planned", "off", "unknown", *GAP_COLUMNS)
    ]


def _playable(facts: Known) -> int:
    """Seconds of the day that are still there."""
    return sum(count(merge(bitmaps)) for bitmaps in facts.hours.values())


def days_between(first: date, last: date) -> list[date]:
    """Both inclusive."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
