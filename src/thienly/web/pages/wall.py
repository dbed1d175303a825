"""The wall: tiles edge to edge, arranged by each person for themselves."""

import json
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from thienly.core.access import gate
from thienly.core.access.services import WALL_SIZES, layouts_of, save_layout
from thienly.rules.actions import Action
from thienly.web.door import actor_of, require_footage
from thienly.web.pages.together import MOST
from thienly.web.words.cameras import shown_name

INTERVALS = (10, 20, 30, 60, 120, 300)
"""Seconds that a tour stays at a wall; `static/js/rounds.js` has them too."""


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """GET `layout` (id of an own layout) or `size`. Each tile asks the gate again when its picture opens."""
    actor = actor_of(request)
    cameras = list(gate.visible(actor=actor, action=Action.VIEW_LIVE).select_related("site"))
    if not cameras:
        require_footage(actor=actor)
    layouts = list(layouts_of(actor=actor))
    chosen = next((layout for layout in layouts if layout.id.hex == request.GET.get("layout")), None)
    if chosen is None and "size" not in request.GET and "cameras" not in request.GET and layouts:
        chosen = max(layouts, key=lambda layout: layout.updated_at)
    size, tiles = (chosen.size, chosen.tiles) if chosen else _default(request, [c.id.hex for c in cameras])
    known = {c.id.hex for c in cameras}
    playable = set(gate.visible(actor=actor, action=Action.VIEW_PLAYBACK).values_list("pk", flat=True))
    data = {
        "size": size,
        "tiles": [tile if tile in known else None for tile in [*tiles, *[None] * size][:size]],
        "cameras": [
            {
                "id": c.id.hex,
                "code": c.code,
                "name": shown_name(c),
                "site": c.site.name,
                "find": c.folded,
                "sub": bool(c.sub_url),
                "play": c.pk in playable,
            }
            for c in cameras
        ],
        "layout": chosen.name if chosen else "",
        "streams": chosen.streams if chosen else {},
        "layouts": [
            {"name": one.name, "size": one.size, "tiles": one.tiles, "streams": one.streams}
            for one in layouts
        ],
    }
    return render(
        request,
        "wall.html",
        {
            "data": data,
            "layouts": layouts,
            "chosen": chosen,
            "sizes": WALL_SIZES,
            "size": size,
            "intervals": [(seconds, _lasting(seconds)) for seconds in INTERVALS],
            "most_together": MOST,
        },
    )


@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """JSON `name`, `size`, `tiles`, `streams`; answers the id or the errors by field."""
    try:
        wish = json.loads(request.body)
        name, size, tiles = (
            str(wish["name"]),
            int(wish["size"]),
            [str(t) if t else None for t in wish["tiles"]],
        )
        streams = {str(camera): str(stream) for camera, stream in wish.get("streams", {}).items()}
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        OverflowError,
        RecursionError,
    ):  # 1e999; a thousand brackets
        return JsonResponse({"errors": {}}, status=400)
    try:
        layout = save_layout(actor=actor_of(request), name=name, size=size, tiles=tiles[:16], streams=streams)
    except ValidationError as error:
        return JsonResponse({"errors": error.message_dict}, status=400)
    return JsonResponse({"id": layout.id.hex, "name": layout.name})


def _lasting(seconds: int) -> str:
    if seconds < 60:
        return ngettext("%(n)d second", "%(n)d seconds", seconds) % {"n": seconds}
    return ngettext("%(n)d minute", "%(n)d minutes", seconds // 60) % {"n": seconds // 60}


def _default(request: HttpRequest, cameras: list[str]) -> tuple[int, list[str]]:
    """As many tiles as asked for, or as few as hold all cameras, filled in the order of codes."""
    asked = [UUID(c).hex for c in request.GET.get("cameras", "").split(",") if _is_id(c)]
    wanted = request.GET.get("size", "")
    fitting = next((size for size in WALL_SIZES if size >= len(asked or cameras)), WALL_SIZES[-1])
    size = int(wanted) if wanted.isdecimal() and int(wanted) in WALL_SIZES else fitting
    return size, asked or cameras


def _is_id(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False
