"""Which seconds of a camera are recorded: hour bitmaps, and the line of time that a person sees.

Times are Unix microseconds. A second counts as recorded when its **middle** lies in a recording. Recordings
that follow one another thus neither lose a second nor count one twice, whatever their edges, and unmarking a
recording is the exact reverse of marking it. The bitmap is therefore right to half a second at each edge; the
exact edges stand in the gaps, and `timeline` uses them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from thienly.rules.problems import Problem

SECOND_US = 1_000_000
HOUR_US = 3_600 * SECOND_US
HOUR_BYTES = 450
LONGEST_US = 24 * HOUR_US
"""A recording longer than this is a mistake of whoever reports it."""

_HALF = SECOND_US // 2


class Span(NamedTuple):
    """[start_us, end_us)."""

    start_us: int
    end_us: int


# --- bitmaps ----------------------------------------------------------------------------------------------
def by_hour(start_us: int, end_us: int) -> Iterator[tuple[int, int, int]]:
    """(hour_us, first second, last second + 1) for each hour in which the span holds the middle of a second.

    Raises ValueError when the span is reversed, negative or longer than `LONGEST_US`.
    """
    if start_us < 0 or end_us < start_us or end_us - start_us > LONGEST_US:
        raise ValueError(f"not a recording: {start_us} to {end_us}")
    first, last = _seconds(start_us, end_us)
    while first < last:
        hour = first // 3600
        until = min(last, (hour + 1) * 3600)
        yield hour * HOUR_US, first - hour * 3600, until - hour * 3600
        first = until


def mark(bitmap: bytes, first: int, last: int) -> bytes:
    """The bitmap with the seconds [first, last) of its hour set. An empty bitmap is an empty hour."""
    return (_number(bitmap) | _mask(first, last)).to_bytes(HOUR_BYTES, "little")


def unmark(bitmap: bytes, first: int, last: int) -> bytes:
    return (_number(bitmap) & ~_mask(first, last)).to_bytes(HOUR_BYTES, "little")


def merge(bitmaps: Iterable[bytes]) -> bytes:
    """The seconds that any of the bitmaps has."""
    number = 0
    for bitmap in bitmaps:
        number |= _number(bitmap)
    return number.to_bytes(HOUR_BYTES, "little")


def count(bitmap: bytes) -> int:
    """Seconds recorded."""
    return _number(bitmap).bit_count()


def runs(hours: Mapping[int, bytes]) -> list[Span]:
    """The recorded spans of bitmaps that are keyed by the start of their hour, joined across hours.

    A single missing second is bridged: two recordings may meet around its middle. Whatever is really missing
    there has a gap, and a gap is cut out again by `timeline`.
    """
    spans: list[Span] = []
    for hour_us in sorted(hours):
        for first, last in _ones(_number(hours[hour_us])):
            start, end = hour_us + first * SECOND_US, hour_us + last * SECOND_US
            if spans and start - spans[-1].end_us <= SECOND_US:
                spans[-1] = Span(spans[-1].start_us, end)
            else:
                spans.append(Span(start, end))
    return spans


# --- spans ------------------------------------------------------------------------------------------------
def subtract(span: Span, others: Iterable[Span]) -> list[Span]:
    """What is left of `span` when the others are taken away, in order."""
    left: list[Span] = []
    at = span.start_us
    for start, end in sorted(others):
        if end <= at:
            continue
        if start >= span.end_us:
            break
        if start > at:
            left.append(Span(at, start))
        at = end
    if at < span.end_us:
        left.append(Span(at, span.end_us))
    return left


# --- the line of time -------------------------------------------------------------------------------------
class Kind(StrEnum):
    RECORDED = "recorded"
    RECORDING = "recording"  # being recorded; not yet reported as a closed segment
    GAP = "gap"
    UNKNOWN = "unknown"
    PLANNED = "planned"  # not recorded, within an outage that was announced before
    DELETED = "deleted"  # was recorded, and has been deleted since under the rules on keeping


WAS_RECORDED = frozenset({Kind.RECORDED, Kind.RECORDING, Kind.DELETED})


@dataclass(frozen=True, slots=True)
class KnownGap:
    start_us: int
    end_us: int | None  # None while it lasts
    reason: Problem


@dataclass(frozen=True, slots=True)
class Stretch:
    """One piece of a line of time."""

    start_us: int
    end_us: int
    kind: Kind
    reason: Problem | None = None  # of a gap, also of a planned one

    @property
    def seconds(self) -> float:
        return (self.end_us - self.start_us) / SECOND_US


def timeline(
    *,
    start_us: int,
    end_us: int,
    now_us: int,
    hours: Mapping[int, bytes],
    gaps: Iterable[KnownGap],
    recording_from_us: int | None = None,
) -> list[Stretch]:
    """What is known of [start_us, min(end_us, now_us)), without holes or overlaps, neighbours joined.

    What is recorded wins over a gap (another recorder may have what one missed), except in the second at the
    gap's edge whose middle the gap does not hold: there the gap's exact edge counts. A known reason wins over
    an unexplained one. `recording_from_us`: the camera is being recorded since then, and no closed segment
    says so yet.
    """
    end_us = min(end_us, now_us)
    recorded = runs(hours)
    closed = sorted(
        (KnownGap(g.start_us, now_us if g.end_us is None else g.end_us, g.reason) for g in gaps),
        key=lambda g: g.start_us,
    )
    tail = now_us if recording_from_us is None else recording_from_us
    stretches: list[Stretch] = []
    active: list[KnownGap] = []
    next_run = next_gap = 0
    points = _points(start_us, end_us, recorded, closed, tail)
    for at, until in pairwise(points):
        while next_run < len(recorded) and recorded[next_run].end_us <= at:
            next_run += 1
        while next_gap < len(closed) and closed[next_gap].start_us <= at:
            active.append(closed[next_gap])
            next_gap += 1
        if active:
            active = [g for g in active if g.end_us is not None and g.end_us > at]
        inside = next_run < len(recorded) and recorded[next_run].start_us <= at
        kind, reason = _judge(at, inside, active, tail)
        stretches.append(Stretch(at, until, kind, reason))
    return _joined(_without_slivers(_joined(stretches)))


def overlay(
    stretches: Iterable[Stretch], spans: Iterable[Span], *, over: frozenset[Kind], kind: Kind
) -> list[Stretch]:
    """The line with `kind` wherever one of the spans lies over a stretch of a kind in `over`.

    Reasons stay. The spans may overlap; the stretches are in order.
    """
    covers = _united(spans)
    result: list[Stretch] = []
    first = 0
    for stretch in stretches:
        while first < len(covers) and covers[first].end_us <= stretch.start_us:
            first += 1
        if stretch.kind not in over:
            result.append(stretch)
            continue
        at, number = stretch.start_us, first
        while number < len(covers) and covers[number].start_us < stretch.end_us:
            start, end = max(at, covers[number].start_us), min(stretch.end_us, covers[number].end_us)
            if start > at:
                result.append(replace(stretch, start_us=at, end_us=start))
            result.append(replace(stretch, start_us=start, end_us=end, kind=kind))
            at, number = end, number + 1
        if at < stretch.end_us:
            result.append(replace(stretch, start_us=at))
    return _joined(result)


def share(stretches: Sequence[Stretch]) -> float | None:
    """The part of their time that is or was recorded, 0 to 1; None when the stretches span no time."""
    total = sum(s.end_us - s.start_us for s in stretches)
    good = sum(s.end_us - s.start_us for s in stretches if s.kind in WAS_RECORDED)
    return good / total if total else None


def _united(spans: Iterable[Span]) -> list[Span]:
    united: list[Span] = []
    for span in sorted(spans):
        if united and span.start_us <= united[-1].end_us:
            united[-1] = Span(united[-1].start_us, max(united[-1].end_us, span.end_us))
        elif span.end_us > span.start_us:
            united.append(span)
    return united


def _judge(at: int, inside: bool, active: Sequence[KnownGap], tail: int) -> tuple[Kind, Problem | None]:
    if inside:
        if not active:
            return Kind.RECORDED, None
        middle = at // SECOND_US * SECOND_US + _HALF
        active = [g for g in active if not g.start_us <= middle < (g.end_us or 0)]
        if not active:
            return Kind.RECORDED, None
    if active:
        best = min(active, key=lambda g: (g.reason is Problem.UNEXPLAINED, g.start_us))
        return Kind.GAP, best.reason
    return (Kind.RECORDING, None) if at >= tail else (Kind.UNKNOWN, None)


def _joined(stretches: Iterable[Stretch]) -> list[Stretch]:
    joined: list[Stretch] = []
    kind = reason = None
    for stretch in stretches:
        if joined and stretch.kind is kind and stretch.reason is reason:
            joined[-1] = Stretch(joined[-1].start_us, stretch.end_us, stretch.kind, reason)
        else:
            joined.append(stretch)
            kind, reason = stretch.kind, stretch.reason
    return joined


def _without_slivers(stretches: Sequence[Stretch]) -> Iterator[Stretch]:
    """Part of a second between a recording and a gap is recorded: its bit is missing only because the middle
    of the second lies in the gap."""
    for number, stretch in enumerate(stretches):
        if stretch.kind is Kind.UNKNOWN and stretch.end_us - stretch.start_us < SECOND_US:
            beside = (*stretches[max(0, number - 1) : number], *stretches[number + 1 : number + 2])
            if any(neighbour.kind is Kind.RECORDED for neighbour in beside):
                yield replace(stretch, kind=Kind.RECORDED)
                continue
        yield stretch


def _points(start: int, end: int, recorded: Sequence[Span], gaps: Sequence[KnownGap], tail: int) -> list[int]:
    """Every moment at which the answer may change, also the whole seconds beside a gap's edges."""
    points = {start, end, tail}
    for span in recorded:
        points.update(span)
    for gap in gaps:
        for edge in (gap.start_us, gap.end_us or 0):
            whole = edge // SECOND_US * SECOND_US
            points.update((whole, edge, whole + SECOND_US))
    return sorted(p for p in points if start <= p <= end) if start < end else []


def _seconds(start_us: int, end_us: int) -> tuple[int, int]:
    """The first second whose middle is at or after the start, and the first at or after the end."""
    return -(-(start_us - _HALF) // SECOND_US), -(-(end_us - _HALF) // SECOND_US)


def _number(bitmap: bytes) -> int:
    return int.from_bytes(bitmap, "little")


def _mask(first: int, last: int) -> int:
    return (1 << last) - (1 << first)


def _ones(number: int) -> Iterator[tuple[int, int]]:
    """[first, last) of each run of set bits."""
    at = 0
    while number:
        zeros = (number & -number).bit_length() - 1
        number >>= zeros
        ones = (~number & (number + 1)).bit_length() - 1
        yield at + zeros, at + zeros + ones
        number >>= ones
        at += zeros + ones
