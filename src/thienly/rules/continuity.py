"""How continuously a camera was recorded: seconds by kind, buckets of a line of time, ratio and verdict.

Expected seconds are those in which the camera was in being and should have recorded: time within an outage
that was announced before, and time in which recording was switched off, do not count (NB Đ9.1).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

from thienly.rules.coverage import SECOND_US, Kind, Span, Stretch
from thienly.rules.outage import OutageClass, class_of
from thienly.rules.problems import Problem


@dataclass(slots=True)
class Sums:
    """Seconds of one camera over some time, by what they were."""

    recorded: float = 0.0  # also what was deleted since under the rules on keeping
    deleted: float = 0.0  # of the recorded
    gap: float = 0.0  # neither planned nor switched off
    planned: float = 0.0
    off: float = 0.0
    unknown: float = 0.0
    reasons: dict[Problem, float] = field(default_factory=dict)  # of `gap`

    @property
    def expected(self) -> float:
        return self.recorded + self.gap + self.unknown

    def add(self, stretch: Stretch, seconds: float) -> None:
        match stretch.kind:
            case Kind.RECORDED | Kind.RECORDING:
                self.recorded += seconds
            case Kind.DELETED:
                self.recorded += seconds
                self.deleted += seconds
            case Kind.PLANNED:
                self.planned += seconds
            case Kind.UNKNOWN:
                self.unknown += seconds
            case Kind.GAP if stretch.reason is Problem.NOT_SCHEDULED:
                self.off += seconds
            case Kind.GAP:
                reason = stretch.reason or Problem.UNEXPLAINED
                self.gap += seconds
                self.reasons[reason] = self.reasons.get(reason, 0.0) + seconds


def sums(stretches: Iterable[Stretch]) -> Sums:
    total = Sums()
    for stretch in stretches:
        total.add(stretch, stretch.seconds)
    return total


def buckets(stretches: Sequence[Stretch], edges_us: Sequence[int]) -> Iterator[tuple[Span, Sums]]:
    """The sums between each two neighbouring edges; the stretches are in order and without overlaps."""
    first = 0
    for start_us, end_us in pairwise(edges_us):
        total = Sums()
        while first < len(stretches) and stretches[first].end_us <= start_us:
            first += 1
        number = first
        while number < len(stretches) and stretches[number].start_us < end_us:
            stretch = stretches[number]
            us = min(stretch.end_us, end_us) - max(stretch.start_us, start_us)
            total.add(stretch, us / SECOND_US)
            number += 1
        yield Span(start_us, end_us), total


def classes(
    stretches: Iterable[Stretch], corrected: Sequence[tuple[Span, OutageClass]] = ()
) -> dict[OutageClass, float]:
    """Seconds of the gaps by class. `corrected`: what persons found, over what the problem codes prove."""
    result: dict[OutageClass, float] = {}
    for stretch in stretches:
        if stretch.kind is not Kind.GAP or stretch.reason is Problem.NOT_SCHEDULED:
            continue
        left = stretch.end_us - stretch.start_us
        for span, cls in corrected:
            us = min(stretch.end_us, span.end_us) - max(stretch.start_us, span.start_us)
            if us > 0:
                result[cls] = result.get(cls, 0.0) + us / SECOND_US
                left -= us
        if left > 0:
            cls = class_of(stretch.reason or Problem.UNEXPLAINED)
            result[cls] = result.get(cls, 0.0) + left / SECOND_US
    return result


# --- a month ------------------------------------------------------------------------------------------------
class Verdict(StrEnum):
    MET = "met"
    MISSED = "missed"
    NO_NUMBER = "no_number"  # no regulation in force gives a number to compare with
    NOTHING_EXPECTED = "nothing_expected"


def ratio(*, recorded: int, expected: int) -> float | None:
    """0 to 1; None when nothing was expected."""
    return min(1.0, recorded / expected) if expected > 0 else None


def verdict(*, recorded: int, expected: int, floor: float | None) -> Verdict:
    """`floor`: the least ratio that the regulations in force demand, 0 to 1; None where they are silent."""
    reached = ratio(recorded=recorded, expected=expected)
    if reached is None:
        return Verdict.NOTHING_EXPECTED
    if floor is None:
        return Verdict.NO_NUMBER
    return Verdict.MET if reached >= floor else Verdict.MISSED


# --- what can still be played -------------------------------------------------------------------------------
class Violation(StrEnum):
    """Why the promise of keeping is broken for a camera."""

    DELETED_EARLY = "deleted_early"  # recorded within the floor, and deleted already
    UNREADABLE = "unreadable"  # the recorder cannot read, or the bytes are not those that were signed
    MISSING = "missing"  # the centre knows of older footage that the recorder does not have


EDGE_US = 120 * SECOND_US
"""The oldest hour of a bitmap and the oldest fragment may be this far apart: a segment is a minute."""


def keeping(
    *,
    now_us: int,
    floor_days: int,
    readable: bool,
    oldest_us: int | None,
    known_from_us: int | None,
    deleted_until_us: int | None,
) -> Violation | None:
    """`oldest_us`: begin of the oldest footage that was read; `known_from_us`: begin of the oldest that the
    coverage says is there; `deleted_until_us`: end of the newest footage that was deleted. None: none.

    Footage that never was is explained by gaps, not here: a camera that is young or was dark breaks nothing.
    """
    floor_us = now_us - floor_days * 86_400 * SECOND_US
    if not readable:
        return Violation.UNREADABLE
    if deleted_until_us is not None and deleted_until_us > floor_us + EDGE_US:
        return Violation.DELETED_EARLY
    due_us = None if known_from_us is None else max(known_from_us, floor_us)
    if due_us is not None and (oldest_us is None or oldest_us > due_us + EDGE_US):
        return Violation.MISSING
    return None
