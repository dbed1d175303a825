"""Pages for what went wrong: each says what happened, which rule, and whom to ask."""

from collections.abc import Callable
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import get_template
from django.utils.translation import get_language

from thienly.core.access import gate
from thienly.core.access.refusal import OutsideScope, Refused
from thienly.core.access.why import ASKABLE
from thienly.core.accounts.models import Account
from thienly.core.units.models import Unit
from thienly.rules.actions import Action
from thienly.web.actor import actor_of
from thienly.web.words.reasons import action_words, explain

MOST_NAMED = 6


class RefusalMiddleware:
    """Turns a refusal of the gate into its page. The service layer has recorded it already."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, OutsideScope):
            return not_found(request)
        if isinstance(exception, Refused):
            return not_allowed(request, exception)
        return None


def not_allowed(request: HttpRequest, refused: Refused) -> HttpResponse:
    """403 with the chain of reasons. Only for objects that the person may know."""
    context = {
        "action": action_words(refused.action),
        "label": refused.label,
        "reasons": [explain(reason, allowed=False) for reason in refused.reasons],
        "who": _administrators(request),
        "asked": _asked(refused),
    }
    return render(request, "errors/403.html", context, status=403)


def _asked(refused: Refused) -> str:
    """The question of the why-page about this refusal."""
    named = {refused.object_kind: refused.object_id} if refused.object_kind in ASKABLE else {}
    return urlencode(named | {"action": refused.action.value})


def _administrators(request: HttpRequest) -> list[tuple[Account, Unit]]:
    """Who administers accounts at the units of this person, and so can see to a role."""
    account = actor_of(request).account
    units = Unit.objects.filter(seats__account=account, seats__valid_to=None).distinct() if account else []
    seats = [seat for unit in units for seat in gate.who_can(action=Action.ADMIN_ACCOUNTS, obj=unit)]
    return list(dict.fromkeys((seat.account, seat.unit) for seat in seats if seat.account != account))[
        :MOST_NAMED
    ]


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404, the same for what never was and for what this person may not know."""
    return render(request, "errors/404.html", status=404)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "errors/400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "errors/403.html", {"reasons": []}, status=403)


def broken(request: HttpRequest) -> HttpResponse:
    """500: rendered without the shell, because the shell itself may be what broke."""
    page = get_template("errors/500.html").render({"LANGUAGE_CODE": get_language() or "vi"})
    return HttpResponse(page, status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "errors/csrf.html", status=403)
