"""Covered, dark, blurred, frozen and turned cameras measure otherwise than they usually do."""

from itertools import pairwise

import numpy as np
import pytest

from tests.analytics.filming import filmed, pictures
from thienly.analytics.decoding import NoPicture, decode
from thienly.analytics.picture import KNOWN_FROM, Look, Picture, learn, look_of, measure, still_of
from thienly.rules.picture import Judgement, Limits, Measures, PictureProblem, Verdict, judge
from thienly.sim.spec import SCENES, PictureFault, SceneName


def usual_of(scene: SceneName) -> Look:
    usual: Look | None = None
    for picture in pictures(scene):
        usual = learn(usual, look_of(picture))
    assert usual is not None
    return Look.unpack(usual.pack())  # as it comes back from the index


def measured(picture: Picture, usual: Look | None = None, before: Picture | None = None) -> Measures:
    return measure(
        picture,
        look_of(picture),
        still_of(picture),
        usual=usual,
        before=still_of(before) if before else None,
    )


def judged(scene: SceneName, fault: PictureFault | None) -> set[PictureProblem | None]:
    """What each picture but the first is found to be, in hours."""
    usual, taken = usual_of(scene), pictures(scene, fault)
    return {
        judge(measured(one, usual, before), Limits(), in_hours=True).problem
        for before, one in pairwise(taken)
    }


@pytest.mark.parametrize("scene", SCENES)
def test_every_scene_as_it_is_shows_no_problem(scene: SceneName) -> None:
    assert judged(scene, None) == {None}
    first = pictures(scene)[0]
    assert judge(measured(first), Limits(), in_hours=True) == Judgement(
        Verdict.GOOD
    )  # nor before it is known


@pytest.mark.parametrize("scene", ["one_stop", "street", "mine_gate"])
@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        ("covered", PictureProblem.COVERED),
        ("black", PictureProblem.DARK),
        ("blurred", PictureProblem.BLURRED),
        ("moved", PictureProblem.MOVED),
        ("frozen", PictureProblem.FROZEN),
    ],
)
def test_every_fault_before_the_lens_is_told_from_the_others(
    scene: SceneName, fault: PictureFault, problem: PictureProblem
) -> None:
    assert judged(scene, fault) == {problem}


def scaled(picture: Picture, gain: float, offset: float = 0) -> Picture:
    luma = np.clip(picture.luma * gain + offset, 0, 255).astype(np.uint8)
    return Picture(luma, picture.blue, picture.red)


def test_other_light_infrared_and_a_person_close_by_are_no_other_view() -> None:
    usual, picture = usual_of("one_stop"), pictures("one_stop")[0]
    grey = np.full_like(picture.blue, 128)
    person = picture.luma.copy()
    person[60:, 220:420] = 70
    for other in (
        scaled(picture, 0.5),
        scaled(picture, 1.15, 8),
        Picture(picture.luma, grey, grey),
        Picture(person, picture.blue, picture.red),
    ):
        assert judge(measured(other, usual), Limits(), in_hours=True) == Judgement(Verdict.GOOD)
    assert measured(Picture(picture.luma, grey, grey)).mono and not measured(picture).mono


def test_a_sheet_of_paper_over_most_of_the_view_covers_it_although_it_is_bright() -> None:
    usual, picture = usual_of("one_stop"), pictures("one_stop")[0]
    sheet = picture.luma.copy()
    sheet[:, : sheet.shape[1] * 3 // 4] = 190
    found = judge(measured(Picture(sheet, picture.blue, picture.red), usual), Limits(), in_hours=False)
    assert found == Judgement(Verdict.BAD, PictureProblem.COVERED)


def test_a_view_is_known_only_after_some_pictures_and_is_learnt_slowly() -> None:
    picture, other = pictures("one_stop")[0], pictures("street")[0]
    usual: Look | None = None
    for number in range(KNOWN_FROM):
        assert (measured(picture, usual).same is not None) is (number >= KNOWN_FROM)
        usual = learn(usual, look_of(picture))
    assert measured(picture, usual).same == pytest.approx(1, abs=0.02)
    for _ in range(100):
        usual = learn(usual, look_of(picture))
    usual = learn(usual, look_of(other))  # what stands there once
    assert measured(picture, usual).same == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize(
    "junk", [b"", b"moof", bytes(1000), Look(np.zeros((72, 128)), np.zeros((9, 16)), 1).pack()[:-1]]
)
def test_a_look_that_is_none_is_refused(junk: bytes) -> None:
    with pytest.raises(ValueError, match="not a look"):
        Look.unpack(junk)


def test_h265_is_measured_alike_and_what_is_no_picture_is_said_to_be_none() -> None:
    one, other = measured(decode(filmed("quay")[0])), measured(decode(filmed("quay", codec="h265")[0]))
    assert one.luma == pytest.approx(other.luma, abs=2) and one.texture == pytest.approx(
        other.texture, abs=0.1
    )
    whole = filmed("quay")[0]
    for junk in (b"", b"junk" * 100, whole[:200]):
        with pytest.raises(NoPicture):
            decode(junk)
