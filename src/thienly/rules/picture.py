"""Whether a picture shows what its camera is there for: from numbers measured in it to a problem that lasts.

NB Đ10.8 asks for pictures that are not occluded and bright enough, and leaves both unquantified: every number
here is a `Limits` that a regulation's parameters or the installation may set. Light is judged only in the
hours that are given; a picture too dark to show anything is, outside them, not judged at all.
"""

from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, field_serializer


class PictureProblem(StrEnum):
    DARK = "dark"  # too little light
    GLARE = "glare"  # too much
    COVERED = "covered"  # something is in front of the lens
    MOVED = "moved"  # the camera looks elsewhere
    BLURRED = "blurred"
    FROZEN = "frozen"  # pictures keep coming, and are always the same one


class Measures(BaseModel):
    """Measured in one picture; what compares it with others is None while there is nothing to compare."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    luma: float  # mean, 0 to 255
    contrast: float  # standard deviation of luma
    texture: float  # share of the view that has any structure, 0 to 1
    mono: bool = False  # no colour: a camera that sees by infrared
    detail: float = 0.0  # mean absolute Laplacian of the patches with structure, luma steps
    alike: float | None = None  # correlation of the coarse picture with the usual one, -1 to 1
    same: float | None = None  # share of the usual structure that is there
    lost: float | None = None  # share of it where nothing is to be seen
    sharp: float | None = None  # detail in relation to the usual one; 1: as ever
    moving: float | None = None  # mean absolute difference to the picture checked before, luma steps
    most_moving: float | None = None  # the largest difference of a pixel of the reduced pictures


class Limits(BaseModel):
    """What is still good."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dark_luma: float = Field(default=40, ge=0, le=255)  # mean luma below: too dark
    glare_luma: float = Field(default=220, ge=0, le=255)  # above: too bright
    black_luma: float = Field(default=14, ge=0, le=255)  # below: nothing can be told apart
    gone_share: float = Field(default=0.5, gt=0, le=1)  # so much of the usual structure may be missing
    blank_texture: float = Field(default=0.12, ge=0, le=1)  # with less structure than this nothing is shown
    sharp_ratio: float = Field(default=0.5, gt=0, lt=1)  # of the usual detail; below: blurred
    still_luma: float = Field(default=30, ge=0)  # when no pixel differs more than this, nothing moved
    in_a_row: int = Field(default=3, ge=1, le=60)  # so many bad pictures open a finding
    good_in_a_row: int = Field(default=2, ge=1, le=60)  # so many good ones end it
    checks: frozenset[PictureProblem] = frozenset(PictureProblem)  # what is looked for

    @field_serializer("checks")
    def _in_order(self, checks: frozenset[PictureProblem]) -> list[str]:
        """Equal limits are equal text."""
        return sorted(checks)


class Verdict(StrEnum):
    GOOD = "good"
    BAD = "bad"
    UNJUDGED = "unjudged"  # too dark to see anything, at an hour at which it may be


@dataclass(frozen=True, slots=True)
class Judgement:
    verdict: Verdict
    problem: PictureProblem | None = None


_GOOD = Judgement(Verdict.GOOD)
_UNJUDGED = Judgement(Verdict.UNJUDGED)
_ALIKE = 0.75
"""Light and weather leave the coarse picture as it is; a cover or another view does not."""
_WHOLLY = 0.8
"""When so much of the structure is lost, nothing is seen, however alike the light is."""
_MOSTLY, _SOME = 0.35, 0.3
"""When less than the one is the same and less than the other is lost, the whole view is another."""
_IN_HOURS = frozenset({PictureProblem.DARK, PictureProblem.GLARE, PictureProblem.FROZEN})
"""Only judged while there should be light and life."""


def relaxed(limits: Limits, *, luma: float) -> Limits:
    """For a camera of which a person said that a picture of this mean luma is normal."""
    return limits.model_copy(
        update={
            "dark_luma": min(limits.dark_luma, luma * 0.6),
            "black_luma": min(limits.black_luma, luma * 0.4),
            "glare_luma": max(limits.glare_luma, min(255.0, luma * 1.05)),
        }
    )


def judge(measured: Measures, limits: Limits, *, in_hours: bool) -> Judgement:
    """The first of the tests that speaks, if it is wanted. `in_hours`: light is expected now."""
    if measured.luma < limits.dark_luma and not in_hours:
        return _UNJUDGED
    for problem in (_light(measured, limits), _view(measured, limits), _frozen(measured, limits)):
        if problem in limits.checks and (in_hours or problem not in _IN_HOURS):
            return Judgement(Verdict.BAD, problem)
    return _GOOD


def _light(measured: Measures, limits: Limits) -> PictureProblem | None:
    if measured.luma < limits.dark_luma:
        # A cloth over the lens lets some light through and shows nothing of what was there.
        covered = measured.luma >= limits.black_luma and _gone(measured, limits) and _strange(measured)
        return PictureProblem.COVERED if covered else PictureProblem.DARK
    return PictureProblem.GLARE if measured.luma > limits.glare_luma else None


def _gone(measured: Measures, limits: Limits) -> bool:
    return measured.same is not None and 1 - measured.same >= limits.gone_share


def _strange(measured: Measures) -> bool:
    return measured.alike is not None and measured.alike < _ALIKE


def _view(measured: Measures, limits: Limits) -> PictureProblem | None:
    if measured.same is None or measured.lost is None:
        return PictureProblem.COVERED if measured.texture < limits.blank_texture else None
    if _gone(measured, limits) and (_strange(measured) or measured.lost >= _WHOLLY):
        elsewhere = measured.same < _MOSTLY and measured.lost < _SOME
        return PictureProblem.MOVED if elsewhere else PictureProblem.COVERED
    blurred = measured.sharp is not None and measured.sharp < limits.sharp_ratio
    return PictureProblem.BLURRED if blurred else None


def _frozen(measured: Measures, limits: Limits) -> PictureProblem | None:
    """Where people are at work something moves within a minute, be it the clock in the picture."""
    still = measured.most_moving is not None and measured.most_moving <= limits.still_luma
    return PictureProblem.FROZEN if still else None


# --- over time ----------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Course:
    """How a camera's pictures have fared. `problem` None: well, so far as is known. Times in Unix
    microseconds, of the pictures."""

    problem: PictureProblem | None = None
    bad: int = 0  # in a row
    good: int = 0
    bad_since_us: int = 0  # the first of the bad ones in a row
    good_us: int = 0  # the last good one


def step(course: Course, found: Judgement, limits: Limits, *, at_us: int) -> Course:
    """The course after one more picture. A problem opens and ends only after several pictures in a row, so
    that who walks past the lens is none; while one is open, another kind takes its place in the same way."""
    if found.verdict is Verdict.UNJUDGED:
        return course
    if found.verdict is Verdict.GOOD:
        good = course.good + 1
        over = course.problem is not None and good < limits.good_in_a_row
        return Course(problem=course.problem if over else None, good=good, good_us=at_us)
    since_us = course.bad_since_us if course.bad else at_us
    bad = course.bad + 1
    problem = found.problem if bad >= limits.in_a_row and course.problem is None else course.problem
    return Course(problem, bad, 0, since_us, course.good_us)
