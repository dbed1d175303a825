"""Who sends this request: `request.actor`, with the address of the real peer and its network zone."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from thienly.core.access.actor import Actor
from thienly.core.access.peer import network_zone, peer_address
from thienly.core.accounts.models import Account


def actor_of(request: HttpRequest) -> Actor:
    address = peer_address(request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR", ""))
    zone = network_zone(address)
    user = request.user
    if isinstance(user, Account) and user.suspended_at is None:
        return Actor.person(
            user, address=address, network_zone=zone, session=request.session.session_key or ""
        )
    return Actor.anonymous(address=address, network_zone=zone)


class ActorMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = actor_of(request)  # type: ignore[attr-defined]  # read by views through web.request
        return self.get_response(request)
