"""What a reorganisation would do, before anybody decides: what moves, is lost, or has nobody to keep it."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Min
from django.utils import timezone

from thienly.core.access.models import Right, Seat
from thienly.core.areas.models import Remit
from thienly.core.cases.models import Case
from thienly.core.registry.models import Site
from thienly.core.storage.models import Hold
from thienly.core.units.models import Reorganisation, Unit
from thienly.core.units.reorganising import waiting
from thienly.core.units.situation import in_force, situation
from thienly.rules.hold import HOLD
from thienly.rules.profile import Profile, Scope
from thienly.rules.reorganisation import read_plan
from thienly.rules.succession import reckon
from thienly.rules.succession_facts import Outcome, RightOutcome, SeatNow, SeatOutcome, Situation, UnitNow


@dataclass(frozen=True, slots=True)
class UnitLine:
    """`ref`: an id or `new:<key>`. `before` or `after` is None when it is founded or ends."""

    ref: str
    before: UnitNow | None
    after: UnitNow | None
    parent_before: str
    parent_after: str
    successors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SiteLine:
    """`cases`: open ones about its cameras, by kind. `deadline`: the next end of a hold on its footage."""

    site: str
    before: str
    after: str
    cameras: int
    cases: Mapping[str, int]
    holds: int = 0
    deadline: datetime | None = None


@dataclass(frozen=True, slots=True)
class SeatLine:
    """`reach_before`, `reach_after`: cameras, where they follow from the unit; None where they do not."""

    person: str
    role: str
    cite: str
    outcome: SeatOutcome
    before: str
    after: str
    reach_before: int | None
    reach_after: int | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class RightLine:
    """A right beside a role. `lender`: who lent it, of a delegation; `after`: where its holder goes on."""

    person: str
    kind: str
    document: str
    outcome: RightOutcome
    lender: str
    after: str
    until: datetime


@dataclass(frozen=True, slots=True)
class ReachLine:
    """A unit whose people stay where they are and see more cameras, or fewer."""

    unit: str
    seats: int
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Orphan:
    """A unit that would keep cameras while nobody holds a seat there; `cases` wait at it."""

    unit: str
    cameras: int
    cases: int


@dataclass(slots=True)
class Preview:
    outcome: Outcome
    units: list[UnitLine] = field(default_factory=list)
    sites: list[SiteLine] = field(default_factory=list)
    seats: list[SeatLine] = field(default_factory=list)
    rights: list[RightLine] = field(default_factory=list)
    reach: list[ReachLine] = field(default_factory=list)
    lost: list[tuple[str, str, str]] = field(default_factory=list)  # unit, function, article
    orphans: list[Orphan] = field(default_factory=list)
    unit_cases: list[Case] = field(default_factory=list)  # open ones about a unit that ends

    @property
    def cameras(self) -> int:
        return sum(line.cameras for line in self.sites)

    @property
    def cases(self) -> int:
        return sum(sum(line.cases.values()) for line in self.sites)

    @property
    def holds(self) -> int:
        return sum(line.holds for line in self.sites)

    @property
    def seats_moved(self) -> list[SeatLine]:
        return [line for line in self.seats if line.outcome.to is not None]

    @property
    def seats_lost(self) -> list[SeatLine]:
        return [line for line in self.seats if line.outcome.to is None]

    @property
    def rights_moved(self) -> list[RightLine]:
        return [line for line in self.rights if line.outcome.to is not None]

    @property
    def rights_lost(self) -> list[RightLine]:
        return [line for line in self.rights if line.outcome.to is None]


def preview(row: Reorganisation) -> Preview:
    """As things stand now, for the day of the decision (today as long as none is given)."""
    day = row.effective or timezone.localdate()
    now, rules = situation(day), in_force(day)
    outcome = reckon(acts=read_plan(row.acts), situation=now, profiles=rules, day=day)
    outcome.problems += waiting(row)
    return _Previewing(now, outcome, rules).run()


class _Previewing:
    def __init__(self, now: Situation, outcome: Outcome, rules: Mapping[str, Profile]) -> None:
        self._now, self._out, self._rules = now, outcome, rules
        self._preview = Preview(outcome)
        owners = {site.id: site.unit for site in now.sites.values()}
        self._own_before = self._cameras(owners)
        self._own_after = self._cameras(owners | outcome.sites)
        self._sub_before = _with_those_below(self._own_before, now.units)
        self._sub_after = _with_those_below(self._own_after, outcome.after)
        given = Remit.objects.exclude(area=None).order_by().values_list("unit", flat=True)
        self._territories = {unit.hex for unit in given}

    def run(self) -> Preview:
        self._units()
        cases = self._sites()
        self._seats()
        self._rights()
        self._reach()
        self._orphans(cases)
        self._preview.lost = [
            (self._name(unit), self._function(function), self._cited(function))
            for unit, function in sorted(self._out.lost)
        ]
        ended = [UUID(unit) for unit in self._out.ended]
        self._preview.unit_cases = list(
            Case.objects.filter(unit__in=ended, closed_at=None).select_related("unit")
        )
        return self._preview

    def _units(self) -> None:
        for ref in [*self._out.founded, *self._out.changed]:
            if after := self._out.after.get(ref):
                before = self._now.units.get(ref)
                self._preview.units.append(
                    UnitLine(ref, before, after, self._parent(before), self._parent(after))
                )
        for ref, successors in self._out.ended.items():
            before = self._now.units[ref]
            heirs = tuple(self._name(successor) for successor in successors)
            self._preview.units.append(UnitLine(ref, before, None, self._parent(before), "", heirs))

    def _sites(self) -> Counter[str]:
        """Also how many open cases each unit would have."""
        cases: dict[str, Counter[str]] = defaultdict(Counter)
        rows = Case.objects.filter(closed_at=None).exclude(camera=None).order_by()
        for site, kind, number in rows.values_list("camera__site", "kind").annotate(Count("id")):
            cases[site.hex][kind] += number
        holds = Hold.objects.filter(case__state=HOLD.initial).order_by()
        ends = {
            site.hex: (number, until)
            for site, number, until in holds.values_list("camera__site").annotate(Count("pk"), Min("until"))
        }
        at_unit: Counter[str] = Counter()
        for site in self._now.sites.values():
            at_unit[self._out.sites.get(site.id, site.unit)] += sum(cases[site.id].values())
        for site_id, to in self._out.sites.items():
            site = self._now.sites[site_id]
            number, until = ends.get(site_id, (0, None))
            self._preview.sites.append(
                SiteLine(
                    site.name,
                    self._name(site.unit),
                    self._name(to),
                    site.cameras,
                    dict(cases[site_id]),
                    number,
                    until,
                )
            )
        self._preview.sites.sort(key=lambda line: (line.before, line.site))
        return at_unit

    def _seats(self) -> None:
        wanted = {outcome.seat.id for outcome in self._out.seats}
        people = {
            seat.id.hex: seat for seat in Seat.objects.select_related("account") if seat.id.hex in wanted
        }
        for outcome in self._out.seats:
            seat = people[outcome.seat.id]
            rules = self._rules.get(seat.profile)
            role = rules.role(seat.role) if rules else None
            before, after = self._seen(outcome)
            self._preview.seats.append(
                SeatLine(
                    person=str(seat.account),
                    role=role.vi if role else seat.role,
                    cite=outcome.cite or (rules.cited(role) if rules and role else ""),
                    outcome=outcome,
                    before=self._name(outcome.seat.unit),
                    after=self._name(outcome.to) if outcome.to else "",
                    reach_before=before,
                    reach_after=after,
                    until=seat.valid_to,
                )
            )
        self._preview.seats.sort(key=lambda line: (line.outcome.to is not None, line.before, line.person))

    def _rights(self) -> None:
        wanted = {one.right.id for one in self._out.rights}
        rows = Right.objects.select_related("seat__account", "lender__account")
        found = {row.id.hex: row for row in rows if row.id.hex in wanted} if wanted else {}
        for one in self._out.rights:
            right = found[one.right.id]
            self._preview.rights.append(
                RightLine(
                    person=str(right.seat.account),
                    kind=right.kind,
                    document=right.document,
                    outcome=one,
                    lender=str(right.lender.account) if right.lender else "",
                    after=self._name(one.to) if one.to else "",
                    until=right.valid_to,
                )
            )
        self._preview.rights.sort(key=lambda line: (line.person, line.until))

    def _seen(self, outcome: SeatOutcome) -> tuple[int | None, int | None]:
        seat = outcome.seat
        scopes = self._scopes(seat)
        if scopes & {Scope.OWN_AND_SUB, Scope.AREA}:
            before, after = self._sub_before, self._sub_after
        elif Scope.OWN_UNIT in scopes:
            before, after = self._own_before, self._own_after
        else:
            return None, None
        return before[seat.unit], after[outcome.to] if outcome.to else 0

    def _reach(self) -> None:
        gone = {outcome.seat.id for outcome in self._out.seats}
        found: Counter[tuple[str, bool]] = Counter()
        for seat in self._now.seats:
            scopes = self._scopes(seat)
            below = bool(scopes & {Scope.OWN_AND_SUB, Scope.AREA})
            if seat.id not in gone and (below or Scope.OWN_UNIT in scopes):
                found[seat.unit, below] += 1
        for (unit, below), seats in found.items():
            before = (self._sub_before if below else self._own_before)[unit]
            after = (self._sub_after if below else self._own_after)[unit]
            if before != after:
                self._preview.reach.append(ReachLine(self._name(unit), seats, before, after))
        self._preview.reach.sort(key=lambda line: line.unit)

    def _scopes(self, seat: SeatNow) -> frozenset[Scope]:
        """Those by which the tree of units says what the seat sees; what lies in a territory stays there."""
        rules = self._rules.get(seat.profile)
        scopes = rules.scopes_of(seat.role) if rules else frozenset()
        return scopes - {Scope.AREA} if seat.unit in self._territories else scopes

    def _orphans(self, cases: Counter[str]) -> None:
        """Only units that this reorganisation touches: what was so before is not its doing."""
        touched = {*self._out.sites.values(), *(outcome.seat.unit for outcome in self._out.seats)}
        gone = {outcome.seat.id for outcome in self._out.seats}
        sitting = {seat.unit for seat in self._now.seats if seat.id not in gone}
        sitting |= {outcome.to for outcome in self._out.seats if outcome.to}
        self._preview.orphans = [
            Orphan(self._name(ref), self._own_after[ref], cases[ref])
            for ref in sorted(touched - sitting, key=self._name)
            if ref in self._out.after and self._own_after[ref]
        ]

    def _cameras(self, owners: Mapping[str, str]) -> Counter[str]:
        found: Counter[str] = Counter()
        for site, unit in owners.items():
            found[unit] += self._now.sites[site].cameras
        return found

    def _name(self, ref: str) -> str:
        unit = self._out.after.get(ref) or self._now.units.get(ref)
        return unit.name if unit else ref

    def _parent(self, unit: UnitNow | None) -> str:
        return self._name(unit.parent) if unit and unit.parent else ""

    def _function(self, function: str) -> str:
        types = (unit for rules in self._rules.values() for unit in rules.unit_types)
        return next((unit.vi for unit in types if unit.id == function), function)

    def _cited(self, function: str) -> str:
        cites = {
            rules.cited(unit): None
            for rules in self._rules.values()
            for unit in rules.unit_types
            if unit.id == function
        }
        return "; ".join(cites)


def _with_those_below(own: Counter[str], units: Mapping[str, UnitNow]) -> Counter[str]:
    """Cameras of each unit and of all below it; a loop, which is refused elsewhere, is counted once."""
    found: Counter[str] = Counter()
    for ref, cameras in own.items():
        step: str | None = ref
        seen: set[str] = set()
        while step is not None and step not in seen:
            seen.add(step)
            found[step] += cameras
            step = units[step].parent if step in units else None
    return found


def sites_of(unit: Unit) -> list[Site]:
    """For composing a split: what has to be shared out."""
    return list(unit.sites.order_by("folded"))
