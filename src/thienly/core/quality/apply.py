"""Facts about links and arrivals become rows; see `core.recording.apply`, whose transaction this joins."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from math import ceil

from django.conf import settings
from django.utils import timezone

from thienly.bus.messages import Fact, LinkReport, SegmentClosed
from thienly.core.quality.models import ArrivalDay, LinkDay
from thienly.core.recording.moments import instant
from thienly.core.registry.models import Camera

_MOST = 2**63 - 1
_MOST_INT = 2**31 - 1
_KEY = ["day", "camera", "recorder", "held"]
_SUMS = [
    field.attname
    for field in LinkDay._meta.concrete_fields
    if field.attname not in ("id", "camera_id", "day", "recorder", "held")
]


def apply_quality(facts: Sequence[Fact], *, cameras: Mapping[str, Camera], now: datetime) -> None:
    """`facts` are about these cameras."""
    _links([fact for fact in facts if isinstance(fact, LinkReport)], cameras)
    closed = [fact for fact in facts if isinstance(fact, SegmentClosed) and fact.stream == "main"]
    _arrivals(closed, cameras, now)


def sound(fact: LinkReport) -> bool:
    """Whether a working recorder could report this."""
    wide = [fact.received, fact.lost, fact.bytes, fact.frames, fact.media_us]
    wide += [fact.jitter_sum_us, fact.jitter_worst_us]
    narrow = (fact.disconnects, fact.reconnects, fact.jitter_windows, abs(fact.clock_worst_ms or 0))
    return (
        0 <= fact.held_us <= fact.from_us <= fact.until_us
        and all(number <= _MOST for number in wide)
        and all(number <= _MOST_INT for number in narrow)
    )


def _links(facts: Sequence[LinkReport], cameras: Mapping[str, Camera]) -> None:
    if not facts:
        return
    newest: dict[tuple[date, str, str, int], LinkReport] = {}
    for fact in facts:
        key = (fact.day, fact.camera, fact.recorder, fact.held_us)
        if key not in newest or newest[key].until_us < fact.until_us:
            newest[key] = fact
    rows = [_row(fact, cameras[fact.camera]) for fact in newest.values()]
    there = LinkDay.objects.filter(
        day__in={row.day for row in rows}, camera__in={row.camera_id for row in rows}
    )
    known = {(row.day, row.camera_id, row.recorder, row.held): row.until for row in there}
    fresh = [
        row
        for row in rows
        if row.until > known.get((row.day, row.camera_id, row.recorder, row.held), instant(0))
    ]
    LinkDay.objects.bulk_create(
        fresh, batch_size=200, update_conflicts=True, unique_fields=_KEY, update_fields=_SUMS
    )


def _row(fact: LinkReport, camera: Camera) -> LinkDay:
    return LinkDay(
        camera=camera,
        day=fact.day,
        recorder=fact.recorder,
        held=instant(fact.held_us),
        start=instant(fact.from_us),
        until=instant(fact.until_us),
        received=fact.received,
        lost=fact.lost,
        bytes=fact.bytes,
        frames=fact.frames,
        media_ms=fact.media_us // 1000,
        declared_fps=fact.declared_fps,
        disconnects=fact.disconnects,
        reconnects=fact.reconnects,
        jitter_windows=fact.jitter_windows,
        jitter_sum_us=fact.jitter_sum_us,
        jitter_worst_us=fact.jitter_worst_us,
        clock_worst_ms=fact.clock_worst_ms,
    )


def _arrivals(facts: Sequence[SegmentClosed], cameras: Mapping[str, Camera], now: datetime) -> None:
    """Each segment is counted once, also when its fact is delivered again: ids of a recorder only grow."""
    if not facts:
        return
    tz, timely_s = timezone.get_default_timezone(), settings.CONF.file.quality.timely_s
    dated = [(instant(fact.end_us).astimezone(tz).date(), fact) for fact in facts]
    found = ArrivalDay.objects.filter(
        day__in={day for day, _ in dated}, camera__in={cameras[fact.camera].pk for _, fact in dated}
    )
    rows = {(row.day, row.camera_id.hex, row.recorder): row for row in found}
    changed: dict[tuple[date, str, str], ArrivalDay] = {}
    for day, fact in sorted(dated, key=lambda pair: pair[1].segment):
        key = (day, fact.camera, fact.recorder)
        row = rows.get(key)
        if row is None:
            row = rows[key] = ArrivalDay(
                camera=cameras[fact.camera],
                day=day,
                recorder=fact.recorder,
                last_segment=0,
                segments=0,
                late=0,
                worst_s=0,
            )
        if fact.segment <= row.last_segment:
            continue
        took = ceil(max(0.0, (now - instant(fact.end_us)).total_seconds()))
        row.last_segment = fact.segment
        row.segments += 1
        row.late += took > timely_s
        row.worst_s = min(_MOST_INT, max(row.worst_s, took))
        changed[key] = row
    ArrivalDay.objects.bulk_create(
        changed.values(),
        batch_size=500,
        update_conflicts=True,
        unique_fields=["day", "camera", "recorder"],
        update_fields=["last_segment", "segments", "late", "worst_s"],
    )
