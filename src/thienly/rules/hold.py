"""The hold (giữ lại): footage that must not be deleted, from its placing to its release or its end."""

from datetime import timedelta

from thienly.rules.actions import Action
from thienly.rules.cases import Table, Transition

HOLDERS = (Action.EXTRACT,)
"""Who may take footage out as evidence may also have it kept; no regulation names anybody else, and silence
gives nothing."""
NOTICE = timedelta(days=7)
"""So long before its end it is told that a hold will end, while another can still be placed."""

HOLD = Table(
    kind="hold",
    initial="held",
    opened_by=HOLDERS,
    transitions=(
        Transition("release", ("held",), "released", HOLDERS, needs_note=True),
        Transition("expire", ("held",), "expired", (), by_clock=True),
    ),
    closed=frozenset({"released", "expired"}),
    # It says what is being looked into.
    seen_by=(Action.EXTRACT, Action.INSPECT_META, Action.CONFIG_DEVICE),
)
