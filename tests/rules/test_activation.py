"""Versions of one regulation follow each other: never two on a day, never a day that is rewritten."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from thienly.rules.activation import ACTIVATION, Validity, follows, latest

FIRST = Validity(1, None, "23/2023/QĐ-UBND")
DAY = date(2026, 12, 1)


def test_a_later_version_begins_on_a_later_day_with_a_higher_number() -> None:
    second = Validity(2, DAY)
    assert follows(number=2, begins=DAY, others=[FIRST]) is None
    assert follows(number=3, begins=DAY + timedelta(1), others=[FIRST, second]) is None
    assert follows(number=3, begins=DAY, others=[FIRST, second]) == second
    assert follows(number=3, begins=DAY - timedelta(1), others=[FIRST, second]) == second
    assert follows(number=1, begins=DAY, others=[FIRST]) == FIRST


def test_what_held_on_a_day_is_the_last_that_had_begun() -> None:
    second = Validity(2, DAY)
    assert latest([FIRST, second], DAY - timedelta(1)) == FIRST
    assert latest([second, FIRST], DAY) == second
    assert latest([second], DAY - timedelta(1)) == second  # it is known, and not in force yet
    assert latest([], DAY) is None


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 400)), max_size=12), st.integers(-10, 410))
def test_whatever_is_proposed_the_past_stays(attempts: list[tuple[int, int]], asked: int) -> None:
    standing: list[Validity] = [FIRST]
    day = DAY + timedelta(asked)
    for number, shift in attempts:
        begins = DAY + timedelta(shift)
        before = latest(standing, day)
        if follows(number=number, begins=begins, others=standing) is not None:
            continue
        standing.append(Validity(number, begins))
        assert (latest(standing, day) == before) or begins <= day
    numbers = [one.number for one in standing]
    days = [one.begins or date.min for one in standing]
    assert numbers == sorted(set(numbers)) and days == sorted(set(days))


def test_whoever_proposes_does_not_approve() -> None:
    approve = ACTIVATION.transition(state="proposed", action="approve")
    assert approve.distinct_from == ("open",) and approve.by_service
    assert ACTIVATION.transition(state="approved", action="enter").by_clock
