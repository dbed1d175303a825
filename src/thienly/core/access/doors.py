"""Seats and rights by their ids, for plain reads: what is refused is recorded."""

from uuid import UUID

from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.access.models import Right, Seat
from thienly.core.access.refusal import OutsideScope
from thienly.core.access.rights import known_rights
from thienly.core.accounts.models import Account
from thienly.core.service import service
from thienly.core.units.models import Unit
from thienly.rules.access import Reason, ReasonCode
from thienly.rules.actions import Action


@service
def fetch_seat(*, actor: Actor, id: UUID | str) -> Seat:
    """A seat, of a person whom the actor may know, in a unit whose accounts he administers.

    Raises OutsideScope, NotAllowed.
    """
    known = gate.visible(actor=actor, model=Account)  # a seat is a fact about a person, not only about a unit
    wanted = _uuid(id)
    seat = Seat.objects.select_related("unit", "account").filter(pk=wanted, account__in=known).first()
    gate.fetch(actor=actor, action=Action.ADMIN_ACCOUNTS, model=Unit, id=seat.unit_id if seat else wanted)
    assert seat is not None  # noqa: S101 - no unit has the id of a seat
    return seat


@service
def own_seat(*, actor: Actor, id: UUID | str) -> Seat:
    """A seat that the actor holds himself. Raises OutsideScope, alike for another's and for none."""
    own = Seat.objects.select_related("unit", "account").filter(account=actor.account)
    seat = own.filter(pk=_uuid(id)).first()
    if seat is None:
        raise _unknown("seat", id)
    return seat


@service
def fetch_right(*, actor: Actor, id: UUID | str) -> Right:
    """A right beside a role, of a person whom the actor may know, or that he lent. Raises OutsideScope."""
    right = known_rights(actor=actor).filter(pk=_uuid(id)).first()
    if right is None:
        raise _unknown("right", id)
    return right


def _uuid(id: UUID | str) -> UUID:
    """What is no id becomes one that nothing bears."""
    try:
        return UUID(str(id))
    except ValueError:
        return UUID(int=0)


def _unknown(noun: str, id: UUID | str) -> OutsideScope:
    return OutsideScope(
        action=Action.ADMIN_ACCOUNTS,
        object_kind=noun,
        object_id=str(id)[:64],
        label="",
        reasons=[Reason(ReasonCode.UNKNOWN)],
    )
