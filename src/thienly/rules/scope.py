"""Who sits where, what is asked for, and whether a scope reaches from the one to the other."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from thienly.rules.profile import Scope

ObjectKind = Literal["camera", "site", "unit", "account", "installation"]


@dataclass(frozen=True, slots=True)
class UnitFacts:
    id: str
    path: str  # ids from the root to this unit, each followed by '/'


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


@dataclass(frozen=True, slots=True)
class ObjectFacts:
    """`units`: the managing unit; for an account, the units of its seats that have not ended."""

    kind: ObjectKind
    id: str = ""
    units: tuple[UnitFacts, ...] = ()
    sites: frozenset[str] = frozenset()  # the camera's site, the site itself, or the unit's sites
    sectors: frozenset[str] = frozenset()  # the camera's sector, or those of the cameras of a site or unit
    secret: bool = False
    retired: bool = False
    oneself: bool = False


INSTALLATION = ObjectFacts(kind="installation")


def covers(scope: Scope, seat: SeatFacts, obj: ObjectFacts, *, knowing: bool = False) -> bool:
    """Does the scope, seen from the seat, reach the object?

    `knowing`: the question is only whether the person may know it. A sector or a list of sites reaches
    cameras; that their units may be known must not turn into rights over the whole unit.
    """
    match scope:
        case Scope.ALL:
            return True
        case Scope.OWN_UNIT:
            return any(unit.id == seat.unit.id for unit in obj.units)
        case Scope.OWN_AND_SUB | Scope.AREA:
            return any(unit.path.startswith(seat.unit.path) for unit in obj.units)
        case Scope.SECTOR:
            return seat.sector in obj.sectors and (knowing or obj.kind == "camera")
        case Scope.GRANT_LIST:
            return not seat.sites.isdisjoint(obj.sites) and (knowing or obj.kind in ("camera", "site"))
        case Scope.PUBLIC_CATALOGUE:
            return False


@dataclass(frozen=True, slots=True)
class Reach:
    """A set of objects: everything, or what lies in any of the parts."""

    everything: bool = False
    units: frozenset[str] = frozenset()
    subtrees: frozenset[str] = frozenset()  # paths
    sectors: frozenset[str] = frozenset()
    sites: frozenset[str] = frozenset()
    without_secret: bool = False
    without_retired: bool = False
    within: tuple[tuple[str, "Reach"], ...] = ()  # of a field of work, only the cameras of that field
