"""Hours of work as an official writes them down."""

from datetime import datetime

import pytest

from thienly.rules.hours import Hours


def at(day: int, clock: str) -> datetime:
    """Day 2 of November 2026 is a Monday."""
    return datetime.fromisoformat(f"2026-11-{day:02d}T{clock}+07:00")


def test_office_hours_with_a_noon_break_and_a_saturday_morning() -> None:
    hours = Hours.parse("Mon-Fri 07:30-11:30 13:30-17:00; Sat 07:30-11:30")
    for day, clock, open_ in [
        (2, "07:29", False),
        (2, "07:30", True),
        (2, "11:29", True),
        (2, "11:30", False),
        (6, "16:59", True),
        (6, "17:00", False),
        (7, "08:00", True),
        (7, "14:00", False),
        (8, "08:00", False),
    ]:
        assert hours.include(at(day, clock)) is open_, (day, clock)


def test_always_and_whole_days() -> None:
    assert Hours.parse("always").include(at(8, "03:00"))
    assert Hours.parse("Mon-Sun 00:00-24:00") == Hours.parse("always")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Mon",
        "Fri-Mon 07:00-17:00",
        "Mon 17:00-07:00",
        "Mon 07:00-07:00",
        "Mon 07:60-17:00",
        "T2 07:00-17:00",
    ],
)
def test_what_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"hours|backwards|span"):
        Hours.parse(text)
