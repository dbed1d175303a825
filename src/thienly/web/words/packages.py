"""Packages of evidence in words."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def act_of_package(act: str) -> str:
    words = {
        "taken": _("loaded down"),
        "handed_over": _("handed over"),
        "used_further": _("used further"),
        "returned": _("returned"),
        "destroyed": _("destroyed"),
        "misused": _("misused"),
    }
    return words.get(act, act)


def missing_words(missing_us: int) -> str:
    """ "" when nothing is missing."""
    seconds = -(-missing_us // 1_000_000)
    if not seconds:
        return ""
    return ngettext("%(n)s second is missing", "%(n)s seconds are missing", seconds) % {"n": seconds}
