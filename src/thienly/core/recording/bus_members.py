"""Who may enter the bus: each certificate that is issued or revoked is history."""

from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from thienly.bus.authority import Member, Role
from thienly.core.access.actor import Actor
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record


def issued(
    *, role: Role, name: str, zone: str, issue: Callable[[datetime], bytes], by: str = "thienly"
) -> bytes:
    """The PEM that `issue` makes, given the time, written down: when either fails neither is done, but for a
    certificate that nobody was given. Raises what `issue` raises, django.db.Error."""
    now = timezone.now()
    with transaction.atomic():
        record(
            actor=Actor.machine(by),
            kind=Kind.BUS_MEMBER_ISSUED,
            detail={"role": role, "name": name, **({"zone": zone} if zone else {})},
            at=now,
        )
        return issue(now)


def revoked(*, role: Role, name: str, revoke: Callable[[datetime], Sequence[Member]]) -> Sequence[Member]:
    """Shuts out by `revoke`, and writes it down. Raises what `revoke` raises, django.db.Error."""
    now = timezone.now()
    with transaction.atomic():
        record(
            actor=Actor.machine("thienly"),
            kind=Kind.BUS_MEMBER_REVOKED,
            detail={"role": role, "name": name},
            at=now,
        )
        return revoke(now)
