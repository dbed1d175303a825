"""NUL, which nobody types and no database can hold, is refused before anything reads it."""

from collections.abc import Callable, Iterable
from itertools import chain

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict

ESCAPED = b"\\u0000"
"""As JSON writes it."""


class NoNul:
    """400 (of the interface: 422) for a path, a query, a plain form or a body of the interface that holds it.
    A form with files is left to the view that takes it: to look into it here would use it up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path or _holds(request.GET) or _sent(request):
            if request.path.startswith("/api/"):
                return JsonResponse({"detail": "NUL is no character of any text."}, status=422)
            raise BadRequest("NUL")
        return self.get_response(request)


def _holds(given: QueryDict) -> bool:
    texts: Iterable[str] = chain(given, chain.from_iterable(values for _, values in given.lists()))
    return any("\0" in text for text in texts)


def _sent(request: HttpRequest) -> bool:
    if request.content_type == "application/json":
        return ESCAPED in request.body
    return request.content_type == "application/x-www-form-urlencoded" and _holds(request.POST)
