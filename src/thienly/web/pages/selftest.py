"""Can this machine show pictures? Measured in the browser itself, before and after signing in."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from thienly.core.recording.moments import microseconds
from thienly.web.door import actor_of


@require_safe
@login_not_required
def show(request: HttpRequest) -> HttpResponse:
    """Nothing of it is sent here: the person copies the result for whoever helps."""
    inside = actor_of(request).account is not None
    return render(request, "selftest/inside.html" if inside else "selftest/door.html")


@require_safe
@login_not_required
def time(request: HttpRequest) -> HttpResponse:
    """The server's clock, Unix microseconds: how long it takes, and how far the machine's is off."""
    return JsonResponse({"server_us": microseconds(timezone.now())})
