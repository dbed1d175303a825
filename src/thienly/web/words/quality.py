"""Words of quality: grades of links, what they rest on, the four indicators, acts in history."""

from django.utils.translation import gettext as _

from thienly.core.ledger.kinds import Kind
from thienly.rules.link import Grade, Measure


def grade_words(grade: Grade) -> str:
    words = {
        Grade.UNKNOWN: _("not measured"),
        Grade.GOOD: _("good"),
        Grade.WATCH: _("worth watching"),
        Grade.BAD: _("bad"),
    }
    return words[grade]


def grade_state(grade: Grade) -> str:
    """The look: a state of `components.css`, also the name of its drawing."""
    looks = {
        Grade.UNKNOWN: "unknown",
        Grade.GOOD: "recording",
        Grade.WATCH: "connecting",
        Grade.BAD: "offline",
    }
    return looks[grade]


def measure_words(measure: Measure) -> str:
    words = {
        Measure.LOSS: _("packets are lost"),
        Measure.JITTER: _("packets come unevenly"),
        Measure.DROPS: _("the connection breaks"),
        Measure.FPS: _("fewer pictures than declared"),
        Measure.CLOCK: _("the camera's clock is wrong"),
    }
    return words[measure]


def indicator_words(name: str) -> tuple[str, str]:
    """The indicator, and how it is reckoned."""
    words = {
        "timely": (
            _("Timely"),
            _("Recordings of which the centre knew within %(time)s of their end ÷ all recordings received."),
        ),
        "accurate": (
            _("Accurate"),
            _(
                "Camera days on which the camera's clock deviated by at most %(clock)s s ÷ camera days on "
                "which it was measured. Cameras that do not tell their time are counted apart."
            ),
        ),
        "complete": (
            _("Complete"),
            _("Cameras of which recordings were received in the month ÷ cameras registered to be recorded."),
        ),
        "continuous": (
            _("Continuous"),
            _("Seconds recorded ÷ seconds that were to be recorded; planned outages are left out."),
        ),
    }
    return words[name]


def quality_acts() -> dict[Kind, str]:
    """To follow the actor's name in one sentence."""
    return {
        Kind.CAMERA_TESTED: _("tested the connection to the camera %(what)s"),
        Kind.QUALITY_EXPORTED: _("exported the figures of quality: %(what)s"),
    }
