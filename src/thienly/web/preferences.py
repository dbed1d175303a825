"""Language and theme: the account's own choice, before that the browser's cookie, before that Vietnamese."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from thienly.core.accounts.models import Account

LANGUAGE_COOKIE = "language"
THEME_COOKIE = "theme"
THEMES = ("auto", "light", "dark")
YEAR = 365 * 24 * 3600  # seconds


def language_of(request: HttpRequest) -> str:
    """The browser's language is not asked: an office with an English browser works in Vietnamese."""
    chosen = (
        request.user.language
        if isinstance(request.user, Account)
        else request.COOKIES.get(LANGUAGE_COOKIE, "")
    )
    return chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def theme_of(request: HttpRequest) -> str:
    chosen = (
        request.user.theme if isinstance(request.user, Account) else request.COOKIES.get(THEME_COOKIE, "")
    )
    return chosen if chosen in THEMES else "auto"


def remember(response: HttpResponse, name: str, value: str) -> None:
    """Keeps a choice in this browser, so that the sign-in page looks as its user left it."""
    response.set_cookie(
        name, value, max_age=YEAR, samesite="Lax", httponly=True, secure=settings.SESSION_COOKIE_SECURE
    )


class PreferencesMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = language_of(request)
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response
