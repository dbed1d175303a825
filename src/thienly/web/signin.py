"""Signing in: accounts are issued, nobody signs himself up. What happens at the door stands in history."""

from math import ceil
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from axes.helpers import get_cool_off
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from thienly.core.access import fence
from thienly.core.accounts import services, signin
from thienly.core.accounts.models import Account
from thienly.core.accounts.passwords import weak
from thienly.web.actor import actor_of
from thienly.web.preferences import LANGUAGE_COOKIE, THEME_COOKIE, remember


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": _("The user name or the password is not right."),
        "incorrect_password": _("The password is not right."),
        "enter_current_password": _("Enter your present password."),
        "account_inactive": _("This account is suspended."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """allauth's own messages are not shown: the pages themselves say what happened."""

    def pre_login(self, request: HttpRequest, user: Account, **kwargs: Any) -> HttpResponse | None:
        """Stops a sign-in from a network from which nothing may be done."""
        if fence.shut_out(actor_of(request)):
            signin.record_shut_out(actor=actor_of(request), username=user.username, device=_device(request))
            return render(request, "account/zone.html", status=403)
        response: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return response

    def post_login(self, request: HttpRequest, user: Account, **kwargs: Any) -> HttpResponse:
        methods = tuple(str(record["method"]) for record in get_authentication_records(request, user))
        signin.record_sign_in(actor=actor_of(request), methods=methods, device=_device(request))
        response: HttpResponse = super().post_login(request, user, **kwargs)
        remember(response, LANGUAGE_COOKIE, user.language)
        remember(response, THEME_COOKIE, user.theme)
        return response

    def logout(self, request: HttpRequest) -> None:
        actor = actor_of(request)
        if actor.account is not None:
            signin.record_sign_out(actor=actor, device=_device(request))
        super().logout(request)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        if not getattr(request, "axes_locked_out", False):  # `locked` records that
            username = str(credentials.get("username", ""))
            signin.record_sign_in_failed(actor=actor_of(request), username=username, device=_device(request))

    def clean_password(self, password: str, user: Account | None = None) -> str:
        if user is not None and (errors := weak(user, password)):
            raise ValidationError(errors["password"])
        return password

    def is_reauthentication_required(self, *, app: str) -> bool:
        return True

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("home") if "next" in request.GET else reverse("me")

    def set_password(self, user: Account, password: str) -> None:
        services.set_password(actor=actor_of(context.request), account=user, password=password)
        user.refresh_from_db(
            fields=["password", "password_set_at", "password_issued"]
        )  # the session's hash is renewed from it


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("The code is not right. Codes change every 30 seconds; enter the present one."),
    }

    def generate_authenticator_name(self, user: Account, type: Authenticator.Type) -> str:
        return str(_("Security key"))


def locked(request: HttpRequest, response: HttpResponse, credentials: dict[str, Any] | None) -> HttpResponse:
    """The page of a sign-in that is locked after too many failures; called by axes."""
    username = (credentials or {}).get("username") or request.POST.get("login", "")
    signin.record_locked_out(actor=actor_of(request), username=str(username), device=_device(request))
    pause = get_cool_off(request)
    minutes = ceil(pause.total_seconds() / 60) if pause else 1
    return render(request, "account/locked.html", {"minutes": minutes}, status=429)


def _device(request: HttpRequest) -> str:
    return str(request.META.get("HTTP_USER_AGENT", ""))
