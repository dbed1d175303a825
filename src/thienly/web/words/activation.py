"""The activation of a regulation in words: states, and what a draft would change."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from thienly.core.registry.vocabulary import Sector
from thienly.core.regulation.preview import Preview
from thienly.rules.access import Reason
from thienly.rules.profile import Profile
from thienly.web.words.changes import change_words
from thienly.web.words.reasons import action_words, explain


def draft_state_words(state: str) -> str:
    words = {
        "proposed": _("Proposed"),
        "approved": _("Approved, waits for its day"),
        "refused": _("Refused"),
        "withdrawn": _("Withdrawn"),
        "in_force": _("In force"),
    }
    return words.get(state, state)


def kind_words(kind: str) -> str:
    """The kind of a case."""
    words = {
        "camera_fault": _("fault of a camera"),
        "hold": _("hold of recordings"),
        "outage": _("outage"),
        "regulation_activation": _("activation of a regulation"),
        "access_review": _("review of rights"),
        "reorganisation": _("reorganisation of units"),
    }
    return words.get(kind, kind)


@dataclass(frozen=True, slots=True)
class Shown:
    """A preview as the page shows it."""

    begins: str
    changes: list[str]
    shifts: list[tuple[str, str, int, int, int, int]]
    gaining: int
    losing: int
    idle: list[tuple[str, str, str, str]]
    falling: int
    rising: int
    floors: list[tuple[str, str, int, int | None, int | None, str]]
    kept: dict[str, int]
    open_parameters: list[str]
    problems: list[str]

    @property
    def quiet(self) -> bool:
        """No right, seat or floor changes."""
        return not (self.gaining or self.losing or self.falling or self.rising or self.floors)


def shown_preview(found: Preview, *profiles: Profile) -> Shown:
    """`profiles`: what holds and what is proposed, for the names of what changes."""
    return Shown(
        begins=f"{found.begins:%d/%m/%Y}",
        changes=[said for _change, said in change_words(found.changes, *profiles)],
        shifts=[
            (one.person, action_words(one.action), one.before, one.after, one.gained, one.lost)
            for one in found.shifts
        ],
        gaining=found.gaining,
        losing=found.losing,
        idle=[(one.person, one.role, one.unit, _becomes(one.reason)) for one in found.idle],
        falling=found.falling,
        rising=found.rising,
        floors=[
            (_sector(one.sector), one.site, one.cameras, one.before, one.after, one.cite)
            for one in found.floors
        ],
        kept=found.kept,
        open_parameters=found.open_parameters,
        problems=found.problems,
    )


def _becomes(reason: str) -> str:
    if not reason:
        return _("begins to count")
    words = {
        "role_unknown": _("the regulation will know no such role"),
        "function_lost": _("its unit will lack the function that the role needs"),
        "profile_not_in_force": _("the regulation will not be in force"),
    }
    return words.get(reason) or explain(Reason(reason), allowed=False).text


def _sector(sector: str) -> str:
    return str(Sector(sector).label) if sector in Sector.values else sector
