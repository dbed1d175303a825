"""How good the link to a camera was: figures and limits in, a grade with its reasons out."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

Pair = tuple[float, float]
"""From where on it is worth watching, and from where on it is bad."""


class Grade(IntEnum):
    """The worst of all that was measured counts."""

    UNKNOWN = 0
    GOOD = 1
    WATCH = 2
    BAD = 3


class Measure(StrEnum):
    LOSS = "loss"
    JITTER = "jitter"
    DROPS = "drops"
    FPS = "fps"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class Limits:
    """`loss` and `fps` as shares (0 to 1), of which `fps` is bad when it is low."""

    loss: Pair
    jitter_ms: Pair
    drops: Pair
    fps: Pair
    clock_ms: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured; None where nothing was."""

    loss: float | None
    jitter_ms: float | None
    drops: int | None
    fps: float | None  # of the declared
    clock_ms: int | None  # the largest deviation


@dataclass(frozen=True, slots=True)
class Judgement:
    grade: Grade
    grades: dict[Measure, Grade]

    @property
    def reasons(self) -> list[Measure]:
        """What makes it no better, the worst first; nothing when it is good."""
        bad = [measure for measure, grade in self.grades.items() if grade > Grade.GOOD]
        return sorted(bad, key=lambda measure: -self.grades[measure])


def judge(figures: Figures, limits: Limits) -> Judgement:
    """A day without packets, pictures or a connection is unknown, not good."""
    low_fps = None if figures.fps is None else 1 - figures.fps
    clock = None if figures.clock_ms is None else abs(figures.clock_ms)
    grades = {
        Measure.LOSS: _grade(figures.loss, limits.loss),
        Measure.JITTER: _grade(figures.jitter_ms, limits.jitter_ms),
        Measure.DROPS: _grade(figures.drops, limits.drops),
        Measure.FPS: _above(low_fps, (1 - limits.fps[0], 1 - limits.fps[1])),
        Measure.CLOCK: _above(clock, (limits.clock_ms, limits.clock_ms)),
    }
    return Judgement(max(grades.values()), grades)


def _grade(value: float | None, pair: Pair) -> Grade:
    if value is None:
        return Grade.UNKNOWN
    return Grade.BAD if value >= pair[1] else Grade.WATCH if value >= pair[0] else Grade.GOOD


def _above(value: float | None, pair: Pair) -> Grade:
    """The limit itself is still good: `an offset above 2 s`."""
    if value is None:
        return Grade.UNKNOWN
    return Grade.BAD if value > pair[1] else Grade.WATCH if value > pair[0] else Grade.GOOD
