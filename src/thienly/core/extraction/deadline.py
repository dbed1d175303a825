"""Until when a request must be answered, where a text says so."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.conf import settings
from django.utils import timezone

from thienly.core.cases.models import Case
from thienly.core.regulation.deadlines import NotInForceYetError, deadline
from thienly.rules.extraction import Sort
from thienly.rules.profile_sections import Limit
from thienly.rules.working_days import Calendar, after

TRIGGERS = {Sort.SUBJECT: "data_subject_requested"}
"""What each kind of request is called in the clocks of regulations."""


LAST = time(23, 59, 59)


@dataclass(frozen=True, slots=True)
class Due:
    at: datetime | None = None
    cite: str = ""
    provisional: bool = False


def answer_by(sort: str, case: Case, *, now: datetime) -> Due:
    """By the clocks of the regulations over the first of the cameras; nothing where none knows one."""
    trigger = TRIGGERS.get(Sort(sort))
    if trigger is None or case.camera is None:
        return Due()
    calendar, provisional = days(), False

    def due_of(limit: Limit) -> datetime:
        nonlocal provisional
        if limit.unit == "working_day":
            day, provisional = after(timezone.localdate(now), limit.n, calendar)
            return timezone.make_aware(datetime.combine(day, LAST))  # its 24th hour
        hours = {"immediate": 0, "hour": limit.n, "day": 24 * limit.n, "month": 24 * 31 * limit.n}
        return now + timedelta(hours=hours[limit.unit])

    try:
        found = deadline(trigger=trigger, event=now, sector=case.camera.sector, due_of=due_of)
    except NotInForceYetError:
        return Due()
    return Due(found[0], found[1].cite, provisional) if found is not None else Due()


def days() -> Calendar:
    """The working days as thienly.toml has them, `[calendar]`."""
    told = settings.CONF.file.calendar
    return Calendar(frozenset(told.days_off), frozenset(told.days_worked), frozenset(told.years))
