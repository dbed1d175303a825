"""What every page needs: the shell around it."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.accounts.models import Account
from thienly.core.accounts.sessions import alerts_of
from thienly.core.accounts.standing import Door
from thienly.core.availability.services import may_read as may_read_availability
from thienly.core.extraction.reading import speaks
from thienly.core.reviews.responsible import head_of
from thienly.core.storage.holds import MAY_READ
from thienly.core.storage.looking import may_see_storage
from thienly.rules.actions import Action
from thienly.web.preferences import theme_of


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the rail."""

    url: str
    icon: str
    label: str
    here: bool


def shell(request: HttpRequest) -> dict[str, object]:
    found = getattr(request, "actor", None)
    actor = found if isinstance(found, Actor) and found.account is not None else None
    return {
        "theme": theme_of(request) if hasattr(request, "user") else "auto",
        "site_now": timezone.localtime(),
        "site_zone": settings.TIME_ZONE,
        "initials": _initials(actor.account) if actor and actor.account else "",
        "places": _places(request.path, actor) if actor else [],
        "single_sign_on": settings.CONF.file.single_sign_on,
        "alerts": alerts_of(actor.account, answered=False) if actor and actor.account else [],
        "idle_seconds": _idle_seconds(request),
    }


def _idle_seconds(request: HttpRequest) -> int:
    """After so long without a touch the page locks itself; 0: never."""
    door = getattr(request, "door", None)
    return 60 * door.policy.idle_minutes if isinstance(door, Door) else 0


def _initials(account: Account) -> str:
    """Vietnamese names end with the given name: `Nguyễn Thị Hoa` → `NH`."""
    words = (account.full_name or account.username).split()
    return (words[0][:1] + (words[-1][:1] if len(words) > 1 else "")).upper()


def _places(path: str, actor: Actor) -> list[Place]:
    """Only what this post may do. History is for all: everybody may read what they did themselves."""
    sees = gate.visible(actor=actor).exists()
    watches = sees and gate.visible(actor=actor, action=Action.VIEW_LIVE).exists()
    places = [
        ("home", "home", _("Home"), True),
        ("wall", "wall", _("Wall"), watches),
        ("cameras", "camera", _("Cameras"), sees),
        ("faults", "fault", _("Faults"), sees),
        ("extractions", "export", pgettext("rail", "Requests"), sees or speaks(actor)),
        ("holds", "lock", _("Holds"), sees and _knows_holds(actor)),
        ("continuity", "document", pgettext("rail", "Continuity"), sees),
        ("quality", "link", pgettext("rail", "Quality"), sees),
        ("history", "history", _("History"), True),
        ("people", "people", _("People"), _sees_people(actor)),
        ("units", "tree", pgettext("rail", "Units"), sees or _sees_people(actor)),
        (
            "reviews",
            "check",
            pgettext("rail", "Review"),
            _sees_people(actor) or bool(head_of(actor, timezone.now())),
        ),
        ("availability", "shield", pgettext("rail", "Availability"), may_read_availability(actor)),
        ("storage", "storage", _("Storage"), may_see_storage(actor)),
    ]
    return [
        Place(url=reverse(name), icon=icon, label=label, here=_is_here(path, reverse(name)))
        for name, icon, label, shown in places
        if shown
    ]


def _knows_holds(actor: Actor) -> bool:
    return any(gate.visible(actor=actor, action=action).exists() for action in MAY_READ)


def _is_here(path: str, place: str) -> bool:
    return path == place or (place != "/" and path.startswith(place))


def _sees_people(actor: Actor) -> bool:
    return any(
        gate.visible(actor=actor, action=action, model=Account).exists()
        for action in (Action.ADMIN_ACCOUNTS, Action.INSPECT_META, Action.SUSPEND_ACCOUNTS)
    )
