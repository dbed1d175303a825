"""The hold (giữ lại): footage that must not be deleted, from its placing to its release."""

from thienly.rules.actions import Action
from thienly.rules.cases import Table, Transition

HOLDERS = (Action.EXTRACT,)
"""Who may take footage out as evidence may also have it kept; no regulation names anybody else, and silence
gives nothing."""

HOLD = Table(
    kind="hold",
    initial="held",
    opened_by=HOLDERS,
    transitions=(Transition("release", ("held",), "released", HOLDERS, needs_note=True),),
    closed=frozenset({"released"}),
)
