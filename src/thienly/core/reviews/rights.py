"""What a review lists. A further kind of right is a further `Sort` in `SORTS`, and nothing else."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from thienly.core.access import epoch
from thienly.core.access.actor import Actor
from thienly.core.access.facts import unended
from thienly.core.access.models import Seat
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


SORTS: Mapping[str, Sort] = {"seat": Sort(_seats, _end_seat, _revive_seat, _lasting_seats)}
