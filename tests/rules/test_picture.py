"""What measured numbers mean, and how many pictures in a row it takes before anybody is told."""

import pytest

from thienly.rules.picture import (
    Course,
    Judgement,
    Limits,
    Measures,
    PictureProblem,
    Verdict,
    judge,
    relaxed,
    step,
)

USUAL = Measures(
    luma=140, contrast=45, texture=0.9, detail=16, alike=0.98, same=0.95, lost=0, sharp=1.0, most_moving=200
)
GOOD = Judgement(Verdict.GOOD)
UNJUDGED = Judgement(Verdict.UNJUDGED)


def seen(**changes: float | bool | None) -> Measures:
    return USUAL.model_copy(update=changes)


def bad(problem: PictureProblem) -> Judgement:
    return Judgement(Verdict.BAD, problem)


COVERED, DARK, GLARE = bad(PictureProblem.COVERED), bad(PictureProblem.DARK), bad(PictureProblem.GLARE)
MOVED, BLURRED, FROZEN = bad(PictureProblem.MOVED), bad(PictureProblem.BLURRED), bad(PictureProblem.FROZEN)


@pytest.mark.parametrize(
    ("what", "measured", "at_work", "at_night"),
    [
        ("the usual view", USUAL, GOOD, GOOD),
        ("a cloth over the lens", seen(luma=90, alike=0.2, same=0.02, lost=0.95), COVERED, COVERED),
        ("a hand over two thirds of it", seen(luma=70, alike=0.4, same=0.3, lost=0.4), COVERED, COVERED),
        ("a lorry before a third of it", seen(alike=0.8, same=0.65, lost=0.1), GOOD, GOOD),
        (
            "a cloth that lets a little light in",
            seen(luma=30, alike=0.1, same=0, lost=0.9),
            COVERED,
            UNJUDGED,
        ),
        ("lights off", seen(luma=25, alike=0.95, same=0.1, lost=0.9, most_moving=3), DARK, UNJUDGED),
        ("black", seen(luma=3, alike=0, same=0, lost=1, most_moving=0), DARK, UNJUDGED),
        ("dusk that can still be seen", seen(luma=45, contrast=20), GOOD, GOOD),
        ("the sun in the lens", seen(luma=235, same=0.4, alike=0.8), GLARE, GOOD),
        ("turned to the wall", seen(alike=0.1, same=0.05, lost=0.1), MOVED, MOVED),
        ("out of focus", seen(alike=0.95, same=0.4, lost=0.4, sharp=0.25), BLURRED, BLURRED),
        ("a little softer in rain", seen(sharp=0.7), GOOD, GOOD),
        ("the same picture again", seen(most_moving=12), FROZEN, GOOD),
        ("by infrared", seen(mono=True, luma=90), GOOD, GOOD),
        ("a new camera", seen(alike=None, same=None, lost=None, sharp=None, most_moving=None), GOOD, GOOD),
        (
            "a new camera with its cap on",
            seen(luma=60, texture=0.03, alike=None, same=None),
            COVERED,
            COVERED,
        ),
    ],
)
def test_the_table(what: str, measured: Measures, at_work: Judgement, at_night: Judgement) -> None:
    assert judge(measured, Limits(), in_hours=True) == at_work, what
    assert judge(measured, Limits(), in_hours=False) == at_night, what


def test_what_is_not_looked_for_is_not_found_and_the_next_reason_still_is() -> None:
    no_light = Limits(checks=frozenset(PictureProblem) - {PictureProblem.DARK})
    dark_and_turned = seen(luma=25, alike=0.1, same=0.05, lost=0.1)
    assert judge(seen(luma=25), no_light, in_hours=True) == GOOD
    assert judge(dark_and_turned, Limits(gone_share=1.0), in_hours=True) == DARK
    assert judge(seen(luma=100), Limits(dark_luma=110), in_hours=True) == DARK


def test_a_dim_place_that_a_person_called_normal_is_dark_only_when_it_is_darker_still() -> None:
    limits = relaxed(Limits(), luma=25)
    assert judge(seen(luma=24), limits, in_hours=True) == GOOD
    assert judge(seen(luma=10), limits, in_hours=True) == DARK
    assert judge(seen(luma=30), Limits(), in_hours=True) == DARK
    # A bright place makes nothing else lawful.
    assert relaxed(Limits(), luma=150) == Limits()


def run(found: list[Judgement]) -> list[Course]:
    courses = [Course()]
    for number, one in enumerate(found, 1):
        courses.append(step(courses[-1], one, Limits(), at_us=number))
    return courses[1:]


def test_one_person_who_walks_by_is_nothing() -> None:
    assert all(
        course.problem is None for course in run([GOOD, COVERED, COVERED, GOOD, COVERED, COVERED, GOOD])
    )


def test_three_bad_pictures_open_a_problem_that_began_with_the_first_and_two_good_ones_end_it() -> None:
    courses = run([GOOD, GOOD, COVERED, COVERED, COVERED, COVERED, GOOD, COVERED, GOOD, GOOD])
    opened = courses[4]
    assert (opened.problem, opened.bad_since_us, opened.good_us) == (PictureProblem.COVERED, 3, 2)
    assert [course.problem is not None for course in courses] == [False] * 4 + [True] * 5 + [False]


def test_the_problem_that_is_there_when_it_opens_counts_and_stays() -> None:
    assert [c.problem for c in run([MOVED, MOVED, COVERED, MOVED, DARK])][2:] == [PictureProblem.COVERED] * 3


def test_what_cannot_be_judged_neither_opens_nor_ends_anything() -> None:
    assert run([DARK, DARK, UNJUDGED, DARK])[-1].problem is PictureProblem.DARK
    opened = run([DARK] * 3)[-1]
    assert step(opened, UNJUDGED, Limits(), at_us=9) == opened
