"""Gaps: those that recorders report, and holes between segments that nobody accounted for."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from thienly.bus.messages import Gap as GapFact
from thienly.bus.messages import SegmentClosed
from thienly.core.recording.book import Book
from thienly.core.recording.models import Gap
from thienly.core.recording.moments import instant, microseconds
from thienly.core.registry.models import Camera
from thienly.rules.coverage import Span, subtract
from thienly.rules.problems import Problem

HOLE_US = 500_000
"""Segments of one camera may be this far apart without a hole: a frame or two at a change of segment."""

_NEAR = timedelta(hours=1)
"""Facts that overtook one another are not further apart; beyond, footage may just have been deleted."""

_FOREVER = 2**62


def apply_gap(book: Book, fact: GapFact, now: datetime) -> None:
    """Opens or closes a gap; a closed one stays closed, with its earliest end."""
    camera = book.cameras[fact.camera]
    row = Gap.objects.filter(gap=fact.gap).first()
    if row is None:
        row = Gap(
            gap=fact.gap, camera=camera, recorder=fact.recorder, start=instant(fact.start_us), known_at=now
        )
        row.reason, row.detail = fact.reason.value, fact.detail[:300]
        if fact.end_us is None:
            row.end = _taken_over(book, fact)
    if fact.end_us is not None:
        end = instant(fact.end_us)
        row.end = end if row.end is None else min(end, row.end)
    row.save()
    if row.end is None:
        book.with_open_gap.add(fact.camera)
    book.tell_days(fact.camera, fact.start_us, microseconds(row.end or now))
    until = row.end or book.recorded_after(fact.camera, row.start)
    _explain(camera, Span(fact.start_us, _FOREVER if until is None else microseconds(until)))
    if row.end is not None:
        _hole_after(book, fact, row.end, now)


def hole_before(book: Book, fact: SegmentClosed, now: datetime) -> None:
    """What lies between the newest segment until now and this one becomes a gap, unless recorders told why.

    A segment that comes late explains what was taken for a hole. Gaps that another recorder left open end
    where this one begins.
    """
    camera = book.cameras[fact.camera]
    start = instant(fact.start_us)
    if fact.camera in book.with_open_gap:
        foreign = Gap.objects.filter(camera=camera, end=None, start__lt=start)
        others = foreign.exclude(recorder=fact.recorder)
        begun = min(others.values_list("start", flat=True), default=None)
        if begun is not None:
            book.tell_days(fact.camera, microseconds(begun), fact.start_us)
            others.update(end=start)
    state = book.state(fact.camera)
    if state is None or state.recorded_until is None:
        return
    until_us = microseconds(state.recorded_until)
    if fact.start_us < until_us:
        _explain(camera, Span(fact.start_us, fact.end_us))
        _hole_after(book, fact, instant(fact.end_us), now)
    elif fact.start_us - until_us > HOLE_US:
        hole = Span(until_us, fact.start_us)
        book.tell_days(fact.camera, hole.start_us, hole.end_us)
        reason = Problem.UNEXPLAINED if state.recorded_by == fact.recorder else Problem.HANDOVER
        _infer(camera, fact.recorder, _unexplained(camera, hole), reason, known_at=now)


def _explain(camera: Camera, span: Span) -> None:
    """Takes `span` out of the inferred gaps of the camera."""
    for row in _overlapping(camera, span).filter(inferred=True):
        (old,) = _spans([row])
        left = subtract(old, [span])
        if left == [old]:
            continue
        Gap.objects.filter(gap=row.gap).delete()
        _infer(camera, row.recorder, left, Problem(row.reason), known_at=row.known_at, told=row.told)


def _infer(
    camera: Camera,
    recorder: str,
    holes: Iterable[Span],
    reason: Problem,
    *,
    known_at: datetime,
    told: bool = False,
) -> None:
    for hole in holes:
        if hole.end_us - hole.start_us <= HOLE_US:
            continue
        # Named by what it is: found again, it is the same row.
        Gap.objects.update_or_create(
            gap=f"hole-{camera.id.hex}-{hole.start_us}",
            defaults={
                "camera": camera,
                "recorder": recorder,
                "start": instant(hole.start_us),
                "end": instant(hole.end_us),
                "reason": reason.value,
                "inferred": True,
                "known_at": known_at,
                "told": told,
            },
        )


def _overlapping(camera: Camera, span: Span) -> QuerySet[Gap]:
    rows = Gap.objects.filter(Q(end=None) | Q(end__gt=instant(span.start_us)), camera=camera)
    return rows if span.end_us == _FOREVER else rows.filter(start__lt=instant(span.end_us))


def _spans(rows: Iterable[Gap]) -> list[Span]:
    return [Span(microseconds(g.start), _FOREVER if g.end is None else microseconds(g.end)) for g in rows]


def _taken_over(book: Book, fact: GapFact) -> datetime | None:
    """When another recorder had the camera again, if one already has: a recorder that comes back after a
    crash tells of a gap that is long over."""
    state = book.state(fact.camera)
    start = instant(fact.start_us)
    if state is None or state.recorded_until is None or state.recorded_until <= start:
        return None
    if state.recorded_by == fact.recorder:
        return None
    return book.recorded_after(fact.camera, start, not_by=fact.recorder)


def _hole_after(book: Book, fact: GapFact | SegmentClosed, end: datetime, now: datetime) -> None:
    """Later segments came before this fact: what lies between may have been taken for explained."""
    state = book.state(fact.camera)
    if state is None or state.recorded_until is None or state.recorded_until <= end:
        return
    after = book.recorded_after(fact.camera, end)
    if after is None or after - end > _NEAR:
        return
    camera = book.cameras[fact.camera]
    hole = Span(microseconds(end), microseconds(after))
    book.tell_days(fact.camera, hole.start_us, hole.end_us)
    _infer(camera, fact.recorder, _unexplained(camera, hole), Problem.UNEXPLAINED, known_at=now)


def _unexplained(camera: Camera, hole: Span) -> list[Span]:
    """What of the hole no gap covers."""
    # A gap that is open although something was recorded since only waits for the news of its end.
    over = Q(end=None, start__lt=instant(hole.start_us - HOLE_US))
    return subtract(hole, _spans(_overlapping(camera, hole).exclude(over)))
