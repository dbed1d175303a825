"""Working days by the calendar of 2026 (requirements C15, F8)."""

from datetime import date

import pytest

from thienly.rules.working_days import Calendar, after

OFF = [date(2026, 2, day) for day in range(14, 23)]
OFF += [date(2026, 1, 1), date(2026, 4, 27), date(2026, 4, 30), date(2026, 5, 1), date(2026, 8, 31)]
OFF += [date(2026, 9, 1), date(2026, 9, 2)]
YEAR = Calendar(frozenset(OFF), frozenset({date(2026, 8, 22)}), frozenset({2026}))


@pytest.mark.parametrize(
    ("event", "days", "due"),
    [
        (date(2026, 8, 28), 10, date(2026, 9, 16)),
        (date(2026, 8, 28), 5, date(2026, 9, 9)),
        (date(2026, 2, 10), 10, date(2026, 3, 3)),
        (date(2026, 8, 20), 5, date(2026, 8, 26)),
        (date(2026, 11, 20), 2, date(2026, 11, 24)),
    ],
)
def test_the_first_day_is_not_counted_and_days_off_are_not(event: date, days: int, due: date) -> None:
    assert after(event, days, YEAR) == (due, False)


def test_without_the_swap_a_weekend_is_off() -> None:
    plain = Calendar(YEAR.off, frozenset(), YEAR.years)
    assert after(date(2026, 8, 20), 5, plain)[0] == date(2026, 8, 27)


def test_what_falls_into_a_year_of_which_nothing_is_known_is_provisional() -> None:
    assert after(date(2026, 12, 30), 2, YEAR) == (date(2027, 1, 1), True)
    assert after(date(2027, 3, 1), 0, YEAR)[1]


def test_nothing_is_counted_backwards() -> None:
    with pytest.raises(ValueError):
        after(date(2026, 3, 2), -1, YEAR)
