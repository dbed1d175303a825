"""What is wrong with a picture, as a short name and as advice to the person who can mend it."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from thienly.core.recording.words import Words
from thienly.rules.picture import PictureProblem

PICTURE_WORDS: dict[str, Words] = {
    PictureProblem.COVERED: Words(
        _("covered"),
        _(
            "Something is in front of the lens. Look at the picture, then have the camera uncovered or "
            "cleaned; if it was done on purpose, report a fault."
        ),
    ),
    PictureProblem.DARK: Words(
        _("too dark"),
        _("Switch the light on, or check that nothing covers the lens and that its infrared light works."),
    ),
    PictureProblem.GLARE: Words(
        _("too bright"),
        _("Light falls straight into the lens. Turn the camera, shade it, or set its exposure."),
    ),
    PictureProblem.MOVED: Words(
        _("turned away"),
        _(
            "The camera shows another view than usual. Have it turned back; if it is to stay so, say that "
            "this is normal here."
        ),
    ),
    PictureProblem.BLURRED: Words(
        _("blurred"),
        _("Clean the lens and its dome, then set the focus."),
    ),
    PictureProblem.FROZEN: Words(
        _("standing still"),
        _("Pictures keep coming and are always the same one. Restart the camera."),
    ),
}

ENDED: dict[str, str | Promise] = {
    "": _("it lasts"),
    "good": _("good again"),
    "accepted": _("called normal"),
    "off": _("checks switched off"),
    "let_go": _("no longer recorded there"),
    "handover": _("another recorder took over"),
}


def ended_words(ended: str) -> str:
    """Why a finding is over."""
    return str(ENDED.get(ended, ended))


def picture_words(problem: str) -> str:
    """In a few words, in the active language."""
    return str(PICTURE_WORDS[problem].name) if problem in PICTURE_WORDS else problem


def picture_advice(problem: str) -> str:
    """What to do about it."""
    return str(PICTURE_WORDS[problem].advice) if problem in PICTURE_WORDS else ""
