"""A person leaves: everything he holds ends in one act, and a successor may be named in the same one."""

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from thienly.core.access import epoch
from thienly.core.access.actor import Actor
from thienly.core.access.document import Document
from thienly.core.access.facts import unended
from thienly.core.access.models import Seat
from thienly.core.access.services import appoint, end_seat
from thienly.core.accounts.models import Account
from thienly.core.accounts.sessions import end_sessions
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.service import service
from thienly.core.text import normalise


@dataclass(frozen=True, slots=True)
class HandedOver:
    ended: list[Seat]
    begun: list[Seat]  # of the successor
    sessions_ended: int


@service
def hand_over(
    *, actor: Actor, account: Account, reason: str, document: Document, successor: Account | None = None
) -> HandedOver:
    """Ends every seat of the account, what was given to and lent by it, at one moment; ends its sessions,
    and with them its pictures; puts `successor` into the same seats. Nothing of its history is touched.

    All or nothing: who may not end one of the seats, or not appoint the successor to one, changes nothing.
    Raises OutsideScope, NotAllowed (as `end_seat` and `appoint`); ValidationError by field.
    """
    reason, document = normalise(reason), document.tidy()
    errors = document.wrong()
    if not reason:
        errors["reason"] = [ValidationError(_("Say why the person leaves."), "required")]
    if successor is not None and successor.pk == account.pk:
        errors["successor"] = [ValidationError(_("The successor is another person."), "same")]
    if errors:
        raise ValidationError(errors)
    now = timezone.now()
    held = account.seats.filter(unended(now)).select_related("unit", "account").prefetch_related("sites")
    seats = list(held.order_by("valid_from", "id"))
    if not seats:
        raise ValidationError(_("The person holds no role that could be handed over."), "nothing")
    ended: list[Seat] = []
    begun: list[Seat] = []
    for seat in seats:
        ended.append(end_seat(actor=actor, seat=seat, reason=f"{reason} ({document.line})", at=now))
    if successor is not None:
        begun = [_succeed(actor, successor, seat, document, max(now, seat.valid_from)) for seat in seats]
    sessions = end_sessions(account)
    record(
        actor=actor,
        kind=Kind.SEATS_HANDED_OVER,
        obj=account,
        detail={
            "reason": reason,
            "at": now.isoformat(),
            "ended_seats": [seat.id.hex for seat in ended],
            "successor": successor.id.hex if successor else None,
            "begun": [seat.id.hex for seat in begun],
            "sessions_ended": sessions,
        }
        | document.told(),
    )
    epoch.bump()
    return HandedOver(ended, begun, sessions)


def _succeed(actor: Actor, successor: Account, seat: Seat, document: Document, begins: datetime) -> Seat:
    return appoint(
        actor=actor,
        account=successor,
        unit=seat.unit,
        profile=seat.profile,
        role=seat.role,
        document=document,
        valid_from=begins,
        valid_to=seat.valid_to,
        sector=seat.sector,
        sites=list(seat.sites.all()),
        succeeds=seat,
    )
