"""Reviews of rights in words."""

from django.utils.translation import gettext as _
from django.utils.translation import pgettext


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


def review_acts() -> dict[str, str]:
    """What the rows of history about reviews and versions say."""
    return {
        "regulation.adopted": _("took down what regulation holds here: %(what)s"),
        "regulation.proposed": _("proposed a version of a regulation: %(what)s"),
        "regulation.approved": _("put a version of a regulation in force: %(what)s"),
        "regulation.withdrawn": _("withdrew a version of a regulation: %(what)s"),
        "regulation.entered": _("a version of a regulation holds from now on: %(what)s"),
        "review.opened": _("opened a review of rights: %(what)s"),
        "review.decided": _("answered for a right: %(what)s"),
        "review.reminded": _("reminded of the review of rights: %(what)s"),
        "review.escalated": _("sent the review of rights to the unit above: %(what)s"),
        "review.lapsed": _("suspended what nobody answered for in the review of rights: %(what)s"),
        "review.exported": _("took out who can see what: %(what)s"),
        "review.counted": _("counted who can see what: %(what)s"),
    }
