"""From rows to the plain facts from which `rules.succession` reckons."""

from collections.abc import Mapping
from datetime import date, datetime, time

from django.db.models import Count, Max, Q
from django.utils import timezone

from thienly.core.access.facts import unended
from thienly.core.access.models import Right, Seat
from thienly.core.registry.models import Site
from thienly.core.regulation.shelf import profiles
from thienly.core.units.models import PastOwner, Unit
from thienly.rules.profile import Profile
from thienly.rules.succession_facts import RightNow, SeatNow, SiteNow, Situation, UnitNow


def situation(day: date) -> Situation:
    """Every unit and site, and every seat and right that has not ended by `day`; five queries."""
    begins = midnight(day)
    moves = PastOwner.objects.order_by().values_list("site")
    came = dict(moves.annotate(last=Max("valid_to")))
    return Situation(
        units={unit.id.hex: unit_now(unit) for unit in Unit.objects.all()},
        sites={
            site.id.hex: SiteNow(site.id.hex, site.name, site.unit_id.hex, site.living, came.get(site.id))
            for site in Site.objects.annotate(living=Count("cameras", filter=Q(cameras__retired_at=None)))
        },
        seats=[
            SeatNow(
                id=seat.id.hex,
                account=seat.account_id.hex,
                unit=seat.unit_id.hex,
                profile=seat.profile,
                role=seat.role,
                sector=seat.sector,
            )
            for seat in Seat.objects.filter(unended(begins)).order_by("valid_from", "id")
        ],
        rights=[
            RightNow(
                right.id.hex, right.kind, right.seat_id.hex, right.lender_id.hex if right.lender_id else ""
            )
            for right in Right.objects.filter(valid_to__gt=begins).order_by("valid_from", "id")
        ],
    )


def unit_now(unit: Unit) -> UnitNow:
    return UnitNow(
        id=unit.id.hex,
        name=unit.name,
        kind=unit.kind,
        functions=frozenset(unit.functions),
        parent=unit.parent_id.hex if unit.parent_id else None,
        begun=unit.valid_from,
        since=unit.since or unit.valid_from,
        until=unit.valid_to,
    )


def in_force(day: date) -> Mapping[str, Profile]:
    return {name: profile for name, profile in profiles().items() if profile.in_force(day)}


def midnight(day: date) -> datetime:
    """The first moment of that day at the installation."""
    return timezone.make_aware(datetime.combine(day, time()))
