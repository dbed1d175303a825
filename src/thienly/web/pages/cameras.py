"""The list of cameras: searched, filtered by chips that live in the address."""

from collections import Counter
from typing import TypeVar
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.registry.models import Site
from thienly.core.registry.search import search_cameras, search_sites
from thienly.core.registry.vocabulary import Sector, State
from thienly.core.units.models import Unit
from thienly.rules.actions import Action
from thienly.web.door import actor_of
from thienly.web.words.states import state_words
from thienly.web.words.status import statuses

M = TypeVar("M", Unit, Site)
PER_PAGE = 50
CHIPS = ("recording", "offline", "connecting", "unknown", "stopped")


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """GET `q`, `unit`, `site`, `sector`, `state`, `page`; for htmx only the results."""
    actor, ask = actor_of(request), request.GET
    unit, site = _known(actor, Unit, ask.get("unit", "")), _known(actor, Site, ask.get("site", ""))
    sector = ask.get("sector", "") if ask.get("sector") in Sector.values else ""
    state = ask.get("state", "") if ask.get("state") in State.values else ""
    retired = State.RETIRED if state == State.RETIRED else ""
    found = search_cameras(
        actor=actor, text=ask.get("q", "")[:100], unit=unit, site=site, sector=sector, state=retired
    )
    cameras = list(found)
    status = statuses(cameras, timezone.now())
    counts = Counter("retired" if retired else status[camera.id].state for camera in cameras)
    rows = [(c, status[c.id]) for c in cameras if not state or retired or status[c.id].state == state]
    page = Paginator(rows, PER_PAGE).get_page(ask.get("page"))
    context = {
        "page": page,
        "q": ask.get("q", ""),
        "unit": unit,
        "site": site,
        "sector": sector,
        "sector_label": Sector(sector).label if sector else "",
        "state": state,
        "total": len(cameras),
        "chips": [
            (name, state_words(name), counts[name], _with(request, state=name))
            for name in CHIPS
            if counts[name]
        ],
        "all_url": _with(request, state=""),
        "retired_url": _with(request, state=State.RETIRED),
        "without": {name: _with(request, **{name: ""}) for name in ("unit", "site", "sector")},
        "filtered": any((ask.get("q"), unit, site, sector, state)),
        "may_add": gate.visible(actor=actor, action=Action.CONFIG_DEVICE, model=Site).exists(),
    }
    if request.headers.get("HX-Request"):
        return render(request, "cameras/results.html", context)
    choices = {
        "units": gate.visible(actor=actor, model=Unit).filter(sites__cameras__isnull=False).distinct(),
        "sites": search_sites(actor=actor, unit=unit).filter(cameras__isnull=False).distinct(),
        "sectors": Sector.choices,
    }
    return render(request, "cameras/list.html", context | choices)


def _known(actor: Actor, model: type[M], text: str) -> M | None:
    """The object when the actor may know it; anything else filters nothing."""
    try:
        return gate.visible(actor=actor, model=model).filter(pk=UUID(text)).first()
    except ValueError:
        return None


def _with(request: HttpRequest, **changes: str) -> str:
    """This address with other filters."""
    query = request.GET.copy()
    query.pop("page", None)
    for name, value in changes.items():
        query.pop(name, None)
        if value:
            query[name] = value
    return f"?{query.urlencode()}" if query else request.path
