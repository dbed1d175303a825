"""Signing in at the province's own provider (OpenID Connect): it makes nobody, and opens what is open."""

from typing import Any

from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from thienly.core.accounts import linking, signin
from thienly.web.actor import actor_of


class Adapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Somebody came back from the provider with a proof: to link it, or to sign in."""
        if sociallogin.state.get("process") == "connect":
            raise ImmediateHttpResponse(_link(request, sociallogin))
        if not sociallogin.is_existing:
            signin.record_sign_in_failed(actor=actor_of(request), username="", device=_device(request))
            raise ImmediateHttpResponse(render(request, "account/unknown_identity.html", status=403))

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, **kwargs: Any
    ) -> None:
        signin.record_sign_in_failed(actor=actor_of(request), username="", device=_device(request))
        raise ImmediateHttpResponse(render(request, "account/provider_failed.html", status=403))


def _link(request: HttpRequest, sociallogin: Any) -> HttpResponse:
    """The identity belongs to whoever is signed in and has just proved it by the password."""
    actor = actor_of(request)
    if actor.account is None:
        return redirect("account_login")
    if not did_recently_reauthenticate(request):
        return redirect("identity-link", name=sociallogin.account.provider)
    try:
        linking.link_identity(
            actor=actor,
            account=actor.account,
            provider=sociallogin.account.provider,
            subject=sociallogin.account.uid,
        )
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("From now on you can sign in that way too."))
    return redirect("me")


def _device(request: HttpRequest) -> str:
    return str(request.META.get("HTTP_USER_AGENT", ""))
