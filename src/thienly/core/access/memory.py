"""What each person holds, remembered in this process until a right may have changed.

The access epoch is the check: it is read at every question, before anything is taken from memory, so a right
that another process withdrew ends with its commit. What begins and ends by the clock is not remembered, only
the moments are. What an open transaction has read becomes memory when that commits, never before: it may have
seen rows that are rolled back.
"""

from uuid import UUID

from django.db import transaction

from thienly.core.access import epoch
from thienly.core.access.facts import seat_facts, seats_with_facts
from thienly.core.accounts.models import Account
from thienly.rules.scope import SeatFacts

MOST = 10_000  # accounts; then it begins anew

_kept: dict[UUID, tuple[int, list[SeatFacts]]] = {}


def seats_of(account: Account) -> list[SeatFacts]:
    """The facts of every seat of the account, also of those that have ended."""
    if epoch.moved_here():
        return _read(account)
    number = epoch.value()  # before the rows: what is remembered may be newer than its number, never older
    kept = _kept.get(account.pk)
    if kept is not None and kept[0] == number:
        return kept[1]
    facts = _read(account)
    if transaction.get_connection().in_atomic_block:
        transaction.on_commit(lambda: _keep(account.pk, number, facts))
    else:
        _keep(account.pk, number, facts)
    return facts


def forget() -> None:
    """For whoever changes rows without a service: the builders of tests."""
    _kept.clear()


def _read(account: Account) -> list[SeatFacts]:
    return seat_facts(seats_with_facts().filter(account=account))


def _keep(account: UUID, number: int, facts: list[SeatFacts]) -> None:
    if len(_kept) >= MOST:
        _kept.clear()
    _kept[account] = number, facts
