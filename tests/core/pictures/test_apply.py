"""What recorders find in pictures becomes rows and history: once, whatever the order and the repetition."""

from datetime import timedelta
from itertools import permutations

import pytest

from tests.core.pictures.scene import DARK, GOOD, checked, judged
from tests.core.recording.scene import BASE, DAY, at, camera, status
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.pictures.models import PictureFinding, PictureState
from thienly.core.recording.apply import Poison, apply_facts
from thienly.core.recording.moments import instant
from thienly.core.registry.models import Camera
from thienly.rules.picture import PictureProblem

NOW = DAY + timedelta(hours=12)
pytestmark = pytest.mark.django_db


def told() -> list[str]:
    kinds = [Kind.PICTURE_PROBLEM, Kind.PICTURE_FINE]
    return list(Entry.objects.filter(kind__in=kinds).order_by("pk").values_list("kind", flat=True))


def test_a_finding_opens_ends_and_stands_in_history_with_its_moments() -> None:
    one = camera()
    apply_facts([judged(one, "f1", 3600)], now=NOW)
    row = PictureFinding.objects.get()
    assert (row.camera, row.problem, row.recorder, row.end) == (one, "covered", "r1", None)
    assert (row.start, row.judged_at, row.good_at) == tuple(instant(at(s)) for s in (3600, 3720, 3540))
    assert row.measures["luma"] == DARK.luma
    apply_facts([judged(one, "f1", 3600, 4200)], now=NOW)
    row.refresh_from_db()
    assert (row.end, row.ended) == (instant(at(4200)), "good")
    first, second = Entry.objects.filter(kind__startswith="picture.").order_by("pk")
    assert (first.kind, first.actor_label, first.camera_id) == (
        Kind.PICTURE_PROBLEM,
        "r1",
        one.pk.hex,
    )
    assert first.detail["picture_problem"] == "covered" and second.detail["until"] == row.end.isoformat()


def test_order_and_repetition_change_nothing() -> None:
    one = camera()
    for number, order in enumerate(permutations("oeo2e")):
        if number % 12:
            continue
        facts = {
            "o": judged(one, f"{number}-1", 3600),
            "e": judged(one, f"{number}-1", 3600, 4200),
            "2": judged(one, f"{number}-2", 5000, problem=PictureProblem.DARK),
        }
        before = len(told())
        for name in order:
            apply_facts([facts[name]], now=NOW)
        ends = PictureFinding.objects.filter(finding__startswith=f"{number}-").order_by("finding")
        assert list(ends.values_list("end", flat=True)) == [instant(at(4200)), None]
        assert sorted(told()[before:]) == [Kind.PICTURE_FINE, *[Kind.PICTURE_PROBLEM] * 2]


def test_the_last_measurement_counts_and_an_older_one_changes_nothing() -> None:
    one = camera()
    apply_facts([checked(one, 100)], now=NOW)
    apply_facts([checked(one, 300, measures=DARK), checked(one, 200)], now=NOW)
    state = PictureState.objects.get()
    assert (state.camera, state.checked_at, state.known) == (one, instant(at(299)), True)
    assert state.measures["luma"] == DARK.luma
    apply_facts([checked(one, 400)], now=NOW)
    state.refresh_from_db()
    assert state.measures["luma"] == round(GOOD.luma, 3)
    apply_facts([status(one, "recording", 0, said=500)], now=NOW)  # nothing was measured since
    state.refresh_from_db()
    assert state.checked_at == instant(at(399))


def test_what_a_recorder_found_that_lost_the_camera_is_over_when_another_records_it() -> None:
    one, two = camera(), camera("MO-002")
    apply_facts([judged(one, "f1", 3600), judged(two, "f2", 3600)], now=NOW)
    # The same recorder, another one that does not record yet, and one that recorded before it.
    apply_facts([checked(one, 4000), status(one, "connecting", 4000, recorder="r2")], now=NOW)
    apply_facts([checked(one, 4100, recorder="r0", since=3000)], now=NOW)
    assert PictureFinding.objects.filter(end=None).count() == 2
    apply_facts([checked(one, 4300, recorder="r2", since=4200)], now=NOW)
    row = PictureFinding.objects.get(finding="f1")
    assert (row.end, row.ended) == (instant(at(4200)), "handover")
    assert PictureFinding.objects.get(finding="f2").end is None
    assert told() == [Kind.PICTURE_PROBLEM] * 2 + [Kind.PICTURE_FINE]
    # The first one's late word changes nothing any more.
    apply_facts([judged(one, "f1", 3600, 4400)], now=NOW)
    row.refresh_from_db()
    assert row.ended == "handover" and len(told()) == 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"end_us": at(0), "ended": "good"},
        {"end_us": at(5000), "ended": ""},
        {"ended": "good"},
        {"start_us": -1},
        {"good_us": -1},
        {"finding": ""},
        {"finding": "f" * 65},
        {"at_us": BASE + 3 * 86_400_000_000},
        {"recorder": "../r1"},
    ],
)
def test_a_finding_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(Poison):
        apply_facts([judged(camera(), "f1", 3600).model_copy(update=wrong)], now=NOW)
    assert not PictureFinding.objects.exists()


def test_facts_about_a_camera_that_never_was_are_passed_over() -> None:
    gone = Camera(code="MO-404")
    facts = [judged(gone, "f1", 3600), checked(gone, 100)]
    assert apply_facts(facts, now=NOW) == 0
