"""One's own account: roles, language, colours, second step."""

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from thienly.core.accounts.services import change_account
from thienly.web.door import actor_of
from thienly.web.pages.sessions import identity_cards, password_left, session_cards
from thienly.web.preferences import LANGUAGE_COOKIE, THEME_COOKIE, THEMES, remember
from thienly.web.words.seats import seat_cards


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    return own_page(request)


def own_page(
    request: HttpRequest, *, errors: ValidationError | None = None, opened: str = ""
) -> HttpResponse:
    """The page, with what was wrong in the form of the seat `opened` (hex)."""
    account = actor_of(request).account
    assert account is not None  # noqa: S101 - the middleware lets nobody else in
    context: dict[str, object] = {
        "account": account,
        "seats": seat_cards(account),
        "second_step": is_mfa_enabled(account),
        "password_left": password_left(request),
        "sessions": session_cards(actor_of(request)),
        "identities": identity_cards(account),
        "languages": settings.LANGUAGES,
        "today": timezone.localdate().isoformat(),
    }
    if errors is not None:
        wrong = errors.message_dict if hasattr(errors, "error_dict") else {"__all__": errors.messages}
        chosen = request.POST.getlist("actions")
        context |= {"errors": wrong, "given": request.POST, "open": opened, "chosen": chosen}
    return render(request, "me.html", context, status=400 if errors is not None else 200)


@require_POST
@login_not_required
def language(request: HttpRequest) -> HttpResponse:
    """POST `language`, `next`."""
    wish = request.POST.get("language", "")
    return _prefer(request, "language", LANGUAGE_COOKIE, wish, wish in dict(settings.LANGUAGES))


@require_POST
@login_not_required
def theme(request: HttpRequest) -> HttpResponse:
    """POST `theme`, `next`."""
    wish = request.POST.get("theme", "")
    return _prefer(request, "theme", THEME_COOKIE, wish, wish in THEMES)


def _prefer(request: HttpRequest, field: str, cookie: str, wish: str, valid: bool) -> HttpResponse:
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = "/"
    response = HttpResponseRedirect(back)
    actor = actor_of(request)
    if valid:
        remember(response, cookie, wish)
        if actor.account is not None:
            change_account(actor=actor, account=actor.account, **{field: wish})
    return response
