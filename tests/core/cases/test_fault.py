"""The camera-fault case: reported, taken on, repaired, confirmed by somebody else — each step in history."""

import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import connections

from tests.core.world import World, person
from thienly.core.access.actor import Actor
from thienly.core.access.refusal import NotAllowed, OutsideScope
from thienly.core.cases import engine
from thienly.core.cases.engine import Conflict, open_case, possible_steps, visible_cases
from thienly.core.cases.models import Case, Step
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.rules.cases import IllegalStep


@pytest.fixture
def keeper(world: World) -> Actor:
    return person("cangca", "Lê Văn Cảng", role="cam_admin", unit=world.port)


@pytest.fixture
def second_keeper(world: World) -> Actor:
    return person("cangca2", "Phạm Thị Bến", role="cam_admin", unit=world.port)


@pytest.fixture
def officer(world: World) -> Actor:
    return person("trucban", "Trần Thị Bình", role="central_operator", unit=world.centre)


@pytest.fixture
def case(world: World, officer: Actor) -> Case:
    return open_case(actor=officer, kind="camera_fault", camera=world.quay, title="Mất hình", note="từ 14:02")


def take(case: Case, actor: Actor, action: str, note: str = "đã kiểm tra") -> Case:
    return engine.step(actor=actor, case_id=case.id, action=action, version=case.version, note=note)


def test_a_fault_goes_from_report_to_confirmed_repair_and_every_step_is_history(
    case: Case, keeper: Actor, officer: Actor, world: World
) -> None:
    case = take(case, keeper, "acknowledge")
    case = take(case, keeper, "repair")
    case = take(case, officer, "close")
    assert (case.state, case.version) == ("closed", 4)
    assert case.closed_at
    assert list(Step.objects.values_list("action", "before", "after")) == [
        ("open", "", "open"),
        ("acknowledge", "open", "acknowledged"),
        ("repair", "acknowledged", "repaired"),
        ("close", "repaired", "closed"),
    ]
    told = Entry.objects.filter(object_kind="case", object_id=case.id.hex).order_by("seq")
    assert [entry.kind for entry in told] == [Kind.CASE_OPENED, *[Kind.CASE_STEPPED] * 3]
    assert {entry.camera_id for entry in told} == {world.quay.id.hex}
    assert told[2].detail | {"note": ""} == {
        "case": "camera_fault",
        "action": "repair",
        "before": "acknowledged",
        "after": "repaired",
        "note": "",
    }


def test_nobody_confirms_his_own_repair_and_the_refusal_is_recorded(case: Case, keeper: Actor) -> None:
    case = take(take(case, keeper, "acknowledge"), keeper, "repair")
    with pytest.raises(NotAllowed) as refused:
        take(case, keeper, "close")
    assert refused.value.reasons[0].code == "own_case"
    assert refused.value.reasons[0].facts == {"step": "close", "own": "repair"}
    assert Case.objects.get().state == "repaired"
    assert Entry.objects.order_by("-seq")[0].kind == Kind.REFUSED


def test_a_colleague_of_the_repairer_may_confirm(case: Case, keeper: Actor, second_keeper: Actor) -> None:
    case = take(take(case, keeper, "acknowledge"), keeper, "repair")
    assert take(case, second_keeper, "close").state == "closed"


def test_after_reopening_only_the_last_repair_counts(
    case: Case, keeper: Actor, second_keeper: Actor, officer: Actor
) -> None:
    case = take(take(case, keeper, "acknowledge"), keeper, "repair")
    case = take(take(case, officer, "reopen"), second_keeper, "acknowledge")
    case = take(case, second_keeper, "repair")
    with pytest.raises(NotAllowed):
        take(case, second_keeper, "close")
    assert take(case, keeper, "close").state == "closed"


def test_a_closed_case_that_is_reopened_is_no_longer_closed(
    case: Case, keeper: Actor, officer: Actor
) -> None:
    case = take(take(take(case, keeper, "acknowledge"), keeper, "repair"), officer, "close")
    case = take(case, officer, "reopen")
    assert (case.state, case.closed_at) == ("reopened", None)


def test_a_viewer_may_report_but_not_repair(case: Case, officer: Actor) -> None:
    with pytest.raises(NotAllowed):
        take(case, officer, "acknowledge")
    assert Step.objects.count() == 1


def test_whoever_does_not_know_the_camera_does_not_know_the_case(case: Case, world: World) -> None:
    miner = person("khoangsan", "Vũ Văn Than", role="cam_admin", unit=world.mine)
    assert not visible_cases(actor=miner).exists()
    with pytest.raises(OutsideScope):
        take(case, miner, "acknowledge")
    with pytest.raises(OutsideScope):
        open_case(actor=miner, kind="camera_fault", camera=world.quay, title="Mất hình")
    with pytest.raises(OutsideScope):
        engine.fetch_case(actor=miner, case_id="not-an-id")
    assert Entry.objects.filter(kind=Kind.REFUSED).count() == 2


def test_an_account_administrator_reports_no_fault(world: World) -> None:
    admin = person("quantri", "Đỗ Thị Quản", role="central_admin", unit=world.centre)
    with pytest.raises(NotAllowed):
        open_case(actor=admin, kind="camera_fault", camera=world.quay, title="Mất hình")
    assert not Case.objects.exists()


def test_a_machine_opens_no_case_of_persons(world: World) -> None:
    with pytest.raises(NotAllowed):
        open_case(actor=Actor.machine("steward"), kind="camera_fault", camera=world.quay, title="Mất hình")


def test_a_step_the_table_does_not_know_says_what_is_possible(case: Case, keeper: Actor) -> None:
    with pytest.raises(IllegalStep) as illegal:
        take(case, keeper, "close")
    assert [transition.action for transition in illegal.value.possible] == ["acknowledge"]


def test_a_stale_version_is_refused_with_the_case_as_it_is(case: Case, keeper: Actor) -> None:
    moved = take(case, keeper, "acknowledge")
    with pytest.raises(Conflict) as conflict:
        engine.step(actor=keeper, case_id=case.id, action="repair", version=moved.version - 1, note="x")
    assert conflict.value.case.state == "acknowledged"


def test_a_repair_without_a_word_and_a_fault_without_a_title_are_refused(
    case: Case, keeper: Actor, world: World
) -> None:
    case = take(case, keeper, "acknowledge")
    with pytest.raises(ValidationError) as wrong:
        take(case, keeper, "repair", note="  ")
    assert set(wrong.value.error_dict) == {"note"}
    with pytest.raises(ValidationError) as wrong:
        open_case(actor=keeper, kind="camera_fault", camera=world.quay, title=" ")
    assert set(wrong.value.error_dict) == {"title"}


def test_cases_are_numbered_within_their_year(case: Case, keeper: Actor, world: World) -> None:
    second = open_case(actor=keeper, kind="camera_fault", camera=world.quay, title="Lệch khung")
    assert (case.number, second.number) == (1, 2)


def test_the_page_learns_what_is_possible_and_why_the_rest_is_not(
    case: Case, keeper: Actor, officer: Actor
) -> None:
    case = take(take(case, keeper, "acknowledge"), keeper, "repair")
    mine = {p.transition.action: [r.code for r in p.reasons] for p in possible_steps(actor=keeper, case=case)}
    assert mine == {"close": ["own_case"], "reopen": []}
    theirs = {p.transition.action: list(p.reasons) for p in possible_steps(actor=officer, case=case)}
    assert theirs == {"close": [], "reopen": []}


@pytest.mark.django_db(transaction=True)
def test_of_two_who_take_the_same_step_at_once_one_is_told_that_he_was_slower() -> None:
    world = World.build()
    keepers = [person(f"k{n}", f"Người {n}", role="cam_admin", unit=world.port) for n in range(2)]
    case = open_case(actor=keepers[0], kind="camera_fault", camera=world.quay, title="Mất hình")
    together, outcomes = threading.Barrier(2), []

    def run(keeper: Actor) -> None:
        try:
            together.wait(10)
            take(case, keeper, "acknowledge")
            outcomes.append("done")
        except Conflict:
            outcomes.append("slower")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(keeper,)) for keeper in keepers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["done", "slower"]
    assert Step.objects.filter(action="acknowledge").count() == 1


@pytest.mark.django_db(transaction=True)
def test_cases_opened_at_once_get_numbers_of_their_own() -> None:
    world = World.build()
    keepers = [person(f"k{n}", f"Người {n}", role="cam_admin", unit=world.port) for n in range(4)]
    together = threading.Barrier(4)

    def run(keeper: Actor) -> None:
        together.wait(10)
        open_case(actor=keeper, kind="camera_fault", camera=world.quay, title="Mất hình")
        connections.close_all()

    threads = [threading.Thread(target=run, args=(keeper,)) for keeper in keepers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(Case.objects.values_list("number", flat=True)) == [1, 2, 3, 4]
