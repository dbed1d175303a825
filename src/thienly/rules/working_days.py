"""Working days (requirements C15, F8): the first day is not counted, the last ends at its 24th hour.

Days off and days worked instead are data. Of a year of which nothing is known only the weekends are: a
deadline that falls into it is provisional.
"""

from dataclasses import dataclass
from datetime import date, timedelta

_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Calendar:
    """`off`: days off beside weekends; `worked`: days of weekends that are worked; `years` that are known."""

    off: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()
    years: frozenset[int] = frozenset()

    def works(self, day: date) -> bool:
        return day in self.worked or (day.weekday() < _SATURDAY and day not in self.off)


def after(event: date, days: int, calendar: Calendar) -> tuple[date, bool]:
    """The last of so many working days after `event`; and whether it is provisional.

    Raises ValueError for a negative number.
    """
    if days < 0:
        raise ValueError("working days are counted forwards")
    day, known = event, event.year in calendar.years
    while days or not calendar.works(day):
        day += timedelta(days=1)
        known = known and day.year in calendar.years
        days -= bool(days) and calendar.works(day)
    return day, not known
