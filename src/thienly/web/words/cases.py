"""States and steps of cases."""

from django.utils.translation import gettext as _


def case_state_words(state: str) -> str:
    words = {
        "open": _("Reported"),
        "acknowledged": _("Taken on"),
        "repaired": _("Repaired, to be confirmed"),
        "closed": _("Closed"),
        "reopened": _("Reported again"),
        "held": _("Held"),
        "released": _("Released"),
        "expired": _("Ended"),
        "classified": _("Classified"),
        "suspected": _("Suspected violation"),
        "violation": _("Violation confirmed"),
        "draft": _("Being composed"),
        "submitted": _("Waits for a decision"),
        "decided": _("Decided, waits for its day"),
        "applied": _("In effect"),
        "withdrawn": _("Withdrawn"),
    }
    return words.get(state, state)


def case_kind_words(kind: str) -> str:
    words = {
        "camera_fault": _("faults"),
        "hold": _("holds"),
        "outage": _("outages"),
        "reorganisation": _("reorganisations"),
        "extraction": _("requests for footage"),
    }
    return words.get(kind, kind)


def step_words(action: str) -> str:
    words = {
        "open": _("reported the fault"),
        "acknowledge": _("took it on"),
        "repair": _("repaired"),
        "classify": _("said what the outage was"),
        "suspect": _("suspects a violation"),
        "clear": _("found that it is no violation"),
        "confirm": _("confirmed the violation"),
        "close": _("repair confirmed, closed"),
        "reopen": _("reported again"),
        "release": _("hold released"),
        "expire": _("the hold has ended"),
        "revise": _("changed the draft"),
        "submit": _("laid it before whoever decides"),
        "return": _("gave it back"),
        "decide": _("decided"),
        "undo": _("took the decision back"),
        "withdraw": _("withdrew it"),
        "apply": _("took effect"),
        "stall": _("could not take effect: it no longer fits"),
        "approve": _("approved"),
        "refuse": _("refused"),
        "enter": _("in force from now on"),
        "escalate": _("gone up to the unit above"),
        "lapse": _("overdue, the rest is suspended"),
        "complete": _("completed"),
    }
    return words.get(action, action)


def step_button(action: str) -> str:
    words = {
        "acknowledge": _("Take it on"),
        "repair": _("It is repaired"),
        "close": _("Confirm and close"),
        "clear": _("It is no violation"),
        "confirm": _("It is a violation"),
        "suspect": _("Suspect a violation"),
        "reopen": _("It is not in order"),
    }
    return words.get(action, action)
