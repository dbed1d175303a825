"""Answers when something is not done: the gate's refusals with their articles, and what was asked wrongly."""

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError

from thienly.core.access.refusal import OutsideScope, Refused


def install(api: NinjaAPI) -> None:
    @api.exception_handler(Refused)
    def refused(request: HttpRequest, error: Refused) -> HttpResponse:
        if isinstance(error, OutsideScope):
            # Alike for what never was: reasons would tell that it exists.
            return api.create_response(request, {"error": "not_found"}, status=404)
        reasons = [{"code": r.code, "cite": r.cite, "facts": r.facts} for r in error.reasons]
        body = {"error": "not_allowed", "action": error.action.value, "reasons": reasons}
        return api.create_response(request, body, status=403)

    @api.exception_handler(ValidationError)
    def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
        fields = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        return api.create_response(request, {"error": "invalid", "fields": fields}, status=422)

    @api.exception_handler(AuthenticationError)
    def not_signed_in(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        return api.create_response(request, {"error": "not_signed_in"}, status=401)
