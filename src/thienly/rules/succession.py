"""What a reorganisation comes to: every unit, site and seat that it touches, and why it cannot be so.

Pure: the situation and the plan come in, an `Outcome` goes out. The preview shows it and the day carries it
out, so the two cannot differ. Every site has one unit in being afterwards, or there is a `Problem`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from thienly.rules.profile import Profile
from thienly.rules.reorganisation import Act, Attach, End, Found, Move, Pass, Rename
from thienly.rules.succession_facts import (
    Fault,
    Handover,
    Outcome,
    Problem,
    Situation,
    UnitNow,
)
from thienly.rules.succession_rights import rights_go_on
from thienly.rules.succession_seats import go_on

NEW = "new:"


def reckon(
    *,
    acts: Sequence[Act],
    situation: Situation,
    profiles: Mapping[str, Profile],
    day: date,
) -> Outcome:
    """What the acts come to on `day`. With problems nothing of it may be carried out.

    `profiles`: those in force on that day; their unit types are the functions there are.
    """
    return _Reckoning(acts, situation, profiles, day).run()


class _Reckoning:
    def __init__(
        self,
        acts: Sequence[Act],
        situation: Situation,
        profiles: Mapping[str, Profile],
        day: date,
    ) -> None:
        self._acts, self._now, self._profiles, self._day = acts, situation, profiles, day
        self._out = Outcome(after=dict(situation.units))
        self._ends: dict[str, tuple[str, ...]] = {}
        self._passes: dict[tuple[str, str], Pass] = {}
        self._seat_goes: dict[tuple[str, str], str | None] = {}

    def run(self) -> Outcome:
        if not self._acts:
            self._problem(Fault.EMPTY)
            return self._out
        self._found()
        self._lay()
        self._hand_functions_on()
        self._move_sites()
        self._check_tree()
        self._check_functions()
        self._out.seats = go_on(
            seats=self._now.seats,
            goes=self._seat_goes,
            ended=frozenset(self._ends),
            functions={ref: unit.functions for ref, unit in self._out.after.items()},
            profiles=self._profiles,
        )
        self._sum_up()
        self._out.rights = rights_go_on(
            rights=self._now.rights,
            seats=self._now.seats,
            outcomes=self._out.seats,
            after=self._out.after,
        )
        return self._out

    # --- the acts themselves -------------------------------------------------------------------------------
    def _found(self) -> None:
        for act in self._acts:
            if not isinstance(act, Found):
                continue
            ref = NEW + act.key
            if ref in self._out.after:
                self._problem(Fault.TWICE, unit=act.name)
            self._out.after[ref] = UnitNow(
                ref, act.name, act.kind, act.functions, act.parent, begun=self._day, since=self._day
            )
            self._out.founded.append(ref)

    def _lay(self) -> None:
        """Names, places and ends; what contradicts itself is told."""
        said: Counter[tuple[str, str]] = Counter()
        for act in self._acts:
            match act:
                case Rename() if unit := self._touched(act.unit):
                    said[act.unit, "rename"] += 1
                    self._out.after[act.unit] = replace(unit, name=act.name)
                case Attach() if unit := self._touched(act.unit):
                    said[act.unit, "attach"] += 1
                    self._out.after[act.unit] = replace(unit, parent=act.parent)
                case End() if self._touched(act.unit):
                    said[act.unit, "end"] += 1
                    self._ends[act.unit] = tuple(dict.fromkeys(act.successors))
                case Pass() if self._touched(act.unit):
                    said[act.unit, f"pass {act.function}"] += 1
                    self._passes[act.unit, act.function] = act
                case _:
                    pass
        for (unit_id, _what), times in said.items():
            if times > 1:
                self._problem(Fault.TWICE, self._name(unit_id), unit=self._name(unit_id))
        self._lay_ends()

    def _lay_ends(self) -> None:
        self._out.ended = self._ends
        for unit_id, successors in self._ends.items():
            for ref in successors:
                if ref not in self._out.after:
                    self._problem(Fault.UNKNOWN_UNIT, unit_id, unit=ref)
                elif ref in self._ends:
                    self._problem(
                        Fault.ENDED_SUCCESSOR,
                        unit_id,
                        unit=self._name(unit_id),
                        successor=self._name(ref),
                    )
                else:
                    self._touched(ref)

    def _touched(self, ref: str) -> UnitNow | None:
        """The unit, when an act may be about it on that day; else a problem."""
        unit = self._out.after.get(ref)
        if unit is None:
            self._problem(Fault.UNKNOWN_UNIT, unit=ref)
            return None
        if ref in self._out.founded:
            return unit
        before = self._now.units[ref]
        if not self._exists(before):
            self._problem(Fault.NOT_IN_BEING, ref, unit=before.name)
            return None
        if before.since >= self._day:
            # What holds from that day on was laid down already: two states would hold at once.
            self._problem(Fault.OVERLAP, ref, unit=before.name, since=before.since.isoformat())
            return None
        return unit

    # --- functions -----------------------------------------------------------------------------------------
    def _hand_functions_on(self) -> None:
        """Each function that an act takes away, and each of a unit that ends, goes to heirs or is lost."""
        handed: dict[tuple[str, str], set[str]] = defaultdict(set)
        losses: dict[str, set[str]] = defaultdict(set)
        for (unit_id, function), act in self._passes.items():
            if function not in self._now.units[unit_id].functions:
                facts = {"unit": self._name(unit_id), "function": self._function(function)}
                self._problem(Fault.NOT_HELD, unit_id, **facts)
                continue
            losses[unit_id].add(function)
            self._seat_goes[unit_id, function] = _seats_of(act)
            for ref in dict.fromkeys(act.to):
                if self._heir(unit_id, ref):
                    handed[unit_id, ref].add(function)
        for unit_id, successors in self._ends.items():
            only = successors[0] if len(successors) == 1 else None
            for function in self._now.units[unit_id].functions - losses[unit_id]:
                self._seat_goes[unit_id, function] = only
                if only is None:
                    self._out.lost.append((unit_id, function))
                elif self._heir(unit_id, only):
                    handed[unit_id, only].add(function)
            for ref in successors:
                handed.setdefault((unit_id, ref), set())
        self._lay_functions(handed, losses)

    def _lay_functions(
        self, handed: Mapping[tuple[str, str], set[str]], losses: Mapping[str, set[str]]
    ) -> None:
        gains: dict[str, set[str]] = defaultdict(set)
        for (_before, ref), functions in handed.items():
            gains[ref] |= functions
        for ref in {*gains, *losses} - set(self._ends):
            if unit := self._out.after.get(ref):
                kept = unit.functions - losses.get(ref, set())
                self._out.after[ref] = replace(unit, functions=kept | gains[ref])
        self._out.handovers = [
            Handover(before, after, tuple(sorted(functions)), before in self._ends)
            for (before, after), functions in sorted(handed.items())
            if before != after
        ]

    def _heir(self, unit_id: str, ref: str) -> bool:
        if ref not in self._out.after:
            self._problem(Fault.UNKNOWN_UNIT, unit_id, unit=ref)
            return False
        if ref in self._ends:
            if ref not in self._ends.get(unit_id, ()):  # else it has been told already
                self._problem(
                    Fault.ENDED_SUCCESSOR, unit_id, unit=self._name(unit_id), successor=self._name(ref)
                )
            return False
        return self._touched(ref) is not None

    def _check_functions(self) -> None:
        known = {unit.id for profile in self._profiles.values() for unit in profile.unit_types}
        single = {u.id: u for p in self._profiles.values() for u in p.unit_types if u.single}
        touched = {function for _unit, function in self._passes}
        for ref in self._out.founded:
            touched |= self._out.after[ref].functions
            for function in sorted(self._out.after[ref].functions - known):
                self._problem(Fault.UNKNOWN_FUNCTION, function=function)
        for unit_id in self._ends:
            touched |= self._now.units[unit_id].functions
        for function in sorted(touched & single.keys()):
            holders = [
                unit.name
                for ref, unit in self._out.after.items()
                if function in unit.functions and ref not in self._ends and self._exists(unit)
            ]
            if len(holders) > 1:
                self._out.problems.append(
                    Problem(
                        Fault.SINGLE,
                        {"function": self._function(function), "units": ", ".join(sorted(holders))},
                        self._cite({function}),
                    )
                )

    # --- sites and the tree --------------------------------------------------------------------------------
    def _move_sites(self) -> None:
        sent: dict[str, str] = {}
        for act in self._acts:
            if not isinstance(act, Move):
                continue
            site = self._now.sites.get(act.site)
            if site is None:
                self._problem(Fault.UNKNOWN_SITE, site=act.site)
            elif sent.get(act.site, act.to) != act.to:
                self._problem(Fault.TWICE, site.unit, unit=site.name)
            elif self._heir(site.unit, act.to):
                sent[act.site] = act.to
        for site in self._now.sites.values():
            to = sent.get(site.id)
            if to is None and site.unit in self._ends:
                successors = self._ends[site.unit]
                if len(successors) == 1 and successors[0] in self._out.after:
                    to = successors[0]
                else:
                    self._problem(
                        Fault.ORPHANED_SITE,
                        site.unit,
                        site=site.name,
                        unit=self._name(site.unit),
                        cameras=str(site.cameras),
                    )
            if to is not None and to != site.unit:
                self._out.sites[site.id] = to
                if site.since is not None and site.since >= self._day:
                    facts = {"unit": site.name, "since": site.since.isoformat()}
                    self._problem(Fault.OVERLAP, site.unit, **facts)

    def _check_tree(self) -> None:
        self._hand_children_on()
        parents = {ref: unit.parent for ref, unit in self._out.after.items() if ref not in self._ends}
        names: dict[tuple[str | None, str], list[str]] = defaultdict(list)
        judged = self._judged()
        for ref in sorted(parents):
            unit = self._out.after[ref]
            if self._exists(unit):
                names[unit.parent, unit.name.casefold()].append(ref)
            if ref not in judged:
                continue
            parent = self._out.after.get(unit.parent) if unit.parent else None
            if unit.parent and (parent is None or unit.parent in self._ends or not self._exists(parent)):
                gone = parent.name if parent else str(unit.parent)
                self._problem(Fault.ENDED_PARENT, ref, unit=unit.name, parent=gone)
            elif _loops(ref, parents):
                self._problem(Fault.CYCLE, ref, unit=unit.name)
        for refs in names.values():
            if len(refs) > 1 and (changed := sorted(judged.intersection(refs))):
                self._problem(Fault.NAME_TAKEN, changed[0], unit=self._name(changed[0]))

    def _hand_children_on(self) -> None:
        """What stands below a unit that ends goes to its single successor, or an act says where."""
        for ref, unit in list(self._out.after.items()):
            if ref in self._ends or unit.parent not in self._ends or not self._exists(unit):
                continue
            successors = self._ends[unit.parent]
            if len(successors) == 1 and successors[0] != ref:
                self._out.after[ref] = replace(unit, parent=successors[0])
            elif self._named(ref):
                continue  # the act sends it below a unit that ends: told as such
            else:
                self._problem(Fault.ORPHANED_UNIT, ref, unit=unit.name, parent=self._name(unit.parent))

    def _named(self, ref: str) -> bool:
        return any(isinstance(act, Attach) and act.unit == ref for act in self._acts)

    def _judged(self) -> set[str]:
        """Units whose place or name is new: what is odd elsewhere was so before."""
        return {
            ref
            for ref, unit in self._out.after.items()
            if ref not in self._ends
            and (
                ref in self._out.founded
                or (unit.parent, unit.name) != (self._now.units[ref].parent, self._now.units[ref].name)
            )
        }

    # --- the sum -------------------------------------------------------------------------------------------
    def _sum_up(self) -> None:
        for unit_id in self._ends:
            self._out.after.pop(unit_id, None)
        for ref, unit in self._out.after.items():
            if ref in self._out.founded:
                continue
            before = self._now.units[ref]
            if (unit.name, unit.parent, unit.functions) != (before.name, before.parent, before.functions):
                self._out.changed.append(ref)
                if before.since >= self._day:
                    # Reached only through the end of the one above it.
                    self._problem(Fault.OVERLAP, ref, unit=before.name, since=before.since.isoformat())
        cameras: Counter[str] = Counter()
        for site in self._now.sites.values():
            cameras[self._out.sites.get(site.id, site.unit)] += site.cameras
        for unit_id, _function in self._passes:
            after = self._out.after.get(unit_id)
            if after is not None and not after.functions and cameras[unit_id]:
                self._problem(Fault.KEEPERLESS, unit_id, unit=after.name, cameras=str(cameras[unit_id]))
        unique: dict[tuple[Fault, str], Problem] = {}
        for problem in self._out.problems:
            unique.setdefault((problem.code, str(sorted(problem.facts.items()))), problem)
        self._out.problems = list(unique.values())

    # --- words ---------------------------------------------------------------------------------------------
    def _exists(self, unit: UnitNow) -> bool:
        return unit.begun <= self._day and (unit.until is None or unit.until > self._day)

    def _name(self, ref: str) -> str:
        unit = self._out.after.get(ref) or self._now.units.get(ref)
        return unit.name if unit else ref

    def _function(self, function: str) -> str:
        for profile in self._profiles.values():
            for unit in profile.unit_types:
                if unit.id == function:
                    return unit.vi
        return function

    def _cite(self, functions: Iterable[str]) -> str:
        """The articles that place units with these functions."""
        wanted = set(functions)
        return "; ".join(
            dict.fromkeys(
                profile.cited(unit)
                for profile in self._profiles.values()
                for unit in profile.unit_types
                if unit.id in wanted
            )
        )

    def _problem(self, code: Fault, about: str = "", **facts: str) -> None:
        unit = self._now.units.get(about) or self._out.after.get(about)
        self._out.problems.append(Problem(code, facts, self._cite(unit.functions) if unit else ""))


def _seats_of(act: Pass) -> str | None:
    if act.seats == "none":
        return None
    return act.seats or (act.to[0] if len(set(act.to)) == 1 else None)


def _loops(ref: str, parents: Mapping[str, str | None]) -> bool:
    seen: set[str] = set()
    step: str | None = ref
    while step is not None:
        if step in seen:
            return True
        seen.add(step)
        step = parents.get(step)
    return False
