"""What each person holds, and where sites lie, remembered in this process until a right may have changed.

The access epoch is the check: it is read at every question, before anything is taken from memory, so a right
that another process withdrew ends with its commit. What begins and ends by the clock is not remembered, only
the moments are. What an open transaction has read becomes memory when that commits, never before: it may have
seen rows that are rolled back.
"""

from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from django.db import transaction

from thienly.core.access import epoch
from thienly.core.access.facts import areas_with, seat_facts, seats_with_facts
from thienly.core.accounts.models import Account
from thienly.rules.scope import SeatFacts

K = TypeVar("K")
V = TypeVar("V")

MOST = 20_000  # accounts, or places; then it begins anew

_kept: dict[UUID, tuple[int, list[SeatFacts]]] = {}
_lies: dict[frozenset[str], tuple[int, frozenset[str]]] = {}


@dataclass(frozen=True, slots=True)
class Known:
    """`number`: the epoch under which it is true; None: of a transaction that may yet be taken back."""

    number: int | None
    seats: list[SeatFacts]


def known(account: Account) -> Known:
    """The facts of every seat of the account, also of those that have ended."""
    if epoch.moved_here():
        return Known(None, _read(account))
    number = epoch.value()  # before the rows: what is remembered may be newer than its number, never older
    kept = _kept.get(account.pk)
    if kept is not None and kept[0] == number:
        return Known(*kept)
    facts = _read(account)
    _remember(_kept, account.pk, number, facts)
    return Known(number, facts)


def seats_of(account: Account) -> list[SeatFacts]:
    """As `known`, where nothing else is asked in the same breath."""
    return known(account).seats


def areas_of(sites: frozenset[str], number: int | None) -> frozenset[str]:
    """Where these sites were confirmed to lie. `number`: of the same question; a confirmation moves it."""
    if number is None:
        return areas_with(sites)
    kept = _lies.get(sites)
    if kept is not None and kept[0] == number:
        return kept[1]
    areas = areas_with(sites)
    _remember(_lies, sites, number, areas)
    return areas


def forget() -> None:
    """For whoever changes rows without a service: the builders of tests."""
    _kept.clear()
    _lies.clear()


def _read(account: Account) -> list[SeatFacts]:
    return seat_facts(seats_with_facts().filter(account=account))


def _remember(memory: dict[K, tuple[int, V]], key: K, number: int, value: V) -> None:
    if transaction.get_connection().in_atomic_block:
        transaction.on_commit(lambda: _keep(memory, key, number, value))
    else:
        _keep(memory, key, number, value)


def _keep(memory: dict[K, tuple[int, V]], key: K, number: int, value: V) -> None:
    if len(memory) >= MOST:
        memory.clear()
    memory[key] = number, value
