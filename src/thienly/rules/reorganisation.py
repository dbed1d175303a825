"""A reorganisation of units: what a decision may do to them, and the states that it goes through.

A plan is a list of acts, all of one decision and all of one day. What they come to is reckoned by
`rules.succession`, for the preview as for the day itself.
"""

from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from thienly.rules.actions import Action
from thienly.rules.cases import Table, Transition

UnitRef = Annotated[str, Field(pattern=r"^([0-9a-f]{32}|new:[a-z0-9-]{1,30})$")]
"""A unit in being, by its id; or one that the plan itself founds, by its key."""
Hex = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Name = Annotated[str, Field(min_length=1, max_length=200)]

MOST_ACTS = 2000
T = TypeVar("T")


class _Act(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Found(_Act):
    """A new unit. `key` names it inside the plan, as `new:<key>`."""

    act: Literal["found"] = "found"
    key: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,30}$")]
    name: Name
    kind: Annotated[str, Field(min_length=1, max_length=40)]
    functions: frozenset[str] = frozenset()
    parent: UnitRef | None = None


class Rename(_Act):
    act: Literal["rename"] = "rename"
    unit: Hex
    name: Name


class Attach(_Act):
    """The unit, with all below it, stands below another one; None: below nobody."""

    act: Literal["attach"] = "attach"
    unit: Hex
    parent: UnitRef | None


class End(_Act):
    """The unit exists no more. To a single successor everything passes that no other act sends elsewhere.

    Several units that end with one successor are a merger, one with several successors is split, one with
    none is abolished.
    """

    act: Literal["end"] = "end"
    unit: Hex
    successors: Annotated[list[UnitRef], Field(max_length=100)] = []


class Pass(_Act):
    """A function goes from a unit to others. `seats`: the one at which its post-holders go on; None: nowhere.

    Where it goes to one unit only and `seats` is not given, they go on there.
    """

    act: Literal["pass"] = "pass"
    unit: Hex
    function: Annotated[str, Field(min_length=1, max_length=60)]
    to: Annotated[list[UnitRef], Field(min_length=1, max_length=100)]
    seats: UnitRef | Literal["none", ""] = ""


class Move(_Act):
    """A site, with its cameras, goes to another unit."""

    act: Literal["move"] = "move"
    site: Hex
    to: UnitRef


Act = Annotated[Found | Rename | Attach | End | Pass | Move, Field(discriminator="act")]
Plan = Annotated[list[Act], Field(max_length=MOST_ACTS)]

_PLAN: TypeAdapter[list[Act]] = TypeAdapter(Plan)


def read_plan(acts: object) -> list[Act]:
    """From JSON. Raises pydantic.ValidationError that names the act and what is wrong with it."""
    return _PLAN.validate_python(acts)


def write_plan(acts: list[Act]) -> list[dict[str, object]]:
    """JSON that `read_plan` reads; sets in order, so that the same plan is the same text."""
    written: list[dict[str, object]] = _PLAN.dump_python(acts, mode="json")
    for act in written:
        if isinstance(functions := act.get("functions"), list):
            act["functions"] = sorted(functions)
    return written


_WHO = (Action.ADMIN_SYSTEM,)

REORGANISATION = Table(
    kind="reorganisation",
    initial="draft",
    opened_by=_WHO,
    transitions=(
        Transition("revise", ("draft",), "draft", _WHO, by_service=True),
        Transition("submit", ("draft",), "submitted", _WHO, by_service=True),
        Transition("return", ("submitted",), "draft", _WHO, needs_note=True),
        # Who composed it, or laid it before the others, does not decide on it.
        Transition(
            "decide",
            ("submitted",),
            "decided",
            _WHO,
            distinct_from=("open", "revise", "submit"),
            by_service=True,
        ),
        # Until its day everything can be taken back; whoever may compose may stop.
        Transition("undo", ("decided",), "draft", _WHO, needs_note=True),
        Transition("withdraw", ("draft", "submitted"), "withdrawn", _WHO, needs_note=True),
        Transition("apply", ("decided",), "applied", (), by_clock=True),
        # On its day it no longer fits what there is: nothing was changed, somebody has to look.
        Transition("stall", ("decided",), "draft", (), by_clock=True),
    ),
    closed=frozenset({"applied", "withdrawn"}),
    seen_by=(Action.ADMIN_SYSTEM, Action.INSPECT_META),
)
