"""A reach of `rules.access` as a condition of the database, for each kind of object."""

from datetime import datetime
from functools import reduce
from operator import and_, or_
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from thienly.core.access.facts import Guarded, unended
from thienly.core.access.models import Seat
from thienly.core.areas.models import Area, Placement
from thienly.core.registry.models import Camera, Site
from thienly.core.units.models import Unit
from thienly.rules.scope import Reach

NOTHING = Q(pk__in=[])
EVERYTHING = ~NOTHING
"""Not an empty Q, which vanishes when it is joined with another by "or"."""


def condition(model: type[Guarded], reach: Reach, *, now: datetime) -> Q:
    """Which rows of `model` lie in the reach. Never multiplies rows: related tables are asked with EXISTS."""
    if model is Camera:
        return _cameras(reach, now)
    if reach.everything:
        return Q()
    if model is Site:
        sectors = Camera.objects.filter(site=OuterRef("pk"), sector__in=reach.sectors)
        return (
            _units(reach, "unit") | Q(pk__in=reach.sites) | _exists(sectors, reach.sectors) | _placed(reach)
        )
    if model is Unit:
        sectors = Camera.objects.filter(site__unit=OuterRef("pk"), sector__in=reach.sectors)
        sites = Site.objects.filter(unit=OuterRef("pk"), pk__in=reach.sites)
        placed = Site.objects.filter(_placed(reach), unit=OuterRef("pk"))
        return (
            _units(reach, "")
            | _exists(sites, reach.sites)
            | _exists(sectors, reach.sectors)
            | _exists(placed, reach.areas)
        )
    return NOTHING


def among(model: type[Guarded], cameras: frozenset[str]) -> Q:
    """Rows of `model` that belong to one of these cameras (ids)."""
    if model is Camera:
        return Q(pk__in=cameras)
    field = "site" if model is Site else "site__unit"
    return Q(pk__in=Camera.objects.filter(pk__in=cameras).values(field))


def accounts(reach: Reach, *, wholly: bool, now: datetime) -> Q:
    """Accounts with an unended seat in the reach; `wholly`: with none outside it either."""
    if reach.everything:
        return EVERYTHING
    seats = Seat.objects.filter(unended(now), account=OuterRef("pk"))
    inside = Q(Exists(seats.filter(_units(reach, "unit"))))
    return inside & ~Q(Exists(seats.exclude(_units(reach, "unit")))) if wholly else inside


def _cameras(reach: Reach, now: datetime) -> Q:
    where = _inside(reach)
    for domain, own in reach.within:
        where |= Q(sector=domain) & _inside(own)
    if reach.elsewhere is not None:
        fields, rest = reach.elsewhere
        where |= ~Q(sector__in=fields) & _inside(rest)
    if reach.without_secret:
        where &= Q(secret=False)
    if reach.without_retired:
        where &= Q(retired_at=None) | Q(retired_at__gt=now)
    return where


def _inside(reach: Reach) -> Q:
    """Asked of the few places first, not by joining every camera to its place and unit."""
    if reach.everything:
        return EVERYTHING
    parts: list[Q] = []
    if reach.units or reach.subtrees:
        parts.append(Q(site__in=Site.objects.filter(_units(reach, "unit")).order_by().values("pk")))
    if reach.areas:
        parts.append(Q(site__in=_lying_in(reach.areas)))
    if reach.unplaced:
        parts.append(Q(site__in=Site.objects.filter(_unplaced(reach)).order_by().values("pk")))
    if reach.sectors:
        parts.append(Q(sector__in=reach.sectors))
    if reach.sites:
        parts.append(Q(site__in=reach.sites))
    if reach.cameras:
        parts.append(Q(pk__in=reach.cameras))
    parts += [reduce(and_, (_inside(one) for one in every)) for every in reach.all_of]
    return reduce(or_, parts, NOTHING)


def _placed(reach: Reach) -> Q:
    """Of sites: those that were confirmed to lie in the areas, and of the subtrees those that lie nowhere."""
    where = Q(pk__in=_lying_in(reach.areas)) if reach.areas else NOTHING
    return where | _unplaced(reach)


def _unplaced(reach: Reach) -> Q:
    paths = (Q(placement=None, unit__path__startswith=path) for path in reach.unplaced)
    return reduce(or_, paths, NOTHING)


def _lying_in(areas: frozenset[str]) -> QuerySet[Placement, Any]:
    """Ids of sites. Asked from the areas downwards, of which there are few: province, district, commune."""
    ids = [int(area) for area in areas]
    below = Area.objects.filter(parent__in=ids).order_by().values("pk")
    inside = Area.objects.filter(Q(pk__in=ids) | Q(parent__in=ids) | Q(parent__in=below))
    return Placement.objects.filter(area__in=inside.order_by().values("pk")).order_by().values("site")


def _units(reach: Reach, prefix: str) -> Q:
    name = f"{prefix}__" if prefix else ""
    where = Q(**{f"{name}id__in": reach.units}) if reach.units else NOTHING
    for path in reach.subtrees:
        where |= Q(**{f"{name}path__startswith": path})
    return where


def _exists(rows: QuerySet[Camera] | QuerySet[Site], wanted: frozenset[str]) -> Q:
    return Q(Exists(rows)) if wanted else NOTHING
