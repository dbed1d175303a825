"""Case tables: which step leads from which state to which, who may take it, and who may not.

A table is data. The engine in `core.cases` takes steps by it and by nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from thienly.rules.actions import Action


@dataclass(frozen=True, slots=True)
class Transition:
    """One kind of step."""

    action: str
    frm: tuple[str, ...]
    to: str
    who: tuple[Action, ...]  # any one of these over what the case is about
    distinct_from: tuple[str, ...] = ()  # not by the person who last took one of these steps
    needs_note: bool = False
    by_service: bool = False  # only a service of its own takes it, because it lays down more than the step
    by_clock: bool = False  # only the installation takes it, when its time has come; `who` is then empty


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that was taken, and by whom (account id)."""

    action: str
    person: str


class IllegalStep(Exception):
    """The table knows no such step from this state."""

    def __init__(self, *, state: str, action: str, possible: tuple[Transition, ...]) -> None:
        super().__init__(f"{action} from {state}")
        self.state = state
        self.action = action
        self.possible = possible


@dataclass(frozen=True, slots=True)
class Table:
    """A kind of case. Raises ValueError when it contradicts itself."""

    kind: str
    initial: str
    opened_by: tuple[Action, ...]  # any one of these over a camera, a unit, the installation
    transitions: tuple[Transition, ...]
    closed: frozenset[str]  # states in which nobody has to do anything
    seen_by: tuple[Action, ...] = ()  # any one of these over it; none: whoever may know it
    own_rule: bool = False  # who takes a step follows from more than `who`: only its own service asks

    def __post_init__(self) -> None:
        seen: set[tuple[str, str]] = set()
        for transition in self.transitions:
            for state in transition.frm:
                if (state, transition.action) in seen:
                    raise ValueError(f"two ways for {transition.action} from {state}")
                seen.add((state, transition.action))
            if transition.by_clock == bool(transition.who):
                raise ValueError(f"{transition.action} is a step of persons or of the clock")
        reached = {self.initial}
        while more := {t.to for t in self.transitions if reached & set(t.frm)} - reached:
            reached |= more
        if astray := self.states - reached:
            raise ValueError(f"never reached: {', '.join(sorted(astray))}")

    @property
    def states(self) -> frozenset[str]:
        named = {state for transition in self.transitions for state in (*transition.frm, transition.to)}
        return frozenset({self.initial} | named | self.closed)

    def possible(self, state: str) -> tuple[Transition, ...]:
        """Every step that leads out of `state`, whoever may take it."""
        return tuple(transition for transition in self.transitions if state in transition.frm)

    def transition(self, *, state: str, action: str) -> Transition:
        """Raises IllegalStep."""
        for transition in self.possible(state):
            if transition.action == action:
                return transition
        raise IllegalStep(state=state, action=action, possible=self.possible(state))


def own_step(transition: Transition, *, person: str, history: Sequence[Taken]) -> str:
    """The step that `person` took and so may not follow up with this one, or "". `history` is in order."""
    for name in transition.distinct_from:
        last = next((taken for taken in reversed(history) if taken.action == name), None)
        if last and last.person == person:
            return name
    return ""
