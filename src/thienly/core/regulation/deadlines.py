"""Deadlines that a regulation sets. Those count that were in force when the event happened, in the version of
that day; no clock of a regulation starts before the regulation did (QN-001)."""

from collections.abc import Callable
from datetime import datetime

from django.utils import timezone

from thienly.core.regulation import in_force
from thienly.rules.combine import Ruled, earliest
from thienly.rules.profile_sections import Limit


class NotInForceYetError(ValueError):
    """The event is older than every regulation that knows such a deadline; `cite` names those."""

    def __init__(self, cite: str, day: str) -> None:
        super().__init__(f"{cite}: not in force on {day}")
        self.cite, self.day = cite, day


def deadline(
    *, trigger: str, event: datetime, sector: str, due_of: Callable[[Limit], datetime]
) -> tuple[datetime, Ruled] | None:
    """The earliest deadline that the event sets for a camera of this field, with its article; None: no
    regulation knows one. `due_of` counts by the calendar.

    Raises NotInForceYetError when a regulation knows one, but was not in force on that day.
    """
    day = timezone.localdate(event)
    governing = [rules for rules in in_force.on(day).values() if rules.profile.domain in ("all", sector)]
    holding = [rules for rules in governing if rules.in_force(day)]
    found = earliest(governing=holding, trigger=trigger, due_of=due_of)
    if found is None:
        early = [
            rules.cited(clock)
            for rules in governing
            if not rules.in_force(day)
            for clock in rules.clocks
            if clock.trigger == trigger
        ]
        if early:
            raise NotInForceYetError("; ".join(early), day.isoformat())
    return found
