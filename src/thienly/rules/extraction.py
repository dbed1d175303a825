"""Extraction and provision as a case: asked for, decided, ordered (QN Đ20, BDM Đ2.2, BDP I.2, NB Đ9, DN Đ5).

Extracting (a copy is made) and providing (the copy goes to somebody else) are two gates, each with the
approvals of its own; the state is that of the first, decisions on the second stand beside it and change none.
Who decides is said by `rules.extraction_needs`, from the regulations under which the case opened: therefore
every step is taken by a service of its own.
"""

from datetime import timedelta
from enum import StrEnum
from typing import Literal

from thienly.rules.actions import Action
from thienly.rules.cases import Table, Transition

Gate = Literal["extract", "provide"]
GATES: tuple[Gate, ...] = ("extract", "provide")

ASKERS = (
    Action.VIEW_LIVE,
    Action.VIEW_PLAYBACK,
    Action.EXTRACT,
    Action.CONFIG_DEVICE,
    Action.INSPECT_META,
    Action.APPROVE,
)
"""Who has anything to do with a camera may ask; asking gives nothing."""

INTAKE = (Action.INSPECT_META, Action.EXTRACT, Action.APPROVE)
"""Who may enter what a body outside asks for; asking it for oneself wants no such right."""

READERS = (Action.EXTRACT, Action.APPROVE, Action.INSPECT_META)
"""Who may read a request about a camera beside those who take part in it: it says what is looked into."""


class Urgency(StrEnum):
    ORDINARY = "ordinary"
    URGENT = "urgent"
    EMERGENCY = "emergency"  # carried out at once, justified afterwards; see `may_be_emergency`


class Sort(StrEnum):
    """What kind of request it is, because not all may be answered alike."""

    SERVICE = "service"  # for the asker's own duties
    OUTSIDE = "outside"  # another body, an enterprise, a citizen asks
    PROCEDURAL = "procedural"  # an investigating body or a court, under procedural law
    SUBJECT = "subject"  # whoever is in the picture asks for his own data


FOR_OTHERS = frozenset({Sort.OUTSIDE, Sort.PROCEDURAL, Sort.SUBJECT})
"""Asked by somebody without an account: an officer enters it for him."""

JUSTIFY_WITHIN = timedelta(days=3)
"""So long after an emergency its reasons are to be written down. No regulation gives a number; what is not
justified by then stands out until it is."""

LONGEST = timedelta(days=31)
MOST_CAMERAS = 64
"""Of one request: more is another way of copying the archive (QN Đ5.4)."""

ANSWERABLE = ("sent", "received")
UNDER_WAY = ("sent", "received", "approved", "ordered", "extracted")

_DECIDER = (Action.APPROVE,)
_HOLDER = (Action.EXTRACT,)
_OWN = ("open", "resend")


def _of_provision() -> tuple[Transition, ...]:
    """What is decided on provision leaves the state as it is."""
    return tuple(
        Transition(
            verb, (state,), state, _DECIDER, distinct_from=_OWN, by_service=True, needs_note=needs_note
        )
        for verb, needs_note in (("permit", False), ("forbid", True))
        for state in UNDER_WAY
    )


EXTRACTION = Table(
    kind="extraction",
    initial="sent",
    opened_by=ASKERS,
    own_rule=True,
    transitions=(
        Transition("receive", ("sent",), "received", _DECIDER, by_service=True),
        # Some of the approvals that are wanted, and the last of them.
        Transition("agree", ANSWERABLE, "received", _DECIDER, distinct_from=_OWN, by_service=True),
        Transition("approve", ANSWERABLE, "approved", _DECIDER, distinct_from=_OWN, by_service=True),
        Transition(
            "refuse", ANSWERABLE, "refused", _DECIDER, distinct_from=_OWN, by_service=True, needs_note=True
        ),
        Transition(
            "return", ANSWERABLE, "returned", _DECIDER, distinct_from=_OWN, by_service=True, needs_note=True
        ),
        Transition("resend", ("returned",), "sent", ASKERS, by_service=True),
        # The regulation itself gives the right to the post that asks (DN Đ5, QN Đ20).
        Transition("stand", ("sent",), "approved", _HOLDER, by_service=True),
        Transition("hurry", ("sent",), "approved", _HOLDER, by_service=True),
        *_of_provision(),
        Transition("order", ("approved",), "ordered", (), by_clock=True),
        Transition("perform", ("approved", "failed"), "ordered", _HOLDER, by_service=True),
        Transition("complete", ("ordered",), "extracted", (), by_clock=True),
        Transition("fail", ("ordered",), "failed", (), by_clock=True),
        Transition(
            "withdraw",
            ("sent", "received", "returned", "approved"),
            "withdrawn",
            ASKERS,
            by_service=True,
        ),
        Transition(
            "revoke",
            ("approved", "ordered", "extracted", "failed"),
            "revoked",
            _DECIDER,
            by_service=True,
            needs_note=True,
        ),
    ),
    closed=frozenset({"refused", "withdrawn", "revoked", "extracted"}),
    seen_by=READERS,
)
