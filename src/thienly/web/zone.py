"""Whoever is signed in and comes from a network from which nothing may be done, reaches no page."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from thienly.core.access import fence, gate
from thienly.core.access.actor import Actor
from thienly.core.access.refusal import NotAllowed
from thienly.core.service import service
from thienly.rules.actions import Action
from thienly.web.actor import actor_of

OPEN = ("/signin/", "/signout/", "/static/", "/metrics")
"""The way in tells its own refusal, and the way out stays open."""


class ZoneMiddleware:
    """Behind `ActorMiddleware`. Each refusal is recorded, and has the same reasons as the gate's own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        actor = actor_of(request)
        if actor.account is None or request.path.startswith(OPEN) or not fence.shut_out(actor):
            return self.get_response(request)
        try:
            _refuse(actor=actor)
        except NotAllowed as refused:
            if not request.path.startswith("/api/"):
                return render(request, "account/zone.html", status=403)
            reasons = [{"code": r.code, "cite": r.cite, "facts": r.facts} for r in refused.reasons]
            body = {"error": "not_allowed", "action": refused.action.value, "reasons": reasons}
            return JsonResponse(body, status=403)
        return self.get_response(request)


@service
def _refuse(*, actor: Actor) -> None:
    gate.require(actor=actor, action=Action.STATISTICS, obj=None)
