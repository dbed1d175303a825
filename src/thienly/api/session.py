"""Who asks: the person signed in by the pages' session. Unsafe methods need the CSRF token."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from ninja.security import SessionAuth

from thienly.core.access.actor import Actor


def actor_of(request: HttpRequest) -> Actor:
    """The actor that the middleware put on the request."""
    actor = request.actor  # type: ignore[attr-defined]
    assert isinstance(actor, Actor)  # noqa: S101 - a programming error, never data
    return actor


class SignedIn(SessionAuth):
    """A suspended person is nobody, although the session may still be there."""

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor | None:
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
