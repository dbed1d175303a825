"""The account of another person, for its administrator: sessions, second step, identity, what was odd."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.accounts import linking, sessions
from thienly.core.accounts.models import Account
from thienly.core.accounts.second_step import reset_second_step
from thienly.core.accounts.standing import has_second_step
from thienly.rules.actions import Action
from thienly.web.door import actor_of, fetch
from thienly.web.pages.sessions import identity_cards, session_cards

NONE = UUID(int=0)


def account_context(actor: Actor, person: Account, *, may_change: bool) -> dict[str, object]:
    """What the page of a person shows beside the roles; the rest only to who administers the account."""
    may_suspend = may_change or gate.decide(actor=actor, action=Action.SUSPEND_ACCOUNTS, obj=person).allow
    context: dict[str, object] = {"may_suspend": may_suspend}
    if may_suspend:
        context |= {"sharing": sessions.alerts_of(person), "sessions": session_cards(actor, person)}
    if may_change:
        context |= {"identities": identity_cards(person), "has_second_step": has_second_step(person)}
    return context


@require_POST
def second_step(request: HttpRequest, person: UUID) -> HttpResponse:
    """POST `reason`: takes authenticator, keys and recovery codes from the person."""
    actor = actor_of(request)
    found = fetch(actor=actor, action=Action.ADMIN_ACCOUNTS, model=Account, id=person)
    try:
        reset_second_step(actor=actor, account=found, reason=request.POST.get("reason", ""))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("The second step is reset; the person sets it up again."))
    return redirect("person", person=person)


@require_POST
def end_session(request: HttpRequest, person: UUID) -> HttpResponse:
    """POST `session`."""
    actor = actor_of(request)
    found = fetch(actor=actor, action=Action.ADMIN_ACCOUNTS, model=Account, id=person)
    sessions.end_session(actor=actor, account=found, id=_uuid(request.POST.get("session", "")))
    messages.success(request, _("The session has ended, and its pictures with it."))
    return redirect("person", person=person)


@require_POST
def identity(request: HttpRequest, person: UUID) -> HttpResponse:
    """POST `provider`, `subject`; without a subject the link is removed."""
    actor = actor_of(request)
    found = fetch(actor=actor, action=Action.ADMIN_ACCOUNTS, model=Account, id=person)
    provider, subject = request.POST.get("provider", ""), request.POST.get("subject", "")
    try:
        if request.POST.get("remove"):
            linking.unlink_identity(actor=actor, account=found, provider=provider)
        else:
            linking.link_identity(actor=actor, account=found, provider=provider, subject=subject)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Saved."))
    return redirect("person", person=person)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return NONE
