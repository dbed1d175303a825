"""Rights beside those of a role, in words: what sort they are, why one counts or does not."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from thienly.rules.access import ReasonCode


def kind_words(kind: str) -> str:
    words = {
        "grant": _("individual grant"),
        "consent": _("written consent"),
        "delegation": _("delegation"),
    }
    return words.get(kind, kind)


def given_sentence(  # noqa: PLR0911 - one return for each sentence
    code: str, facts: Mapping[str, str]
) -> str:
    """The sentence before its facts are filled in."""
    match code:
        case ReasonCode.GIVEN if facts["given"] == "delegation":
            return _("The right of the role “%(role)s” at %(unit)s is lent to you by %(document)s.")
        case ReasonCode.GIVEN if facts["given"] == "consent":
            return _("The competent body has agreed in writing, by %(document)s.")
        case ReasonCode.GIVEN:
            return _("Your role “%(role)s” at %(unit)s was given this beside, by %(document)s.")
        case ReasonCode.GIVEN_ENDED:
            return _("What was given by %(document)s ended on %(day)s.")
        case ReasonCode.GIVEN_NOT_YET:
            return _("What was given by %(document)s begins on %(day)s.")
        case ReasonCode.NOT_TO_BE_GIVEN:
            return _("The regulation lets nobody give this to the role “%(role)s”: %(action)s.")
        case ReasonCode.WIDER_THAN_OWN:
            return _("Nobody lends more than the right of the role he holds himself.")
        case ReasonCode.NOT_BELOW:
            return _("A delegation goes to the own unit or one below it; %(other)s is not below %(unit)s.")
        case ReasonCode.NOT_COMPETENT:
            return _("“%(issuer)s” cannot decide this; the document must come from: %(approver)s.")
        case _:
            return _("“%(place)s” is none of the places that this right is for: %(places)s.")
