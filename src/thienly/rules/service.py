"""What became of a question for a picture, and what that says of the service."""

from collections.abc import Sequence
from enum import StrEnum
from math import ceil

PATIENCE_S = 5.0
"""Who leaves earlier, and was told of no trouble, has not waited long enough for a failure."""


class Outcome(StrEnum):
    GIVEN = "given"
    FAILED = "failed"
    LEFT = "left"  # the viewer went before it could be judged
    NOTHING = "nothing"  # nothing is recorded there: a question of continuity, not of access


def outcome(*, pictures: int, problem: str, nothing_there: bool, waited_s: float) -> Outcome:
    """`problem`: what the viewer was told of the system's trouble; `waited_s`: how long it stayed."""
    if pictures:
        return Outcome.GIVEN
    if nothing_there:
        return Outcome.NOTHING
    return Outcome.FAILED if problem or waited_s >= PATIENCE_S else Outcome.LEFT


def success(*, given: int, failed: int) -> float | None:
    """Opens that succeeded ÷ asked, 0 to 1; None when nobody asked."""
    return given / (given + failed) if given + failed else None


def percentile(values: Sequence[int], share: float) -> int | None:
    """The nearest-rank percentile of sorted `values`; None of none."""
    if not values:
        return None
    return values[max(1, ceil(round(share * len(values), 9))) - 1]
