"""States of a camera in one word."""

from django.utils.translation import gettext as _


def state_words(state: str) -> str:
    words = {
        "recording": _("Recording"),
        "offline": _("No picture"),
        "connecting": _("Connecting"),
        "stopped": _("Not recorded"),
        "unknown": _("Unknown"),
        "retired": _("Retired"),
        "refused": _("Not allowed"),
    }
    return words.get(state, state)
