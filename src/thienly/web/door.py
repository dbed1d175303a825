"""The way in: nobody reaches a page without signing in, and nothing is fetched but through the gate."""

from typing import TypeVar
from uuid import UUID

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.access.doors import fetch_right, fetch_seat, own_seat
from thienly.core.access.peer import may_scrape, peer_address
from thienly.core.access.refusal import NotAllowed, Refused
from thienly.core.accounts.models import Account
from thienly.core.cases import engine
from thienly.core.registry.models import Camera, Site
from thienly.core.service import service
from thienly.core.units.models import Unit
from thienly.rules.actions import Action

__all__ = [
    "SignInRequired",
    "actor_of",
    "any_of",
    "fetch",
    "fetch_case",
    "fetch_right",
    "fetch_seat",
    "known_site",
    "own_seat",
    "request_address",
    "require",
    "require_footage",
    "require_people",
]

M = TypeVar("M", Camera, Site, Unit, Account)

fetch = service(gate.fetch)
"""`gate.fetch` for plain reads: what is refused is recorded. Raises OutsideScope, NotAllowed."""

require = service(gate.require)
"""`gate.require` for plain reads: what is refused is recorded. Raises OutsideScope, NotAllowed."""


class SignInRequired(LoginRequiredMiddleware):
    """Everything but the sign-in pages and the API, which answers 401 itself, leads to the sign-in page.

    Who collects the metrics comes from a listed address and signs in nowhere.
    """

    def process_view(
        self, request: HttpRequest, view_func: object, view_args: object, view_kwargs: object
    ) -> HttpResponseBase | None:
        if request.path.startswith("/api/"):
            return None
        if request.path == "/metrics" and may_scrape(request_address(request)):
            return None
        sent = super().process_view(request, view_func, view_args, view_kwargs)  # type: ignore[arg-type]
        if sent is not None and request.headers.get("HX-Request"):
            # A part of a page that renews itself: the page as a whole goes to the sign-in, not the part.
            return HttpResponse(status=204, headers={"HX-Refresh": "true"})
        return sent


def request_address(request: HttpRequest) -> str:
    """The peer's; it is needed before `ActorMiddleware` has run."""
    return peer_address(request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR", ""))


def actor_of(request: HttpRequest) -> Actor:
    """The actor that `ActorMiddleware` put on the request."""
    actor = request.actor  # type: ignore[attr-defined]
    assert isinstance(actor, Actor)  # noqa: S101 - a programming error, never data
    return actor


@service
def require_footage(*, actor: Actor, action: Action = Action.VIEW_LIVE) -> None:
    """For pages that show nothing but pictures. Raises NotAllowed when the actor may see no camera so."""
    if not gate.visible(actor=actor, action=action).exists():
        decision = gate.decide(actor=actor, action=action, obj=None)
        raise NotAllowed(
            action=action,
            object_kind="installation",
            object_id="",
            label="",
            reasons=decision.reasons,
        )


@service
def any_of(*, actor: Actor, actions: tuple[Action, ...], model: type[M], id: UUID | str) -> M:
    """The object when the actor may do any of `actions` to it. Raises as the last does."""
    *others, last = actions
    for action in others:
        try:
            return gate.fetch(actor=actor, action=action, model=model, id=id)
        except Refused:
            continue
    return gate.fetch(actor=actor, action=last, model=model, id=id)


@service
def require_any(*, actor: Actor, actions: tuple[Action, ...], obj: Unit | None) -> None:
    """Any of `actions` to the unit, or the installation. Raises as the last does."""
    *others, last = actions
    if not any(gate.decide(actor=actor, action=action, obj=obj).allow for action in others):
        gate.require(actor=actor, action=last, obj=obj)


@service
def known_site(*, actor: Actor, id: UUID | str) -> Site:
    """The site, when the actor may know it. Raises OutsideScope."""
    known = gate.visible(actor=actor, model=Site).select_related("unit").filter(pk=id).first()
    # What nobody may know is refused by the gate itself, alike for ids that never were.
    return known or gate.fetch(actor=actor, action=Action.INSPECT_META, model=Site, id=id)


fetch_case = service(engine.fetch_case)
"""`engine.fetch_case` for plain reads: what is refused is recorded. Raises OutsideScope."""


@service
def require_people(*, actor: Actor) -> None:
    """For the list of people. Raises NotAllowed when the actor may know nobody but himself."""
    for action in (Action.ADMIN_ACCOUNTS, Action.SUSPEND_ACCOUNTS, Action.INSPECT_META):
        if gate.visible(actor=actor, action=action, model=Account).exists():
            return
    gate.require(actor=actor, action=Action.ADMIN_ACCOUNTS, obj=None)
