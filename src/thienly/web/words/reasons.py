"""Why may I, why may I not: the gate's reason codes as sentences."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from thienly.rules.access import Reason, ReasonCode
from thienly.rules.actions import Action
from thienly.web.words.given import given_sentence

FACTS = (
    "role",
    "unit",
    "scope",
    "profile",
    "roles",
    "from",
    "until",
    "function",
    "max",
    "action",
    "object_kind",
    "parameter",
    "document",
    "kind",
    "given",
    "place",
    "places",
    "issuer",
    "approver",
    "other",
    "other",
    "zone",
)
"""Facts that a sentence may name; one that a reason does not bring is empty."""


@dataclass(frozen=True, slots=True)
class Link:
    """One card of the chain."""

    good: bool
    text: str
    cite: str

    @property
    def cites(self) -> list[str]:
        """The articles, each for itself."""
        return [cite.strip() for cite in self.cite.split(";") if cite.strip()]


def action_words(action: Action | str) -> str:
    """The verb of a permission as the documents call it."""
    words = {
        Action.VIEW_LIVE: _("view live"),
        Action.VIEW_PLAYBACK: _("play back recordings"),
        Action.LISTEN: _("listen to sound"),
        Action.EXTRACT: _("extract footage"),
        Action.PROVIDE: _("provide footage"),
        Action.PTZ: _("control the camera"),
        Action.ADMIN_ACCOUNTS: _("administer accounts"),
        Action.SUSPEND_ACCOUNTS: _("suspend accounts"),
        Action.ADMIN_SYSTEM: _("administer the system"),
        Action.CONFIG_DEVICE: _("administer devices"),
        Action.INSPECT_META: _("inspect records"),
        Action.STATISTICS: _("see statistics"),
        Action.APPROVE: _("approve"),
    }
    return words[Action(action)] if action in Action._value2member_map_ else str(action)


def scope_words(scope: str) -> str:
    words = {
        "all": _("the whole province"),
        "own_unit": _("its own unit"),
        "own_and_sub": _("its own unit and those below it"),
        "area": _("its area"),
        "sector": _("its sector"),
        "grant_list": _("the listed sites"),
        "linked_works": _("the sites of the works to which the unit is linked"),
        "public_catalogue": _("the public catalogue"),
    }
    return words.get(scope, scope)


def explain(reason: Reason, *, allowed: bool) -> Link:
    """A reason of the gate as one sentence with its article."""
    return Link(good=allowed, text=_sentence(reason), cite=reason.cite)


def _day(text: str) -> str:
    try:
        return timezone.localtime(datetime.fromisoformat(text)).strftime("%d/%m/%Y")
    except ValueError:
        return text


def _sentence(reason: Reason) -> str:  # noqa: PLR0912, PLR0915 - one branch for each code, nothing nested
    facts = dict.fromkeys(FACTS, "") | dict(reason.facts)
    facts["scope"] = scope_words(facts["scope"])
    facts["action"] = "; ".join(action_words(action) for action in facts["action"].split("; "))
    facts["day"] = _day(facts["from"] or facts["until"])
    match reason.code:
        case ReasonCode.GRANTED:
            text = _("Your role “%(role)s” at %(unit)s covers %(scope)s.")
        case ReasonCode.MACHINE:
            text = _("This is a process of the installation.")
        case ReasonCode.ANONYMOUS:
            text = _("You are not signed in.")
        case ReasonCode.SUSPENDED:
            text = _("The account is suspended.")
        case ReasonCode.NO_SEAT:
            text = _("You hold no role at any unit yet.")
        case ReasonCode.SEAT_NOT_YET:
            text = _("Your role “%(role)s” at %(unit)s begins on %(day)s.")
        case ReasonCode.SEAT_ENDED:
            text = _("Your role “%(role)s” at %(unit)s ended on %(day)s.")
        case ReasonCode.UNIT_NOT_IN_BEING:
            text = _("The unit %(unit)s does not exist on this day.")
        case ReasonCode.FUNCTION_LOST:
            text = _("The unit %(unit)s no longer has the function that the role “%(role)s” needs.")
        case ReasonCode.ROLE_UNKNOWN:
            text = _("The regulation %(profile)s knows no role “%(role)s”.")
        case ReasonCode.PROFILE_NOT_IN_FORCE:
            text = _("The regulation %(profile)s is not in force.")
        case ReasonCode.NOT_GRANTED if facts["roles"]:
            text = _("The regulation does not let your role %(action)s. It lets these roles: %(roles)s.")
        case ReasonCode.NOT_GRANTED:
            text = _("No regulation in force lets anybody %(action)s; what is not granted is denied.")
        case ReasonCode.OUTSIDE_SCOPE:
            text = _("Your role “%(role)s” at %(unit)s reaches only %(scope)s.")
        case ReasonCode.SECRET:
            text = _("The camera is protected as a State secret: only its record may be inspected.")
        case ReasonCode.RETIRED:
            text = _("The camera is retired; only its recordings remain.")
        case ReasonCode.UNREGISTERED_PLAYER:
            text = _("Pictures that bear no watermark go to registered players only.")
        case ReasonCode.NETWORK_ZONE if facts["zone"]:
            text = _("From the network “%(zone)s” nobody may %(action)s.")
        case ReasonCode.NETWORK_ZONE:
            text = _("From this network, which is none of the allowed zones, nobody may %(action)s.")
        case ReasonCode.LEFT_OPEN:
            text = _(
                "The regulation %(profile)s leaves open: %(parameter)s. A document must settle it first."
            )
        case ReasonCode.NOT_RECEIVED:
            text = _("Your role “%(role)s” at %(unit)s is assigned to you; acknowledge that you received it.")
        case ReasonCode.NOT_BY_ALL if facts["roles"]:
            text = _(
                "The regulation %(profile)s governs this camera too, and does not let you %(action)s. "
                "It lets these roles: %(roles)s."
            )
        case ReasonCode.NOT_BY_ALL:
            text = _(
                "The regulation %(profile)s governs this camera too, and lets nobody %(action)s; where "
                "several regulations hold, each must give the right."
            )
        case (
            ReasonCode.GIVEN
            | ReasonCode.GIVEN_ENDED
            | ReasonCode.GIVEN_NOT_YET
            | ReasonCode.NOT_TO_BE_GIVEN
            | ReasonCode.WIDER_THAN_OWN
            | ReasonCode.NOT_BELOW
            | ReasonCode.NOT_COMPETENT
            | ReasonCode.WRONG_PLACE
        ):
            text = given_sentence(reason.code, facts)
        case ReasonCode.SEPARATED:
            text = _("The role “%(role)s” must not be held together with the role “%(other)s”.")
        case ReasonCode.KEY_SCOPE:
            text = _("The key of this machine was not issued for this: %(action)s.")
        case ReasonCode.SEPARATED:
            text = _("One person must not hold both “%(role)s” and “%(other)s”.")
        case ReasonCode.NOT_APPROVER:
            text = _("This is decided by: %(approver)s (%(unit)s).")
        case ReasonCode.NOT_PERMITTED:
            text = _("The permission to provide this footage is not given, or was refused.")
        case ReasonCode.OWN_CASE:
            text = _("Nobody decides in a matter of their own.")
        case ReasonCode.NOT_RESPONSIBLE:
            text = _("Who leads %(unit)s answers for its rights, or who administers its accounts.")
        case ReasonCode.WRONG_FUNCTION:
            text = _("The unit %(unit)s does not have the function that the role “%(role)s” needs.")
        case ReasonCode.QUOTA_FULL:
            text = _("All %(max)s places of the role “%(role)s” at %(unit)s are taken.")
        case ReasonCode.RECORDINGS_STAND | ReasonCode.MEASURED_STANDS:
            text = _standing(reason.code)
        case _:
            text = _("This cannot be done to this object.")
    return text % facts


def _standing(code: str) -> str:
    """What nobody may do, whatever his role."""
    if code == ReasonCode.MEASURED_STANDS:
        return _("Nobody changes or removes a measured outage; what is found out is added to it.")
    return _(
        "Nobody deletes, changes or copies a recording, whatever their role: it ends by the rules on "
        "keeping, and leaves only by an approved extraction."
    )
