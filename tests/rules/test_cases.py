"""Tables of cases check themselves."""

import pytest

from thienly.rules.actions import Action
from thienly.rules.cases import IllegalStep, Table, Taken, Transition, own_step
from thienly.rules.fault import FAULT

WHO = (Action.CONFIG_DEVICE,)


def table(*transitions: Transition) -> Table:
    return Table("t", "open", WHO, transitions, frozenset({"done"}))


def test_a_table_that_contradicts_itself_cannot_be_made() -> None:
    finish = Transition("finish", ("open",), "done", WHO)
    assert table(finish).states == {"open", "done"}
    with pytest.raises(ValueError, match="two ways for finish from open"):
        table(finish, Transition("finish", ("open",), "open", WHO))
    with pytest.raises(ValueError, match="never reached: lost"):
        table(finish, Transition("find", ("lost",), "open", WHO))
    with pytest.raises(ValueError, match="never reached: done"):
        table()


def test_a_step_is_found_by_state_and_action_or_the_possible_ones_are_told() -> None:
    assert FAULT.transition(state="repaired", action="close").to == "closed"
    with pytest.raises(IllegalStep) as illegal:
        FAULT.transition(state="open", action="close")
    assert [t.action for t in illegal.value.possible] == ["acknowledge"]


def test_from_every_state_of_a_fault_something_is_possible() -> None:
    assert all(FAULT.possible(state) for state in FAULT.states)


def test_only_the_last_of_the_steps_that_exclude_counts() -> None:
    close = FAULT.transition(state="repaired", action="close")
    history = [Taken("repair", "a"), Taken("reopen", "b"), Taken("repair", "b")]
    assert own_step(close, person="b", history=history) == "repair"
    assert own_step(close, person="a", history=history) == ""
    assert own_step(close, person="a", history=[]) == ""
