"""The search in the bar: cameras, sites, units and people, without diacritics, through the gate."""

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from thienly.core.access import gate
from thienly.core.accounts.models import Account
from thienly.core.registry.models import Camera
from thienly.core.registry.search import search_cameras, search_sites
from thienly.core.text import fold
from thienly.core.units.history import named
from thienly.core.units.models import Unit
from thienly.web.door import actor_of

MOST = 6  # of each kind
LOOKED_AT = 60


@require_safe
def answers(request: HttpRequest) -> HttpResponse:
    """GET `q`: the answers as a fragment below the field."""
    actor, text = actor_of(request), request.GET.get("q", "")[:100]
    if not text.strip():
        return HttpResponse("")
    units, people = gate.visible(actor=actor, model=Unit), gate.visible(actor=actor, model=Account)
    for word in fold(text).split():
        units, people = units.filter(named(word)), people.filter(folded__contains=word)
    found = {
        "cameras": _nearest(search_cameras(actor=actor, text=text), fold(text)),
        "sites": search_sites(actor=actor, text=text)[:MOST],
        "units": units[:MOST],
        "people": people.exclude(pk=actor.id)[:MOST] if actor.account else [],
    }
    return render(request, "parts/answers.html", found | {"q": text, "any": any(found.values())})


def _nearest(found: QuerySet[Camera], text: str) -> list[Camera]:
    """First those whose own name or place holds the words as they were typed, side by side."""
    some = list(found[:LOOKED_AT])
    some.sort(key=lambda camera: (text not in camera.folded, text not in camera.site.folded))
    return some[:MOST]
