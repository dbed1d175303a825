"""Who asks: the person signed in by the pages' session. Unsafe methods need the CSRF token."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from ninja.security import HttpBearer, SessionAuth

from thienly.core.access.actor import Actor
from thienly.core.accounts.keys import actor_of_key


def actor_of(request: HttpRequest) -> Actor:
    """The actor that the middleware put on the request."""
    actor = request.actor  # type: ignore[attr-defined]
    assert isinstance(actor, Actor)  # noqa: S101 - a programming error, never data
    return actor


class ByKey(HttpBearer):
    """A machine of another system shows its key; a session beside it does not count."""

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        before = actor_of(request)
        actor = actor_of_key(
            secret=token,
            method=str(request.method),
            path=request.path,
            address=before.address,
            network_zone=before.network_zone,
        )
        if actor is not None:
            request.actor = actor  # type: ignore[attr-defined]  # what the views read
        return actor


class SignedIn(SessionAuth):
    """A suspended person is nobody, although the session may still be there."""

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor | None:
        if request.headers.get("Authorization"):
            return None  # who shows a key comes with that, or not at all
        actor = actor_of(request)
        return actor if actor.account is not None else None


def signed_in_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For the description of the interface."""

    @require_safe
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if actor_of(request).account is None:
            return JsonResponse({"error": "not_signed_in"}, status=401)
        return view(request, *args, **kwargs)

    return guarded
