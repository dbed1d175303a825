"""Several cameras on one clock: recordings of the same moment, side by side."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from thienly.core.access import gate
from thienly.core.recording.moments import microseconds
from thienly.core.registry.models import Camera
from thienly.rules.actions import Action
from thienly.web.door import actor_of, fetch, require_footage
from thienly.web.pages.camera import line_words
from thienly.web.words.cameras import shown_name

MOST = 9
RECENT_US = 60_000_000
"""Without a moment asked for, playback begins so long ago."""


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """GET `cameras` (ids, repeated or with commas; the first nine), `at_us` (Unix microseconds).

    Each tile asks the gate again when its picture opens.
    """
    actor = actor_of(request)
    choice = list(
        gate.visible(actor=actor, action=Action.VIEW_PLAYBACK).select_related("site").order_by("code")
    )
    if not choice:
        require_footage(actor=actor, action=Action.VIEW_PLAYBACK)
    asked = [part for text in request.GET.getlist("cameras") for part in text.split(",") if part]
    cameras = [
        fetch(actor=actor, action=Action.VIEW_PLAYBACK, model=Camera, id=id_)
        for id_ in dict.fromkeys(_hex(part) for part in asked[:MOST])
    ]
    now_us = microseconds(timezone.now())
    wanted = request.GET.get("at_us", "")
    at_us = int(wanted) if wanted.isdecimal() and len(wanted) < 17 else now_us - RECENT_US
    data = {
        "cameras": [{"id": c.id.hex, "code": c.code, "name": shown_name(c)} for c in cameras],
        "at_us": min(at_us, now_us),
    }
    return render(
        request,
        "together.html",
        {
            "data": data,
            "choice": choice,
            "chosen": {c.id.hex for c in cameras},
            "most": MOST,
            "may_play": True,
            **line_words(),
        },
    )


def _hex(text: str) -> str:
    """As ids are written here; what is no id stays as it is, and is not found."""
    try:
        return UUID(text).hex
    except ValueError:
        return text
