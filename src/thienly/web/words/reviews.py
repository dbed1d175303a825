"""Reviews of rights in words."""

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from thienly.core.ledger.kinds import Kind


def review_state_words(state: str) -> str:
    words = {
        "open": pgettext("review", "Open"),
        "escalated": _("Gone up to the unit above"),
        "lapsed": _("Overdue: the rest is suspended"),
        "completed": _("Completed"),
    }
    return words.get(state, state)


def decision_words(decision: str) -> str:
    words = {
        "": _("not answered"),
        "certified": _("still needed"),
        "revoked": _("taken away"),
        "lapsed": _("suspended"),
        "ended": _("ended by itself"),
    }
    return words.get(decision, decision)


def why_not_words(why: str) -> str:
    words = {
        "own": _("Your own: somebody else answers for it."),
        "not_responsible": _("The head of the unit answers for it."),
    }
    return words.get(why, why)


def review_acts() -> dict[Kind, str]:
    """What the rows of history about reviews and versions say."""
    return {
        Kind.REGULATION_ADOPTED: _("took down what regulation holds here: %(what)s"),
        Kind.REGULATION_PROPOSED: _("proposed a version of a regulation: %(what)s"),
        Kind.REGULATION_APPROVED: _("put a version of a regulation in force: %(what)s"),
        Kind.REGULATION_WITHDRAWN: _("withdrew a version of a regulation: %(what)s"),
        Kind.REGULATION_ENTERED: _("a version of a regulation holds from now on: %(what)s"),
        Kind.REVIEW_OPENED: _("opened a review of rights: %(what)s"),
        Kind.REVIEW_DECIDED: _("answered for a right: %(what)s"),
        Kind.REVIEW_REMINDED: _("reminded of the review of rights: %(what)s"),
        Kind.REVIEW_ESCALATED: _("sent the review of rights to the unit above: %(what)s"),
        Kind.REVIEW_LAPSED: _("suspended what nobody answered for in the review of rights: %(what)s"),
        Kind.REVIEW_EXPORTED: _("took out who can see what: %(what)s"),
        Kind.SEEING_COUNTED: _("counted who can see what: %(what)s"),
    }
