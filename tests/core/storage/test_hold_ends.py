"""A hold that is past its end is closed by the clock; before, it is told to who asked for it."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from tests import province
from tests.core.world import World, person
from tests.guard import setting_the_scene
from thienly.core.access.actor import Actor
from thienly.core.access.refusal import NotAllowed
from thienly.core.cases import engine
from thienly.core.cases.models import Case, Step
from thienly.core.footage.landmarks import Sort, Way, events_between, nearest
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.storage.holds import (
    HoldFields,
    close_ended,
    ending_holds,
    hold_wishes,
    place_hold,
    release_hold,
    tell_ending,
)
from thienly.core.storage.models import Hold
from thienly.rules.cases import IllegalStep

NOW = timezone.now()
END = NOW + timedelta(days=20)


@pytest.fixture
def keeper(world: World) -> Actor:
    return person("cangca", "Lê Văn Cảng", role="cam_admin", unit=world.port)


@pytest.fixture
def hold(world: World, keeper: Actor) -> Hold:
    fields = HoldFields(
        start=NOW - timedelta(hours=3),
        end=NOW - timedelta(hours=2),
        purpose="Va chạm tại cổng Đông",
        basis="123/CV-CAT",
        until=END,
    )
    return place_hold(actor=keeper, camera=world.quay, fields=fields)


def told(kind: Kind) -> list[Entry]:
    return list(Entry.objects.filter(kind=kind))


def test_the_clock_closes_it_at_its_end_and_not_before_once_and_in_history(hold: Hold) -> None:
    assert close_ended(now=END - timedelta(seconds=1)) == 0
    assert Case.objects.get(pk=hold.case_id).state == "held"
    assert close_ended(now=END) == 1
    case = Case.objects.get(pk=hold.case_id)
    assert (case.state, case.closed_at, case.version) == ("expired", END, 2)
    (step,) = Step.objects.filter(case=case, action="expire")
    assert (step.actor, step.before, step.after) == (None, "held", "expired")
    (entry,) = told(Kind.CASE_STEPPED)
    assert (entry.actor_kind, entry.actor_id, entry.camera_id) == (
        "machine",
        "steward",
        hold.camera_id.hex,
    )
    assert close_ended(now=END + timedelta(days=1)) == 0, "once"
    # What the recorders are told stands, and stays: silence releases nothing.
    assert [wish.released for wish in hold_wishes(NOW).values()] == [True]


def test_a_hold_that_was_released_is_not_ended_again_and_one_that_ended_is_not_released(
    hold: Hold, keeper: Actor
) -> None:
    stale = Case.objects.get(pk=hold.case_id)
    release_hold(actor=keeper, case_id=hold.case_id, version=1, note="Đã bàn giao")
    assert close_ended(now=END) == 0
    with pytest.raises(engine.Conflict):
        engine.step_by_clock(actor=Actor.machine("steward"), case=stale, action="expire", now=END)
    assert Case.objects.get(pk=hold.case_id).state == "released"


def test_what_the_clock_does_no_person_does_and_what_a_person_does_no_clock(
    hold: Hold, keeper: Actor
) -> None:
    with pytest.raises(IllegalStep):
        engine.step(actor=keeper, case_id=hold.case_id, action="expire", version=1, note="sớm")
    for actor, action in ((keeper, "expire"), (Actor.machine("steward"), "release")):
        case = Case.objects.get(pk=hold.case_id)
        with pytest.raises(IllegalStep):
            engine.step_by_clock(actor=actor, case=case, action=action, now=END)
    assert Case.objects.get(pk=hold.case_id).state == "held"
    assert [p.transition.action for p in engine.possible_steps(actor=keeper, case=hold.case)] == ["release"]


def test_its_end_is_told_a_week_before_once_to_who_asked_and_who_may_release(
    hold: Hold, keeper: Actor, world: World
) -> None:
    colleague = person("ben", "Phạm Thị Bến", role="cam_admin", unit=world.port)
    miner = person("mo", "Hoàng Văn Mỏ", role="cam_admin", unit=world.mine)
    inspector = person("thanhtra", "Đỗ Thị Tra", role="tttt_guide", unit=world.centre)

    def sees(actor: Actor, now: datetime) -> bool:
        return ending_holds(actor=actor, now=now).exists()

    early, late = END - timedelta(days=8), END - timedelta(days=6)
    assert tell_ending(now=early) == 0 and not sees(keeper, early)
    assert tell_ending(now=late) == 1 and tell_ending(now=late) == 0
    (entry,) = told(Kind.HOLD_ENDING)
    assert entry.detail == {"held_until": END.isoformat(), "person": str(hold.case.opened_by)}
    assert sees(keeper, late) and sees(colleague, late)
    assert not sees(miner, late) and not sees(inspector, late)
    assert not sees(keeper, END)  # over: nothing ends soon any more


def test_a_hold_s_purpose_is_told_only_to_who_may_read_holds_also_as_an_event_of_its_camera(
    hold: Hold, keeper: Actor, world: World
) -> None:
    """It says what is being looked into: who merely watches the camera learns nothing of it."""
    committee = province.unit("UBND tỉnh", ["province_leadership"])
    operator = person("trucban", "Trần Thị Bình", role="command_user", unit=committee)
    with setting_the_scene():
        Case.objects.create(
            kind="camera_fault",
            year=2026,
            number=77,
            state="open",
            camera=world.quay,
            title="Mất hình",
            opened_by=hold.case.opened_by,
            opened_at=NOW,
        )

    def titles(actor: Actor) -> set[str]:
        day = {"start": NOW - timedelta(days=1), "end": NOW + timedelta(days=1)}
        return {mark.title for mark in events_between(actor=actor, camera_id=world.quay.pk, **day)}

    def last(actor: Actor) -> str:
        later = timezone.now() + timedelta(days=1)
        mark = nearest(actor=actor, camera_id=world.quay.pk, sort=Sort.EVENT, at=later, way=Way.PREVIOUS)
        return mark.title if mark else ""

    assert titles(keeper) == {"Mất hình", "Va chạm tại cổng Đông"}
    assert titles(operator) == {"Mất hình"}
    assert last(keeper) == "Va chạm tại cổng Đông" and last(operator) == "Mất hình"
    assert not engine.visible_cases(actor=operator).filter(kind="hold").exists()
    with pytest.raises(NotAllowed):
        engine.fetch_case(actor=operator, case_id=hold.case_id)
    assert engine.fetch_case(actor=keeper, case_id=hold.case_id) == hold.case
