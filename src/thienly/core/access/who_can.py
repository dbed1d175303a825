"""Who can: asked by seats and units. Persons who sit alike are weighed once, not each for himself.

`gate.who_can` narrows the seats of a province to those that could matter; of these, thousands of accounts
make a few dozen different sets of seats, and one decision answers for each set.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from thienly.core.access.facts import seat_facts
from thienly.core.access.models import Seat
from thienly.rules import access
from thienly.rules.actions import Action
from thienly.rules.profile import Profile
from thienly.rules.scope import GivenFacts, ObjectFacts, SeatFacts

Shape = tuple[str, str, str, str, frozenset[str], bool, bool, tuple[GivenFacts, ...]]


def resting(
    *,
    action: Action,
    obj: ObjectFacts,
    seats: Iterable[Seat],
    profiles: Mapping[str, Profile],
    now: datetime,
) -> list[Seat]:
    """Of these live seats those on which a permission rests, in their order.

    `seats` come with unit, account and sites; none of them is over or still to begin.
    """
    held = list(seats)
    facts = dict(zip((seat.id for seat in held), seat_facts(held), strict=True))
    by_account: dict[UUID, list[Seat]] = {}
    for seat in held:
        by_account.setdefault(seat.account_id, []).append(seat)
    known: dict[frozenset[Shape], frozenset[Shape]] = {}
    able: list[Seat] = []
    for own in by_account.values():
        shapes = {seat.id: _shape(facts[seat.id], obj) for seat in own}
        alike = frozenset(shapes.values())
        if alike not in known:
            decision = access.decide(
                action=action, obj=obj, seats=[facts[seat.id] for seat in own], profiles=profiles, now=now
            )
            carrying = {granted.seat for granted in decision.grants}
            known[alike] = frozenset(shapes[seat.id] for seat in own if seat.id.hex in carrying)
        able += [seat for seat in own if shapes[seat.id] in known[alike]]
    return able


def _shape(seat: SeatFacts, obj: ObjectFacts) -> Shape:
    """All that a decision about the object can see of a live seat."""
    sites, counts = seat.sites & obj.sites, (seat.suspended, seat.received)
    return seat.profile, seat.role, seat.unit.id, seat.sector, sites, *counts, seat.given
