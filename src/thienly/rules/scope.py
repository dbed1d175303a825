"""Who sits where, what is asked for, and whether a scope reaches from the one to the other."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from thienly.rules.actions import Action
from thienly.rules.profile import Scope

ObjectKind = Literal["camera", "site", "unit", "account", "installation"]


@dataclass(frozen=True, slots=True)
class UnitFacts:
    id: str
    path: str  # ids from the root to this unit, each followed by '/'


@dataclass(frozen=True, slots=True)
class Dated:
    """Something by its id from a day on; `ends`: the first day on which it no longer is."""

    id: str
    begins: date
    ends: date | None = None

    def on(self, day: date) -> bool:
        return self.begins <= day and (self.ends is None or day < self.ends)


@dataclass(frozen=True, slots=True)
class SeatFacts:
    id: str
    profile: str
    role: str
    unit: UnitFacts
    unit_name: str
    unit_functions: frozenset[str]
    unit_from: date
    unit_to: date | None  # first day on which the unit no longer exists
    valid_from: datetime
    valid_to: datetime | None  # first moment at which the seat no longer counts
    sector: str = ""
    sites: frozenset[str] = frozenset()
    suspended: bool = False  # its account is
    received: bool = True  # False: assigned, and whoever is to hold it has not acknowledged it yet
    cameras: frozenset[str] = frozenset()  # listed one by one, beside the sites
    camera_sites: frozenset[str] = frozenset()  # where these hang: to be known, not to be seen
    given: tuple["GivenFacts", ...] = ()  # rights beside those of the role; they end with the seat
    territory: tuple[Dated, ...] = ()  # areas that documents gave to the unit
    works: tuple[Dated, ...] = ()  # sites that supply works to which documents link the unit
    areas: frozenset[str] | None = None  # of the territory, on the day asked; None: it never had one
    linked: frozenset[str] = frozenset()  # of the works, on the day asked

    def on(self, day: date) -> "SeatFacts":
        """With what its unit was given by documents as it holds on this day."""
        if not self.territory and not self.works:
            return self
        return replace(
            self,
            areas=frozenset(one.id for one in self.territory if one.on(day)) if self.territory else None,
            linked=frozenset(one.id for one in self.works if one.on(day)),
        )


GivenKind = Literal["grant", "consent", "delegation"]


@dataclass(frozen=True, slots=True)
class GivenFacts:
    """A right given to one seat beside those of its role, by a document, for a time.

    `grant`: more places for a right that the role has over listed places; `entry` is that grant's id.
    `consent`: use outside the remit, agreed in writing (QN Đ9.1); `entry` is the approval's id.
    `delegation`: the holder of the seat `lender` lets somebody act in his place; the scope is the lender's.
    """

    id: str
    kind: GivenKind
    actions: frozenset[Action]
    purpose: str
    document: str
    valid_from: datetime
    valid_to: datetime  # first moment at which it no longer counts
    entry: str = ""
    sites: frozenset[str] = frozenset()
    cameras: frozenset[str] = frozenset()
    camera_sites: frozenset[str] = frozenset()
    lender: "SeatFacts | None" = None


@dataclass(frozen=True, slots=True)
class ObjectFacts:
    """`units`: the managing unit; for an account, the units of its seats that have not ended. `areas`: in
    which its site (of a unit: one of its sites) was confirmed to lie, with those above; read only where a
    unit has a territory."""

    kind: ObjectKind
    id: str = ""
    units: tuple[UnitFacts, ...] = ()
    sites: frozenset[str] = frozenset()  # the camera's site, the site itself, or the unit's sites
    sectors: frozenset[str] = frozenset()  # the camera's sector, or those of the cameras of a site or unit
    secret: bool = False
    retired: bool = False
    oneself: bool = False
    areas: frozenset[str] = frozenset()


INSTALLATION = ObjectFacts(kind="installation")


def covers(  # noqa: PLR0911 - one return for each scope
    scope: Scope, seat: SeatFacts, obj: ObjectFacts, *, knowing: bool = False
) -> bool:
    """Does the scope, seen from the seat, reach the object?

    `knowing`: the question is only whether the person may know it. A sector or a list of sites reaches
    cameras; that their units may be known must not turn into rights over the whole unit.

    An area is that of the unit's territory; it decides about a site, and the cameras there, whose place was
    confirmed. Where one of the two is not known, what the unit and those below it manage is its area.
    """
    match scope:
        case Scope.ALL:
            return True
        case Scope.OWN_UNIT:
            return any(unit.id == seat.unit.id for unit in obj.units)
        case Scope.OWN_AND_SUB:
            return _below(seat, obj)
        case Scope.AREA:
            return _in_area(seat, obj, knowing=knowing)
        case Scope.SECTOR:
            return seat.sector in obj.sectors and (knowing or obj.kind == "camera")
        case Scope.GRANT_LIST:
            return _listed(seat, obj, knowing=knowing)
        case Scope.LINKED_WORKS:
            linked = not seat.linked.isdisjoint(obj.sites)
            return linked and (knowing or obj.kind in ("camera", "site"))
        case Scope.PUBLIC_CATALOGUE:
            return False


def _below(seat: SeatFacts, obj: ObjectFacts) -> bool:
    return any(unit.path.startswith(seat.unit.path) for unit in obj.units)


def _in_area(seat: SeatFacts, obj: ObjectFacts, *, knowing: bool) -> bool:
    if seat.areas is None:
        return _below(seat, obj)
    inside = not seat.areas.isdisjoint(obj.areas)
    if obj.kind in ("camera", "site"):
        return inside if obj.areas else _below(seat, obj)
    return _below(seat, obj) or (inside and knowing)


def _listed(seat: SeatFacts, obj: ObjectFacts, *, knowing: bool) -> bool:
    if obj.kind == "camera":
        return obj.id in seat.cameras or not seat.sites.isdisjoint(obj.sites)
    if knowing:
        return not (seat.sites | seat.camera_sites).isdisjoint(obj.sites)
    return obj.kind == "site" and not seat.sites.isdisjoint(obj.sites)


@dataclass(frozen=True, slots=True)
class Reach:
    """A set of objects: everything, or what lies in any of the parts."""

    everything: bool = False
    units: frozenset[str] = frozenset()
    subtrees: frozenset[str] = frozenset()  # paths
    sectors: frozenset[str] = frozenset()
    sites: frozenset[str] = frozenset()
    cameras: frozenset[str] = frozenset()
    areas: frozenset[str] = frozenset()  # what was confirmed to lie there
    unplaced: frozenset[str] = frozenset()  # paths: of these subtrees, what was not confirmed to lie anywhere
    without_secret: bool = False
    without_retired: bool = False
    within: tuple[tuple[str, "Reach"], ...] = ()  # of a field of work, only the cameras of that field
    elsewhere: "tuple[frozenset[str], Reach] | None" = None  # of these fields none: the cameras of all others
    all_of: "tuple[tuple[Reach, ...], ...]" = ()  # of each tuple, what lies in every one of it

    @property
    def nothing(self) -> bool:
        return self == Reach()


def meet(reaches: Sequence[Reach]) -> Reach:
    """What lies in every one of them."""
    bounded = list(dict.fromkeys(reach for reach in reaches if not reach.everything))
    if not bounded:
        return Reach(everything=True) if reaches else Reach()
    if any(reach.nothing for reach in bounded):
        return Reach()
    return bounded[0] if len(bounded) == 1 else Reach(all_of=(tuple(bounded),))


def join(first: Reach, second: Reach) -> Reach:
    """What lies in one of them, of reaches without conditions (`without_…`, `within`, `elsewhere`)."""
    if first.everything or second.everything:
        return Reach(everything=True)
    return Reach(
        units=first.units | second.units,
        subtrees=first.subtrees | second.subtrees,
        sectors=first.sectors | second.sectors,
        sites=first.sites | second.sites,
        cameras=first.cameras | second.cameras,
        areas=first.areas | second.areas,
        unplaced=first.unplaced | second.unplaced,
        all_of=first.all_of + second.all_of,
    )
