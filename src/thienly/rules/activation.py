"""The activation of a version of a regulation: proposed, approved by another with a document, in force.

Versions of one regulation follow each other: at every date at most one of them holds, and what was obeyed on
a day that is past stays what was obeyed on that day.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from thienly.rules.actions import Action
from thienly.rules.cases import Table, Transition

_KEEPER = (Action.ADMIN_SYSTEM,)

ACTIVATION = Table(
    kind="regulation_activation",
    initial="proposed",
    opened_by=_KEEPER,
    transitions=(
        # Two persons: whoever proposes a regulation does not also put it in force.
        Transition("approve", ("proposed",), "approved", _KEEPER, distinct_from=("open",), by_service=True),
        Transition("refuse", ("proposed",), "refused", _KEEPER, distinct_from=("open",), needs_note=True),
        Transition(
            "withdraw", ("proposed", "approved"), "withdrawn", _KEEPER, needs_note=True, by_service=True
        ),
        Transition("enter", ("approved",), "in_force", (), by_clock=True),
    ),
    closed=frozenset({"refused", "withdrawn", "in_force"}),
    seen_by=(Action.ADMIN_SYSTEM, Action.INSPECT_META),
)


@dataclass(frozen=True, slots=True)
class Validity:
    """A version that was put in force. `begins` None: from whenever the text itself is in force."""

    number: int
    begins: date | None
    document: str = ""


def follows(*, number: int, begins: date, others: Iterable[Validity]) -> Validity | None:
    """The version of the same regulation that stands in the way of this one, or None.

    A later version has a higher number and begins on a later day; anything else would leave a day on which
    two versions hold, or a past that is rewritten.
    """
    for other in sorted(others, key=lambda one: one.number, reverse=True):
        if other.number >= number or (other.begins is not None and other.begins >= begins):
            return other
    return None


def latest(versions: Iterable[Validity], day: date) -> Validity | None:
    """The one that holds on `day`; before any has begun, the first to come; None without any."""
    ordered = sorted(versions, key=lambda one: (one.begins or date.min, one.number))
    begun = [one for one in ordered if (one.begins or date.min) <= day]
    return begun[-1] if begun else next(iter(ordered), None)
