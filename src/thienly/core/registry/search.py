"""Finding cameras and sites among those that a person may know. Diacritics never matter."""

from django.db.models import Q, QuerySet

from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.registry.models import Camera, Site
from thienly.core.registry.vocabulary import State
from thienly.core.text import fold
from thienly.core.units.models import Unit
from thienly.rules.actions import Action


def search_cameras(
    *,
    actor: Actor,
    text: str = "",
    unit: Unit | None = None,
    site: Site | None = None,
    sector: str = "",
    state: str = "",
    action: Action | None = None,
) -> QuerySet[Camera]:
    """Cameras by code, name, site or unit, with site, unit and last state; `unit` includes those below it.

    With `action` only those on which the actor may do it. Retired cameras come only if `state` asks for them.
    """
    found = gate.visible(actor=actor, action=action).select_related("site__unit", "state")
    for word in fold(text).split():
        found = found.filter(
            Q(folded__contains=word) | Q(site__folded__contains=word) | Q(site__unit__folded__contains=word)
        )
    if unit is not None:
        found = found.filter(site__unit__path__startswith=unit.path)
    if site is not None:
        found = found.filter(site=site)
    if sector:
        found = found.filter(sector=sector)
    if state == State.RETIRED:
        return found.exclude(retired_at=None)
    found = found.filter(retired_at=None)
    if state == State.UNKNOWN:
        return found.filter(state=None)
    return found.filter(state__state=state) if state else found


def search_sites(
    *, actor: Actor, text: str = "", unit: Unit | None = None, action: Action | None = None
) -> QuerySet[Site]:
    """Sites by name or any of their other spellings, with their unit; `unit` includes those below it."""
    found = gate.visible(actor=actor, action=action, model=Site).select_related("unit")
    for word in fold(text).split():
        found = found.filter(Q(folded__contains=word) | Q(unit__folded__contains=word))
    return found.filter(unit__path__startswith=unit.path) if unit is not None else found
