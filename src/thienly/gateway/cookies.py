"""The session in a Cookie header."""

import contextlib
from http.cookies import CookieError, SimpleCookie

from django.conf import settings


def session_of(cookie: str) -> str:
    """The session key, or nothing."""
    with contextlib.suppress(CookieError):
        morsel = SimpleCookie(cookie).get(settings.SESSION_COOKIE_NAME)
        if morsel is not None:
            return morsel.value
    return ""
