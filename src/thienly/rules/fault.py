"""The camera-fault case (báo hỏng camera): reported, taken on, repaired, confirmed by somebody else."""

from thienly.rules.actions import Action
from thienly.rules.cases import Table, Transition

_KEEPER = (Action.CONFIG_DEVICE,)
_KEEPER_OR_VIEWER = (Action.CONFIG_DEVICE, Action.VIEW_LIVE)

FAULT = Table(
    kind="camera_fault",
    initial="open",
    opened_by=_KEEPER_OR_VIEWER,
    transitions=(
        Transition("acknowledge", ("open", "reopened"), "acknowledged", _KEEPER),
        Transition("repair", ("acknowledged",), "repaired", _KEEPER, needs_note=True),
        # Two persons: whoever says that it is repaired does not also confirm it.
        Transition("close", ("repaired",), "closed", _KEEPER_OR_VIEWER, distinct_from=("repair",)),
        Transition("reopen", ("repaired", "closed"), "reopened", _KEEPER_OR_VIEWER, needs_note=True),
    ),
    closed=frozenset({"closed"}),
)
