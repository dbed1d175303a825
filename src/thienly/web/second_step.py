"""The second step: asked for at the sign-in, and switched on and off with a row of history."""

from typing import Any

from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView, RemoveWebAuthnView
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from thienly.core.accounts.signin import record_mfa_changed
from thienly.web.actor import actor_of


class Recorded:
    """Before a view of allauth: what its valid form changes is told in history, or does not happen."""

    what: str
    request: HttpRequest

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)  # type: ignore[misc]  # a mixin
        record_mfa_changed(actor=actor_of(self.request), what=self.what)
        return response


class Authenticate(AuthenticateView):  # type: ignore[misc]  # allauth ships no types
    """Offers what this account has: keys, an app, or recovery codes alone."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        held = set(Authenticator.objects.filter(user=self.stage.login.user).values_list("type", flat=True))
        own = {
            "has_key": Authenticator.Type.WEBAUTHN in held,
            "has_app": Authenticator.Type.TOTP in held,
        }
        return dict(super().get_context_data(**kwargs)) | own


class Activate(Recorded, ActivateTOTPView):  # type: ignore[misc]  # allauth ships no types
    what = "totp_added"


class Deactivate(Recorded, DeactivateTOTPView):  # type: ignore[misc]  # allauth ships no types
    what = "totp_removed"


class AddKey(Recorded, AddWebAuthnView):  # type: ignore[misc]  # allauth ships no types
    what = "webauthn_added"


class RemoveKey(Recorded, RemoveWebAuthnView):  # type: ignore[misc]  # allauth ships no types
    what = "webauthn_removed"


class MakeRecoveryCodes(Recorded, GenerateRecoveryCodesView):  # type: ignore[misc]  # allauth ships no types
    what = "recovery_codes_made"
