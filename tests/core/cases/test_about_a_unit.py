"""A case may be about a unit or the whole installation; the gate is asked about that."""

from dataclasses import replace

import pytest
from django.utils import timezone

from tests.core.world import World, person
from thienly.core.access.actor import Actor
from thienly.core.access.refusal import NotAllowed, OutsideScope
from thienly.core.cases import engine
from thienly.core.cases.kinds import TABLES
from thienly.rules.actions import Action
from thienly.rules.cases import Table, Transition

KEEPING = Table(
    kind="stocktaking",
    initial="open",
    opened_by=(Action.CONFIG_DEVICE, Action.ADMIN_SYSTEM),
    transitions=(
        Transition("close", ("open",), "closed", (Action.CONFIG_DEVICE, Action.ADMIN_SYSTEM)),
        Transition("lapse", ("open",), "closed", (), by_clock=True),
    ),
    closed=frozenset({"closed"}),
)
CONFIDENTIAL = replace(KEEPING, kind="confidential", seen_by=(Action.CONFIG_DEVICE, Action.ADMIN_SYSTEM))


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    for table in (KEEPING, CONFIDENTIAL):
        monkeypatch.setitem(TABLES, table.kind, table)


@pytest.fixture
def keeper(world: World) -> Actor:
    return person("cangca", "Lê Văn Cảng", role="cam_admin", unit=world.port)


@pytest.fixture
def other(world: World) -> Actor:
    return person("mo", "Vũ Thị Mỏ", role="cam_admin", unit=world.mine)


@pytest.fixture
def admin(world: World) -> Actor:
    return person("quantri", "Nguyễn Văn An", role="central_admin", unit=world.centre)


def test_whoever_keeps_the_unit_opens_and_steps_and_whoever_may_not_know_it_sees_nothing(
    world: World, keeper: Actor, other: Actor
) -> None:
    case = engine.open_case(actor=keeper, kind=KEEPING.kind, unit=world.port, title="Kiểm kê")
    assert case.about == world.port
    assert list(engine.visible_cases(actor=keeper)) == [case]
    assert list(engine.visible_cases(actor=other)) == []
    with pytest.raises(OutsideScope):
        engine.step(actor=other, case_id=case.id, action="close", version=1)
    assert engine.step(actor=keeper, case_id=case.id, action="close", version=1).state == "closed"
    with pytest.raises(OutsideScope):
        engine.open_case(actor=keeper, kind=KEEPING.kind, unit=world.mine, title="Kiểm kê")


def test_a_case_about_the_installation_is_opened_by_who_administers_it(
    world: World, keeper: Actor, admin: Actor
) -> None:
    case = engine.open_case(actor=admin, kind=CONFIDENTIAL.kind, title="Đổi quy định")
    assert case.about is None
    assert list(engine.visible_cases(actor=admin)) == [case]
    assert list(engine.visible_cases(actor=keeper)) == []
    with pytest.raises(NotAllowed):
        engine.fetch_case(actor=keeper, case_id=case.id)
    with pytest.raises(NotAllowed):
        engine.open_case(actor=keeper, kind=CONFIDENTIAL.kind, title="Đổi quy định")


def test_a_kind_that_is_not_shown_to_all_is_shown_to_who_may_act_on_the_unit(
    world: World, keeper: Actor
) -> None:
    viewer = person("xem", "Trần Thị Bình", role="central_operator", unit=world.centre)
    case = engine.open_case(actor=keeper, kind=CONFIDENTIAL.kind, unit=world.port, title="Kiểm kê")
    assert list(engine.visible_cases(actor=keeper)) == [case]
    assert list(engine.visible_cases(actor=viewer)) == []
    with pytest.raises(NotAllowed):
        engine.fetch_case(actor=viewer, case_id=case.id)


def test_the_clock_opens_and_closes_and_no_person_does_it_in_its_stead(world: World, keeper: Actor) -> None:
    now, steward = timezone.now(), Actor.machine("steward")
    case = engine.open_by_clock(actor=steward, kind=KEEPING.kind, unit=world.port, title="Kiểm kê", now=now)
    assert case.opened_by is None
    with pytest.raises(NotAllowed):
        engine.open_by_clock(actor=keeper, kind=KEEPING.kind, unit=world.port, title="Kiểm kê", now=now)
    assert engine.step_by_clock(actor=steward, case=case, action="lapse", now=now).closed_at == now
