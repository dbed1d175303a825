"""The review of rights (rà soát tài khoản, phân quyền): who holds what in a unit, certified or taken away.

The interval stands in the regulation, or in what a document settles of it. How long a review lasts, when it
is remembered and when it goes up are ours: no regulation says so.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from thienly.rules.actions import Action
from thienly.rules.cases import Table, Transition
from thienly.rules.profile import Profile
from thienly.rules.profile_entry import days_of
from thienly.rules.profile_sections import Recurrence

LASTS = timedelta(days=30)
REMIND_BEFORE = timedelta(days=14)
ESCALATE_BEFORE = timedelta(days=7)

REVIEWED = frozenset({"r-account-review", "r-users"})
"""Recurrences of the profiles that are carried out by a review of rights."""

RESPONSIBLE = frozenset({"leader", "head"})
"""Kinds of seats whose holders answer for the rights of their unit."""

REVIEW = Table(
    kind="access_review",
    initial="open",
    opened_by=(Action.ADMIN_ACCOUNTS,),
    transitions=(
        Transition("escalate", ("open",), "escalated", (), by_clock=True),
        Transition("lapse", ("open", "escalated"), "lapsed", (), by_clock=True),
        Transition("complete", ("open", "escalated", "lapsed"), "completed", (), by_clock=True),
    ),
    closed=frozenset({"completed"}),
)


class Decision(StrEnum):
    """On one right; none yet is ""."""

    CERTIFIED = "certified"  # it is still needed
    REVOKED = "revoked"
    LAPSED = "lapsed"  # nobody answered in time: suspended, until somebody does
    ENDED = "ended"  # it ended by itself meanwhile


OPEN = frozenset({"", Decision.LAPSED.value})
"""Somebody has still to answer."""


@dataclass(frozen=True, slots=True)
class ReviewDuty:
    """`every` in days; the regulations that want it and their articles."""

    every: int
    cite: str


def duty(profiles: Iterable[tuple[Profile, dict[str, str]]], today: date) -> ReviewDuty | None:
    """The shortest interval that any regulation in force wants. Values settled by a document stand beside
    each profile; None where no regulation gives an interval."""
    found: list[tuple[int, str]] = []
    for profile, settled in profiles:
        if not profile.in_force(today):
            continue
        for recurrence in profile.recurrences:
            if recurrence.id in REVIEWED and (days := _days(profile, recurrence, settled)):
                found.append((days, profile.cited(recurrence)))
    if not found:
        return None
    return ReviewDuty(min(days for days, _ in found), "; ".join(dict.fromkeys(cite for _, cite in found)))


def _days(profile: Profile, recurrence: Recurrence, settled: dict[str, str]) -> int:
    if recurrence.every != "parameter":
        return days_of(recurrence.every)
    for name in recurrence.parameters:
        parameter = profile.parameter(name)
        value = settled.get(name) or (parameter.value if parameter else None)
        if parameter is not None and parameter.kind == "duration" and value:
            return days_of(value)
    return 0


def next_due(*, last: datetime | None, since: datetime, every: int) -> datetime:
    """When the next review opens. `since`: from when the regulations hold here, for the first one."""
    return (last or since) + timedelta(days=every)


def quarter_of(day: date) -> str:
    """`2026-Q4`."""
    return f"{day.year}-Q{(day.month - 1) // 3 + 1}"


def may_decide(*, deciding: str, holder: str, responsible: bool, administers: bool) -> str:
    """Why this person may not certify or take away that right: `own`, `not_responsible`, or ""."""
    if deciding == holder:
        return "own"
    return "" if responsible or administers else "not_responsible"
