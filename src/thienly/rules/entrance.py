"""What a person who has proved who he is must still do before anything else is open to him.

Numbers come from regulations and the installation; of several the strictest holds.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

UNKNOWN_ADDRESS = ""


class Duty(StrEnum):
    """In the order in which they are asked for."""

    UNLOCK = "unlock"  # the session was locked, or nobody touched it for too long
    PASSWORD = "password"  # noqa: S105 - a name: it is too old, or somebody else has chosen it
    SECOND_STEP = "second_step"
    ACKNOWLEDGE = "acknowledge"  # responsibility, and the regulations of one's seats


@dataclass(frozen=True, slots=True)
class Policy:
    """0 days, minutes or passwords: no such rule. `cites`: where the number of a field stands."""

    password_days: int = 0
    password_length: int = 10
    password_history: int = 0
    idle_minutes: int = 0
    second_step: bool = False
    cites: dict[str, str] = field(default_factory=dict)

    def at_least(self, name: str, number: int, cite: str) -> "Policy":
        """With a number that a regulation wants, if it is the stricter one."""
        held = getattr(self, name)
        shorter = name in ("password_days", "idle_minutes")
        if number <= 0 or (held and not (number < held if shorter else number > held)):
            return self
        numbers: dict[str, Any] = {name: number, "cites": self.cites | {name: cite}}
        return replace(self, **numbers)


@dataclass(frozen=True, slots=True)
class Standing:
    """How an account and one of its sessions stand.

    `issued`: somebody else knows the password. `by_password`: the session was opened with it.
    `active_at`: when a person last did something in the session; None: it has just begun.
    """

    password_set_at: datetime
    issued: bool
    by_password: bool
    has_second_step: bool
    acknowledged: bool
    locked: bool = False
    active_at: datetime | None = None


def next_duty(standing: Standing, policy: Policy, now: datetime) -> Duty | None:
    """What must be done first; None: the way is free."""
    if standing.locked or is_idle(standing.active_at, policy, now):
        return Duty.UNLOCK
    if standing.by_password and (standing.issued or is_too_old(standing.password_set_at, policy, now)):
        return Duty.PASSWORD
    if policy.second_step and not standing.has_second_step:
        return Duty.SECOND_STEP
    return None if standing.acknowledged else Duty.ACKNOWLEDGE


def is_idle(active_at: datetime | None, policy: Policy, now: datetime) -> bool:
    if active_at is None or not policy.idle_minutes:
        return False
    return now - active_at >= timedelta(minutes=policy.idle_minutes)


def is_too_old(password_set_at: datetime, policy: Policy, now: datetime) -> bool:
    return bool(policy.password_days) and now - password_set_at >= timedelta(days=policy.password_days)


@dataclass(frozen=True, slots=True)
class Seen:
    """A session somewhere else, and when it was last in use."""

    address: str
    at: datetime


def elsewhere(
    address: str, others: Iterable[Seen], now: datetime, *, within: timedelta = timedelta(minutes=30)
) -> str:
    """The address of a session that was in use a short while ago somewhere else than `address`; or "".

    Two at once from different addresses mean that an account is shared, or stolen (BDM Đ2.1). Whose address
    is not known gives no reason for an alarm.
    """
    for seen in sorted(others, key=lambda seen: seen.at, reverse=True):
        apart = UNKNOWN_ADDRESS not in (seen.address, address) and seen.address != address
        if apart and now - seen.at <= within:
            return seen.address
    return ""


def days_left(password_set_at: datetime, policy: Policy, now: datetime) -> int | None:
    """Whole days until the password must be changed; None: never."""
    if not policy.password_days:
        return None
    return max(0, (password_set_at + timedelta(days=policy.password_days) - now).days)
