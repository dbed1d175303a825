"""One's own sessions, what was odd about them, and one's identities at other providers."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from thienly.core.access.actor import Actor
from thienly.core.access.peer import network_zone
from thienly.core.accounts import linking, sessions
from thienly.core.accounts.models import Account
from thienly.core.accounts.standing import Door
from thienly.rules.entrance import days_left
from thienly.web.confirm import confirmed
from thienly.web.door import actor_of
from thienly.web.words.devices import device_words

NONE = UUID(int=0)


@dataclass(frozen=True, slots=True)
class SessionCard:
    id: str
    address: str
    zone: str
    device: str
    began_at: datetime
    seen_at: datetime
    locked: bool
    this: bool


@dataclass(frozen=True, slots=True)
class IdentityCard:
    name: str
    label: str
    subject: str  # "": not linked


def session_cards(actor: Actor, account: Account | None = None) -> list[SessionCard]:
    """Of `account` (default: the actor's own)."""
    of = account or actor.account
    return [
        SessionCard(
            row.id.hex,
            row.address,
            network_zone(row.address),
            device_words(row.device),
            row.began_at,
            row.seen_at,
            row.locked_at is not None,
            row.key == actor.session,
        )
        for row in (sessions.sessions_of(of) if of else [])
    ]


def identity_cards(account: Account) -> list[IdentityCard]:
    linked = {link.provider: link.uid for link in linking.links_of(account)}
    return [IdentityCard(one.name, one.label, linked.get(one.name, "")) for one in linking.providers()]


def password_left(request: HttpRequest) -> tuple[int | None, str]:
    """Days until the password must be changed, and the article that says so."""
    door = getattr(request, "door", None)
    if not isinstance(door, Door):
        return None, ""
    left = days_left(door.standing.password_set_at, door.policy, timezone.now())
    return left, door.policy.cites.get("password_days", "")


@require_POST
def end(request: HttpRequest) -> HttpResponse:
    """POST `session` (its id); without it every other one ends."""
    actor = actor_of(request)
    assert actor.account is not None  # noqa: S101 - the middleware lets nobody else in
    if wanted := request.POST.get("session", ""):
        sessions.end_session(actor=actor, account=actor.account, id=_uuid(wanted))
    else:
        sessions.end_other_sessions(actor=actor)
    messages.success(request, _("Ended."))
    return redirect("me")


@require_POST
def answer(request: HttpRequest) -> HttpResponse:
    """POST `alert`, `mine` (yes, no)."""
    mine = request.POST.get("mine") == "yes"
    try:
        sessions.explain_alert(actor=actor_of(request), id=_uuid(request.POST.get("alert", "")), mine=mine)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("me")
    if mine:
        messages.success(request, _("Noted."))
        return redirect("me")
    messages.success(request, _("The other sessions have ended. Change the password now."))
    return redirect("account_change_password")


@require_safe
@confirmed  # type: ignore[untyped-decorator]  # allauth ships no types
def link(request: HttpRequest, name: str) -> HttpResponse:
    """To the provider, to come back with a proof; after the password was asked once more."""
    if name not in {one.name for one in linking.providers()}:
        return redirect("me")
    place = reverse("openid_connect_login", kwargs={"provider_id": name})
    return HttpResponseRedirect(f"{place}?{urlencode({'process': 'connect'})}")


@require_POST
def unlink(request: HttpRequest, name: str) -> HttpResponse:
    actor = actor_of(request)
    assert actor.account is not None  # noqa: S101 - the middleware lets nobody else in
    linking.unlink_identity(actor=actor, account=actor.account, provider=name)
    messages.success(request, _("Nobody signs in to your account that way any more."))
    return redirect("me")


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return NONE
