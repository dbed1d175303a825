"""From rows to the plain facts that the pure decision in `rules.access` works on."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from thienly.core.access.models import Right, Seat
from thienly.core.accounts.models import Account
from thienly.core.areas.models import Placement, Remit
from thienly.core.registry.models import Camera, Site
from thienly.core.units.models import Unit
from thienly.rules.actions import Action
from thienly.rules.scope import (
    INSTALLATION,
    Dated,
    GivenFacts,
    GivenKind,
    ObjectFacts,
    ObjectKind,
    SeatFacts,
    UnitFacts,
)

Guarded = Camera | Site | Unit | Account
"""What the gate stands before; None is the installation itself."""

REMEMBERED = timedelta(days=90)
"""For so long a refusal says that what was given for this has ended."""

KINDS: dict[type[Guarded], ObjectKind] = {Camera: "camera", Site: "site", Unit: "unit", Account: "account"}


def seats_with_facts() -> QuerySet[Seat]:
    """Seats with what `seat_facts` reads: four queries, however many seats; more where rights were given."""
    rights = Right.objects.filter(valid_to__gt=timezone.now() - REMEMBERED)
    rights = rights.select_related("lender__unit", "lender__account").order_by("valid_from", "id")
    rights = rights.prefetch_related("sites", "cameras", "lender__sites", "lender__unit__remits")
    seats = Seat.objects.select_related("unit", "account")
    return seats.prefetch_related("sites", "unit__remits", Prefetch("rights", queryset=rights))


def unended(now: datetime) -> Q:
    return Q(valid_to=None) | Q(valid_to__gt=now)


def unit_facts(unit: Unit) -> UnitFacts:
    return UnitFacts(unit.id.hex, unit.path)


def seat_facts(seats: Iterable[Seat]) -> list[SeatFacts]:
    return [_seat(seat, given=tuple(_given(right) for right in seat.rights.all())) for seat in seats]


def _seat(seat: Seat, *, given: tuple[GivenFacts, ...] = ()) -> SeatFacts:
    remits = list(seat.unit.remits.all())
    return SeatFacts(
        id=seat.id.hex,
        profile=seat.profile,
        role=seat.role,
        unit=unit_facts(seat.unit),
        unit_name=seat.unit.name,
        unit_functions=frozenset(seat.unit.functions),
        unit_from=seat.unit.valid_from,
        unit_to=seat.unit.valid_to,
        valid_from=seat.valid_from,
        valid_to=seat.valid_to,
        sector=seat.sector,
        sites=frozenset(site.id.hex for site in seat.sites.all()),
        suspended=not seat.account.is_active or seat.account.suspended_at is not None,
        received=not seat.must_receive or seat.received_at is not None,
        given=given,
        territory=tuple(_dated(one, one.area_id) for one in remits if one.area_id is not None),
        works=tuple(_dated(one, one.site_id.hex) for one in remits if one.site_id is not None),
    )


def _dated(remit: Remit, of: object) -> Dated:
    return Dated(str(of), remit.valid_from, remit.valid_to)


def _given(right: Right) -> GivenFacts:
    cameras = list(right.cameras.all())
    return GivenFacts(
        id=right.id.hex,
        kind=cast(GivenKind, right.kind),
        # A name that no part of the platform knows any more gives nothing.
        actions=frozenset(Action(name) for name in right.actions if name in Action._value2member_map_),
        purpose=right.purpose,
        document=right.document,
        valid_from=right.valid_from,
        valid_to=right.valid_to,
        entry=right.entry,
        sites=frozenset(site.id.hex for site in right.sites.all()),
        cameras=frozenset(camera.id.hex for camera in cameras),
        camera_sites=frozenset(camera.site_id.hex for camera in cameras),
        lender=_seat(right.lender) if right.lender is not None else None,
    )


def tied_to_areas(seats: Iterable[SeatFacts]) -> bool:
    """Whether it matters to one of these seats in which area something lies."""
    return any(
        seat.territory or any(given.lender and given.lender.territory for given in seat.given)
        for seat in seats
    )


def object_facts(
    obj: Guarded | None, *, account: Account | None, now: datetime, areas: bool = True
) -> ObjectFacts:
    """Facts about what is asked for, as the actor's `account` would have it.

    `areas`: also where it lies; one query more, needed only as `tied_to_areas` says.
    """
    facts = _object_facts(obj, account, now)
    return replace(facts, areas=areas_with(facts.sites)) if areas and facts.sites else facts


AREA_AND_ABOVE = ("area", "area__parent", "area__parent__parent")
"""Of a placement: the commune, the district where there is one, the province."""


def areas_with(sites: frozenset[str]) -> frozenset[str]:
    """The areas in which one of these sites was confirmed to lie, with those above."""
    placed = Placement.objects.filter(site__in=[UUID(site) for site in sites])
    return area_ids(placed.values_list(*AREA_AND_ABOVE))


def area_ids(rows: Iterable[Iterable[int | None]]) -> frozenset[str]:
    return frozenset(str(area) for row in rows for area in row if area is not None)


def _object_facts(obj: Guarded | None, account: Account | None, now: datetime) -> ObjectFacts:
    match obj:
        case None:
            return INSTALLATION
        case Camera():
            return ObjectFacts(
                kind="camera",
                id=obj.id.hex,
                units=(unit_facts(obj.site.unit),),
                sites=frozenset({obj.site_id.hex}),
                sectors=frozenset({obj.sector}),
                secret=obj.secret,
                retired=obj.retired_at is not None and obj.retired_at <= now,
            )
        case Site():
            return ObjectFacts(
                kind="site",
                id=obj.id.hex,
                units=(unit_facts(obj.unit),),
                sites=frozenset({obj.id.hex}),
                sectors=frozenset(obj.cameras.values_list("sector", flat=True)),
            )
        case Unit():
            return ObjectFacts(
                kind="unit",
                id=obj.id.hex,
                units=(unit_facts(obj),),
                sites=frozenset(site.hex for site in obj.sites.values_list("id", flat=True)),
                sectors=frozenset(Camera.objects.filter(site__unit=obj).values_list("sector", flat=True)),
            )
        case Account():
            units = Unit.objects.filter(id__in=obj.seats.filter(unended(now)).values("unit"))
            return ObjectFacts(
                kind="account",
                id=obj.id.hex,
                units=tuple(unit_facts(unit) for unit in units),
                oneself=account is not None and account.id == obj.id,
            )
