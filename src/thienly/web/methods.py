"""Pages are looked at and sent as forms; another method never reaches a view that could mistake it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

SPOKEN = ("GET", "HEAD", "POST")


class PlainMethods:
    """405 for every other method outside the API, to everybody alike."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in SPOKEN and not request.path.startswith("/api/"):
            return HttpResponseNotAllowed(SPOKEN)
        return self.get_response(request)
