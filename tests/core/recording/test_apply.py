"""Facts of recorders become rows once, whatever the order and however often they come."""

import random
from datetime import timedelta
from typing import Any

import pytest

from tests.core.recording.scene import DAY, at, camera, closed, deleted, gap, status
from thienly.bus.messages import Fact
from thienly.core.ledger.models import Entry
from thienly.core.recording.apply import Poison, apply_facts, prune_seen
from thienly.core.recording.models import CameraState, Coverage, FactSeen, Gap
from thienly.core.recording.moments import instant
from thienly.core.recording.telling import tell
from thienly.core.registry.models import Camera
from thienly.rules.coverage import count
from thienly.rules.problems import Problem

pytestmark = pytest.mark.django_db
NOW = DAY + timedelta(hours=12)


def take(*facts: Fact) -> int:
    return apply_facts(facts, now=NOW)


def recorded(camera: Camera) -> int:
    """Seconds, over all recorders."""
    return sum(count(bytes(row.seconds)) for row in Coverage.objects.filter(camera=camera))


def gaps(camera: Camera) -> list[tuple[float, float | None, str]]:
    def seconds(moment: Any) -> float | None:
        return None if moment is None else (moment - DAY).total_seconds()

    rows = Gap.objects.filter(camera=camera).order_by("start", "gap")
    return [(seconds(row.start) or 0.0, seconds(row.end), row.reason) for row in rows]


def test_segments_become_coverage_and_the_end_of_the_newest_is_known() -> None:
    one, two = camera("A"), camera("B")
    take(closed(one, 3500, 3560), closed(one, 3560, 3620), closed(two, 10, 70))
    assert (recorded(one), recorded(two)) == (120, 60)
    assert Coverage.objects.filter(camera=one).count() == 2
    state = CameraState.objects.get(camera=one)
    assert (state.recorded_until, state.recorded_by) == (instant(at(3620)), "r1")


def test_a_fact_delivered_twice_is_applied_once() -> None:
    one = camera()
    facts: list[Fact] = [
        status(one, "recording", 0),
        closed(one, 0, 60),
        gap(one, "g1", 60, 90),
        closed(one, 90, 150),
        deleted(one, 0, 60),
    ]
    take(*facts)
    before = list(Entry.objects.values_list("kind", "detail"))
    take(*facts)
    for fact in facts:
        take(fact)
    assert recorded(one) == 60
    assert gaps(one) == [(60, 90, "stalled")]
    assert list(Entry.objects.values_list("kind", "detail")) == before
    assert [kind for kind, _ in before] == ["footage.deleted"]


@pytest.mark.parametrize("seed", range(12))
def test_facts_in_any_order_leave_the_same_rows(seed: int) -> None:
    one = camera()
    take(closed(one, 0, 60))
    facts: list[Fact] = [
        status(one, "recording", 0),
        closed(one, 0, 60),
        gap(one, "g1", 60, None),
        status(one, "offline", 60, problem=Problem.STALLED),
        gap(one, "g1", 60, 90),
        status(one, "recording", 90),
        closed(one, 90, 150),
        closed(one, 150, 210),
        closed(one, 240, 300),
        deleted(one, 0, 60),
    ]
    random.Random(seed).shuffle(facts)  # noqa: S311 - an order, not a secret
    for fact in facts:
        take(fact)
    assert recorded(one) == 180
    assert gaps(one) == [(60, 90, "stalled"), (210, 240, "unexplained")]
    state = CameraState.objects.get(camera=one)
    assert (state.state, state.since) == ("recording", instant(at(90)))
    assert state.recorded_until == instant(at(300))


def test_a_hole_that_nobody_explained_becomes_a_gap_of_its_own() -> None:
    one = camera()
    take(closed(one, 0, 60), closed(one, 75, 135))
    assert gaps(one) == [(60, 75, "unexplained")]


def test_a_hole_at_a_change_of_recorders_is_a_handover() -> None:
    one = camera()
    take(closed(one, 0, 60), status(one, "recording", 66, recorder="r2"), closed(one, 66, 126, recorder="r2"))
    assert gaps(one) == [(60, 66, "handover")]


def test_segments_a_frame_apart_have_no_hole_and_an_explained_one_is_not_explained_again() -> None:
    one = camera()
    take(closed(one, 0, 60), closed(one, 60.2, 120))
    take(gap(one, "g1", 120, 150, Problem.CLOSED), closed(one, 150, 210))
    assert gaps(one) == [(120, 150, "closed")]


def test_a_hole_explained_in_part_leaves_only_the_rest() -> None:
    one = camera()
    take(closed(one, 0, 60), gap(one, "g1", 60, 80), closed(one, 100, 160))
    assert gaps(one) == [(60, 80, "stalled"), (80, 100, "unexplained")]


def test_the_repaired_segment_of_a_killed_recorder_shrinks_the_hole_that_was_inferred_meanwhile() -> None:
    one = camera()
    take(closed(one, 0, 60), closed(one, 96, 156, recorder="r2"))
    assert gaps(one) == [(60, 96, "handover")]
    take(closed(one, 60, 90), gap(one, "g1", 90, None, Problem.RECORDER_KILLED))
    assert gaps(one) == [(90, 96, "recorder_killed")]
    assert recorded(one) == 150


def test_a_gap_left_open_by_a_dead_recorder_ends_where_its_successor_records() -> None:
    one = camera()
    take(closed(one, 0, 60), gap(one, "g1", 60, None), closed(one, 90, 150, recorder="r2"))
    assert gaps(one) == [(60, 90, "stalled")]
    take(gap(one, "g1", 60, 4000))  # it comes back and ends the gap by its own clock
    assert gaps(one) == [(60, 90, "stalled")]


def test_an_older_status_never_replaces_a_newer_one() -> None:
    one = camera()
    take(status(one, "recording", 100), status(one, "offline", 50, problem=Problem.UNREACHABLE))
    assert CameraState.objects.get(camera=one).state == "recording"
    take(status(one, "offline", 200, problem=Problem.UNREACHABLE))
    assert CameraState.objects.get(camera=one).problem == "unreachable"


def test_the_recorder_that_let_go_does_not_speak_for_its_successor() -> None:
    one = camera()
    take(status(one, "recording", 0), status(one, "recording", 10, recorder="r2"), status(one, "stopped", 12))
    state = CameraState.objects.get(camera=one)
    assert (state.state, state.recorder) == ("recording", "r2")
    take(status(one, "stopped", 20, recorder="r2"))
    assert CameraState.objects.get(camera=one).state == "stopped"


def test_a_deletion_clears_only_its_recorder_and_one_entry_tells_the_batch() -> None:
    one = camera()
    take(closed(one, 0, 60), closed(one, 60, 120), closed(one, 0, 120, recorder="r2"))
    take(deleted(one, 0, 60), deleted(one, 60, 120))
    assert recorded(one) == 120
    (entry,) = Entry.objects.filter(kind="footage.deleted")
    assert (entry.actor_kind, entry.actor_id, entry.camera_id) == ("machine", "r1", one.id.hex)
    assert entry.detail["segments"] == 2


def test_a_deletion_is_remembered_until_its_fact_cannot_come_again() -> None:
    one = camera()
    take(closed(one, 0, 60), deleted(one, 0, 60))
    assert prune_seen(now=NOW + timedelta(days=40)) == 0
    take(closed(one, 0, 60))
    assert recorded(one) == 0
    assert prune_seen(now=NOW + timedelta(days=46)) == 1
    assert not FactSeen.objects.exists()


def test_a_fact_that_makes_no_sense_is_poison_and_leaves_nothing_of_its_batch() -> None:
    one = camera()
    ahead = closed(one, 86400 * 3, 86400 * 3 + 60)
    reversed_segment = closed(one, 60, 0)
    long_name = gap(one, "g" * 65, 0, 1)
    absurd = status(one, "recording", 0).model_copy(update={"width": -1})
    stranger = closed(one, 0, 60, recorder="../r1")
    for poison in (ahead, reversed_segment, long_name, absurd, stranger):
        with pytest.raises(Poison):
            take(closed(one, 0, 60), poison)
    assert recorded(one) == 0
    assert not Gap.objects.exists()


def test_a_fact_about_a_camera_that_the_register_does_not_have_is_passed_over() -> None:
    one = camera()
    stranger = closed(one, 0, 60).model_copy(update={"camera": "f" * 32})
    assert take(stranger, closed(one, 0, 60)) == 1
    assert recorded(one) == 60


def test_history_is_told_of_outages_that_last_and_not_of_flapping() -> None:
    one = camera()
    take(status(one, "recording", 0), status(one, "offline", 100, problem=Problem.STALLED))
    tell(now=DAY + timedelta(seconds=105))
    assert not Entry.objects.exists()
    tell(now=DAY + timedelta(seconds=111))
    tell(now=DAY + timedelta(seconds=112))
    (entry,) = Entry.objects.filter(kind="camera.state")
    assert (entry.detail["after"], entry.detail["problem"], entry.actor_id) == ("offline", "stalled", "r1")


def test_history_is_told_once_of_each_gap_that_is_long_and_over() -> None:
    one = camera()
    take(gap(one, "short", 0, 3), gap(one, "long", 10, 40), gap(one, "open", 60, None))
    assert [tell(now=NOW), tell(now=NOW)] == [1, 0]
    take(gap(one, "open", 60, 600))
    tell(now=NOW)
    told = Entry.objects.filter(kind="gap.recorded").order_by("seq").values_list("object_id", flat=True)
    assert list(told) == ["long", "open"]


def test_a_hole_is_told_only_when_no_explanation_came_in_time() -> None:
    one = camera()
    take(closed(one, 0, 60), closed(one, 90, 150))
    tell(now=NOW + timedelta(seconds=60))
    assert not Entry.objects.filter(kind="gap.recorded").exists()
    tell(now=NOW + timedelta(seconds=121))
    assert Entry.objects.get(kind="gap.recorded").detail["inferred"] is True
