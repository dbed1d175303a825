"""What a reorganisation is reckoned from, and what it comes to: plain facts, and why a plan is refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Fault(StrEnum):
    """Why a plan is refused. The pages translate; facts fill the sentence."""

    EMPTY = "empty"
    UNKNOWN_UNIT = "unknown_unit"  # unit (as it was named)
    UNKNOWN_SITE = "unknown_site"  # site
    NOT_IN_BEING = "not_in_being"  # unit: abolished before that day, or not founded yet
    OVERLAP = "overlap"  # unit, since: its present state began on that day or later
    NAME_TAKEN = "name_taken"  # unit, name: two of one name below one parent
    CYCLE = "cycle"  # unit: would stand below itself
    ENDED_PARENT = "ended_parent"  # unit, parent
    ENDED_SUCCESSOR = "ended_successor"  # unit, successor
    ORPHANED_SITE = "orphaned_site"  # site, unit, cameras
    ORPHANED_UNIT = "orphaned_unit"  # unit: stands below one that ends
    KEEPERLESS = "keeperless"  # unit, cameras: it loses its last function and keeps cameras
    UNKNOWN_FUNCTION = "unknown_function"  # function
    NOT_HELD = "not_held"  # unit, function
    SINGLE = "single"  # function, units: only one unit may have it
    TWICE = "twice"  # unit or site: two acts say different things about it
    WAITS = "waits"  # document: another decision about the same units waits for its day


@dataclass(frozen=True, slots=True)
class Problem:
    """`cite`: the articles on which the refusal rests, e.g. `QN Đ3.6, Đ20`."""

    code: Fault
    facts: dict[str, str] = field(default_factory=dict)
    cite: str = ""


@dataclass(frozen=True, slots=True)
class UnitNow:
    """`begun`: its first day; `since`: the first day of the state it is in now; `until`: the first day on
    which it no longer exists."""

    id: str
    name: str
    kind: str
    functions: frozenset[str]
    parent: str | None
    begun: date
    since: date
    until: date | None = None


@dataclass(frozen=True, slots=True)
class SiteNow:
    """`since`: the day on which it came to its unit by a decision, if it did."""

    id: str
    name: str
    unit: str
    cameras: int  # that are not retired
    since: date | None = None


@dataclass(frozen=True, slots=True)
class SeatNow:
    """A seat that has not ended on the day."""

    id: str
    account: str
    unit: str
    profile: str
    role: str
    sector: str = ""


@dataclass(frozen=True, slots=True)
class RightNow:
    """A right beside a role that has not ended on the day; `lender`: the lending seat of a delegation."""

    id: str
    kind: str  # grant, consent, delegation
    seat: str
    lender: str = ""


@dataclass(frozen=True, slots=True)
class Situation:
    units: Mapping[str, UnitNow]
    sites: Mapping[str, SiteNow]
    seats: Sequence[SeatNow] = ()
    rights: Sequence[RightNow] = ()


class SeatEnds(StrEnum):
    """Why a seat does not go on."""

    UNIT_ENDED = "unit_ended"
    FUNCTION_LOST = "function_lost"
    QUOTA_FULL = "quota_full"  # more people than places: nobody is chosen by a machine
    HELD_ALREADY = "held_already"  # the person sits there already
    ROLE_UNKNOWN = "role_unknown"  # no regulation in force knows the role


@dataclass(frozen=True, slots=True)
class SeatOutcome:
    """`to`: the unit at which the person goes on; None: the right is lost, and `why`."""

    seat: SeatNow
    to: str | None
    why: SeatEnds | None = None
    cite: str = ""


class RightEnds(StrEnum):
    """Why a right beside a role does not go on."""

    SEAT_ENDS = "seat_ends"
    LENDER_ENDS = "lender_ends"  # of a delegation: who lent it no longer has it
    NOT_BELOW = "not_below"  # of a delegation: it goes to the own unit or below only


@dataclass(frozen=True, slots=True)
class RightOutcome:
    """`to`: the unit at which its holder sits afterwards; None: it ends, and `why`."""

    right: RightNow
    to: str | None
    why: RightEnds | None = None


@dataclass(frozen=True, slots=True)
class Handover:
    """Between two units: how, and which functions passed."""

    before: str
    after: str
    functions: tuple[str, ...]
    whole: bool  # the first one ends with it


@dataclass(slots=True)
class Outcome:
    """References are ids of units, or `new:<key>`."""

    after: dict[str, UnitNow]  # every unit in being from that day on
    founded: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)  # name, parent or functions differ
    ended: dict[str, tuple[str, ...]] = field(default_factory=dict)  # and its successors
    sites: dict[str, str] = field(default_factory=dict)  # those that move, and to whom
    seats: list[SeatOutcome] = field(default_factory=list)
    rights: list[RightOutcome] = field(default_factory=list)
    handovers: list[Handover] = field(default_factory=list)
    lost: list[tuple[str, str]] = field(default_factory=list)  # unit, function that nobody has from it
    problems: list[Problem] = field(default_factory=list)
