"""When somebody's viewing of a day is unusual: measured by his own days before and by his colleagues' day.

NB Đ5.8: no abuse of one's position to use images. A finding is no guilt; a person looks at it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import mean, median


class Pattern(StrEnum):
    MORE_THAN_BEFORE = "more_than_before"
    MORE_THAN_COLLEAGUES = "more_than_colleagues"
    SAME_CAMERA = "same_camera"  # one camera again and again
    OTHER_HOURS = "other_hours"  # at hours at which he never looked


@dataclass(frozen=True, slots=True)
class Limits:
    """See `conf_viewing`."""

    times: float
    least: int
    same_camera: int
    other_hours: int
    least_days: int


@dataclass(frozen=True, slots=True)
class Viewing:
    """What somebody opened in one day: how often each camera, and how often in each hour (0 … 23)."""

    cameras: Mapping[str, int]
    hours: Mapping[int, int]

    @property
    def opened(self) -> int:
        return sum(self.cameras.values())


@dataclass(frozen=True, slots=True)
class Finding:
    """`count` of the day beside what is usual, rounded down. `camera`: of SAME_CAMERA."""

    pattern: Pattern
    count: int
    usual: int
    camera: str = ""


def unusual(
    day: Viewing, *, before: Sequence[Viewing], colleagues: Sequence[Viewing], limits: Limits
) -> list[Finding]:
    """`before`: days on which he looked at something; `colleagues`: theirs of the same day. Fewer than two
    colleagues, or fewer days than a habit takes, are no measure."""
    found: list[Finding] = []
    habit = len(before) >= limits.least_days
    if habit:
        _compare(found, Pattern.MORE_THAN_BEFORE, day, mean(one.opened for one in before), limits)
    if len(colleagues) >= 2:
        _compare(found, Pattern.MORE_THAN_COLLEAGUES, day, median(one.opened for one in colleagues), limits)
    for camera, count in sorted(day.cameras.items()):
        usual = mean(one.cameras.get(camera, 0) for one in before) if habit else 0
        if count >= limits.same_camera and count > limits.times * usual:
            found.append(Finding(Pattern.SAME_CAMERA, count, int(usual), camera))
    if habit:
        known = {hour for one in before for hour, count in one.hours.items() if count}
        strange = sum(count for hour, count in day.hours.items() if hour not in known)
        if strange >= limits.other_hours:
            found.append(Finding(Pattern.OTHER_HOURS, strange, 0))
    return found


def _compare(found: list[Finding], pattern: Pattern, day: Viewing, usual: float, limits: Limits) -> None:
    if day.opened >= limits.least and day.opened > limits.times * usual:
        found.append(Finding(pattern, day.opened, int(usual)))
