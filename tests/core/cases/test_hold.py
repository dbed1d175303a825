"""Holds: placed and released by who may extract, with purpose, basis and end; what recorders are told."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from tests import province
from tests.core.world import World, person
from thienly.core.access.actor import Actor
from thienly.core.access.refusal import NotAllowed, OutsideScope
from thienly.core.cases.engine import Conflict
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.storage.holds import (
    HoldFields,
    hold_wishes,
    in_force,
    place_hold,
    release_hold,
    visible_holds,
)
from thienly.core.storage.models import Hold
from thienly.rules.cases import IllegalStep

NOW = timezone.now()
FIELDS = HoldFields(
    start=NOW - timedelta(hours=3),
    end=NOW - timedelta(hours=2),
    purpose="Va chạm tại cổng Đông",
    basis="123/CV-CAT",
    until=NOW + timedelta(days=90),
)


@pytest.fixture
def keeper(world: World) -> Actor:
    return person("cangca", "Lê Văn Cảng", role="cam_admin", unit=world.port)


@pytest.fixture
def hold(world: World, keeper: Actor) -> Hold:
    return place_hold(actor=keeper, camera=world.quay, fields=FIELDS)


def test_a_hold_tells_what_why_by_what_and_until_when_and_recorders_are_told_the_span(
    hold: Hold, world: World
) -> None:
    assert in_force(hold, NOW) and (hold.purpose, hold.basis) == (FIELDS.purpose, FIELDS.basis)
    told = {entry.kind: entry for entry in Entry.objects.filter(object_id=hold.case_id.hex)}
    assert set(told) == {Kind.CASE_OPENED, Kind.HOLD_PLACED}
    row = told[Kind.HOLD_PLACED]
    assert row.camera_id == world.quay.id.hex and row.purpose == FIELDS.purpose
    assert row.detail["document"] == "123/CV-CAT" and row.detail["held_until"] == hold.until.isoformat()
    (wish,) = hold_wishes(NOW).values()
    assert FIELDS.start and FIELDS.end
    assert (wish.camera, wish.released) == (world.quay.id.hex, False)
    assert wish.from_us == round(FIELDS.start.timestamp() * 1e6)
    assert wish.until_us == round(FIELDS.end.timestamp() * 1e6)


def test_a_released_hold_is_told_as_released_and_never_simply_vanishes(hold: Hold, keeper: Actor) -> None:
    with pytest.raises(ValidationError):
        release_hold(actor=keeper, case_id=hold.case_id, version=1, note=" ")
    release_hold(actor=keeper, case_id=hold.case_id, version=1, note="Đã bàn giao")
    assert [wish.released for wish in hold_wishes(NOW).values()] == [True]
    step = Entry.objects.get(object_id=hold.case_id.hex, kind=Kind.CASE_STEPPED)
    assert (step.detail["action"], step.detail["note"]) == ("release", "Đã bàn giao")
    with pytest.raises(Conflict):
        release_hold(actor=keeper, case_id=hold.case_id, version=1, note="lần nữa")
    with pytest.raises(IllegalStep):
        release_hold(actor=keeper, case_id=hold.case_id, version=2, note="lần nữa")


def test_a_hold_ends_at_its_time(hold: Hold) -> None:
    later = hold.until + timedelta(seconds=1)
    assert not in_force(hold, later) and [wish.released for wish in hold_wishes(later).values()] == [True]


def test_a_reader_neither_places_nor_releases(hold: Hold, world: World) -> None:
    committee = province.unit("UBND tỉnh", ["province_leadership"])
    leader = person("lanhdao", "Vũ Văn Chủ", role="command_user", unit=committee)
    for actor in (
        leader,
        person("thanhtra", "Đỗ Thị Tra", role="tttt_guide", unit=world.centre),
        person("taikhoan", "Bùi Văn Quản", role="central_admin", unit=world.centre),
    ):
        before = Entry.objects.count()
        with pytest.raises(NotAllowed):
            place_hold(actor=actor, camera=world.quay, fields=FIELDS)
        with pytest.raises(NotAllowed):
            release_hold(actor=actor, case_id=hold.case_id, version=1, note="bỏ")
        assert Entry.objects.count() == before + 2, "each refusal is recorded"
    assert Hold.objects.count() == 1 and hold_wishes(NOW)[hold.case_id.hex].released is False
    assert not visible_holds(actor=leader).exists()  # what is looked into is not everybody's to read


def test_who_keeps_another_unit_does_not_even_learn_of_it(hold: Hold, world: World) -> None:
    miner = person("mo", "Hoàng Văn Mỏ", role="cam_admin", unit=world.mine)
    with pytest.raises(OutsideScope):
        place_hold(actor=miner, camera=world.quay, fields=FIELDS)
    with pytest.raises(OutsideScope):
        release_hold(actor=miner, case_id=hold.case_id, version=1, note="bỏ")
    assert not visible_holds(actor=miner).exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"purpose": " "}, "purpose"),
        ({"basis": ""}, "basis"),
        ({"start": None}, "start"),
        ({"end": None}, "end"),
        ({"end": FIELDS.start}, "end"),
        ({"start": NOW - timedelta(days=500)}, "end"),
        ({"until": NOW - timedelta(minutes=1)}, "until"),
        ({"until": None}, "until"),
    ],
)
def test_a_hold_without_what_it_needs_is_refused_and_leaves_nothing(
    keeper: Actor, world: World, changes: dict[str, object], field: str
) -> None:
    before = Entry.objects.count()
    with pytest.raises(ValidationError) as refused:
        place_hold(actor=keeper, camera=world.quay, fields=replace(FIELDS, **changes))  # type: ignore[arg-type]
    assert set(refused.value.message_dict) == {field}
    assert Hold.objects.count() == 0 and Entry.objects.count() == before
