"""What a review lists. A further kind of right is a further `Sort` in `SORTS`, and nothing else."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import override

from thienly.core.access import epoch
from thienly.core.access.actor import Actor
from thienly.core.access.facts import unended
from thienly.core.access.models import Right, Seat
from thienly.core.access.rights import close_right
from thienly.core.access.telling import right_label
from thienly.core.accounts.models import Account
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.regulation.shelf import profiles
from thienly.core.units.models import Unit


@dataclass(frozen=True, slots=True)
class Listed:
    """A right as a review shows it."""

    id: UUID
    unit: UUID
    holder: Account
    label: str
    document: str


@dataclass(frozen=True, slots=True)
class Sort:
    """One kind of right. `end` says whether there was something to end, and the end it had before; `revive`
    gives it back with that end. Both write their row of history in the caller's transaction."""

    listed: Callable[[datetime], Iterable[Listed]]
    end: Callable[[Actor, UUID, str, datetime], tuple[bool, datetime | None]]
    revive: Callable[[Actor, UUID, datetime | None, str, datetime], None]
    lasting: Callable[[Iterable[UUID], datetime], set[UUID]]


def _seats(now: datetime) -> Iterable[Listed]:
    seats = Seat.objects.filter(unended(now)).select_related("account", "unit").order_by("unit__path", "id")
    for seat in seats.iterator(chunk_size=1000):
        yield Listed(seat.id, seat.unit_id, seat.account, _words(seat), seat.document)


def _words(seat: Seat) -> str:
    rules = profiles().get(seat.profile)
    role = rules.role(seat.role) if rules else None
    return f"{role.vi} ({rules.cited(role)})" if rules and role else f"{seat.profile} {seat.role}"


def _end_seat(actor: Actor, id: UUID, reason: str, now: datetime) -> tuple[bool, datetime | None]:
    seat = Seat.objects.select_for_update(of=("self",)).select_related("account", "unit").get(pk=id)
    before = seat.valid_to
    if before is not None and before <= now:
        return False, before
    seat.valid_to, seat.ended_reason = now, reason[:300]
    seat.save(update_fields=["valid_to", "ended_reason"])
    _tell(Kind.SEAT_ENDED, actor, seat, reason=reason, before=before, now=now)
    return True, before


def _revive_seat(actor: Actor, id: UUID, until: datetime | None, reason: str, now: datetime) -> None:
    """Raises ValidationError when another has taken the place meanwhile."""
    seat = Seat.objects.select_for_update(of=("self",)).select_related("account", "unit").get(pk=id)
    Unit.objects.select_for_update().get(pk=seat.unit_id)
    rules = profiles().get(seat.profile)
    limit = rules.quota_of(seat.role) if rules else None
    others = Seat.objects.filter(
        unended(now), profile=seat.profile, unit=seat.unit_id, role=seat.role
    ).exclude(pk=id)
    if rules and limit and others.count() >= limit[1]:
        message = _("Another person holds this place now (%(cite)s).")
        raise ValidationError(ValidationError(message, "taken", {"cite": rules.cited(limit[0])}))
    before, seat.valid_to, seat.ended_reason = seat.valid_to, until, ""
    seat.save(update_fields=["valid_to", "ended_reason"])
    _tell(Kind.SEAT_APPOINTED, actor, seat, reason=reason, before=before, now=now)


def _tell(
    kind: Kind, actor: Actor, seat: Seat, *, reason: str, before: datetime | None, now: datetime
) -> None:
    record(
        actor=actor,
        kind=kind,
        obj=seat,
        object_label=f"{seat.account} · {_words(seat)} · {seat.unit}",
        detail={
            "reason": reason,
            "before": {"valid_to": before.isoformat() if before else None},
            "after": {"valid_to": seat.valid_to.isoformat() if seat.valid_to else None},
            "account": seat.account_id.hex,
        },
        at=now,
    )
    epoch.bump()


def _lasting_seats(ids: Iterable[UUID], now: datetime) -> set[UUID]:
    return set(Seat.objects.filter(unended(now), pk__in=list(ids)).values_list("pk", flat=True))


def _further(now: datetime) -> Iterable[Listed]:
    """Grants, consents and delegations; of the unit of the seat that they stand beside."""
    rights = Right.objects.filter(valid_to__gt=now).select_related(
        "seat__account", "seat__unit", "lender__account"
    )
    for right in rights.order_by("seat__unit__path", "id").iterator(chunk_size=1000):
        yield Listed(
            right.id, right.seat.unit_id, right.seat.account, _right_words(right)[:300], right.document[:300]
        )


def _right_words(right: Right) -> str:
    with override("vi"):
        kind = {
            Right.Kind.GRANT: _("individual grant"),
            Right.Kind.CONSENT: _("written consent"),
            Right.Kind.DELEGATION: _("delegation"),
        }[Right.Kind(right.kind)]
        words = f"{kind}: {_words(right.seat)}"
    if right.lender is not None:
        words += f" ← {right.lender.account}, {_words(right.lender)}"
    rules = profiles().get(right.seat.profile)
    entry = rules.entry(right.entry) if rules and right.entry else None
    return f"{words} · {rules.cited(entry)}" if rules and entry else words


def _end_right(actor: Actor, id: UUID, reason: str, now: datetime) -> tuple[bool, datetime | None]:
    right = _locked_right(id)
    before = right.valid_to
    if before <= now:
        return False, before
    close_right(actor=actor, right=right, reason=reason, at=now)
    epoch.bump()
    return True, before


def _revive_right(actor: Actor, id: UUID, until: datetime | None, reason: str, now: datetime) -> None:
    """Raises ValidationError when the time for which it was given is over, or its role has ended."""
    right = _locked_right(id)
    if until is None or until <= now:
        message = _("The time for which this was given is over; it can be given anew.")
        raise ValidationError(ValidationError(message, "over"))
    rests = [seat for seat in (right.seat, right.lender) if seat is not None]
    if any(seat.valid_to is not None and seat.valid_to <= now for seat in rests):
        raise ValidationError(ValidationError(_("The role on which it rests has ended."), "ended"))
    before, right.valid_to, right.ended_reason = right.valid_to, until, ""
    right.save(update_fields=["valid_to", "ended_reason"])
    record(
        actor=actor,
        kind=Kind.RIGHT_GIVEN,
        obj=right,
        object_label=right_label(right),
        detail={
            "reason": reason,
            "before": {"valid_to": before.isoformat()},
            "after": {"valid_to": until.isoformat()},
            "seat": right.seat_id.hex,
        },
        at=now,
    )
    epoch.bump()


def _locked_right(id: UUID) -> Right:
    rows = Right.objects.select_for_update(of=("self",)).select_related("seat__account", "lender__account")
    return rows.get(pk=id)


def _lasting_rights(ids: Iterable[UUID], now: datetime) -> set[UUID]:
    """A right ends with its seat, whether or not that was written into it."""
    ended = Seat.objects.filter(valid_to__lte=now).values("pk")
    living = Right.objects.filter(pk__in=list(ids), valid_to__gt=now).exclude(seat__in=ended)
    return set(living.exclude(lender__in=ended).values_list("pk", flat=True))


SORTS: Mapping[str, Sort] = {
    "seat": Sort(_seats, _end_seat, _revive_seat, _lasting_seats),
    "right": Sort(_further, _end_right, _revive_right, _lasting_rights),
}
