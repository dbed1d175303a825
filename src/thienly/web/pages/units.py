"""Units: the tree as it is or was on a day, and one unit with its history, its sites and its people."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from thienly.core.access import gate
from thienly.core.access.facts import unended
from thienly.core.access.staffing import lacks
from thienly.core.registry.models import Site
from thienly.core.text import fold
from thienly.core.units import history
from thienly.core.units.history import UnitThen
from thienly.core.units.models import Unit
from thienly.core.units.services import known_unit
from thienly.rules.actions import Action
from thienly.rules.reorganisation import REORGANISATION
from thienly.rules.staffing import Lack
from thienly.web.door import actor_of
from thienly.web.pages.remits import shown
from thienly.web.words.seats import role_words
from thienly.web.words.units import function_words, kind_words

MOST = 300
FIRST_DAY, LAST_DAY = date(1945, 9, 2), date(2199, 12, 31)


@dataclass(slots=True)
class Node:
    then: UnitThen
    kind: str
    functions: list[str]
    sites: list[Site]
    cameras: int
    lacks: list[Lack]
    below: list["Node"] = field(default_factory=list)


@require_safe
def tree(request: HttpRequest) -> HttpResponse:
    """GET `day` (2025-06-30): as it was then; `q`: names, also those that units once had; `short`: only those
    in which nobody holds a post that a regulation names."""
    actor, today = actor_of(request), timezone.localdate()
    day, text = _day(request.GET.get("day", "")) or today, request.GET.get("q", "")[:100]
    known = gate.visible(actor=actor, model=Unit)
    living = history.units_at(day, known)
    found: list[UnitThen] = []
    short = _lacks(request) if day == today else {}
    only_short = bool(request.GET.get("short")) and day == today and not text.strip()
    if text.strip():
        matching = known
        for word in fold(text).split():
            matching = matching.filter(history.named(word))
        ids = set(matching.values_list("pk", flat=True))
        found = [then for then in history.everything(known) if then.unit.pk in ids][:MOST]
    context = {
        "roots": [] if text.strip() or only_short else _forest(request, living, day, short),
        "short": sorted(
            ((then, short[then.unit.pk]) for then in living if then.unit.pk in short),
            key=lambda one: fold(one[0].name),
        ),
        "only_short": only_short,
        "found": [(then, kind_words(then.kind)) for then in found],
        "q": text,
        "day": day,
        "is_past": day != today,
        "total": len(living),
        "may_reorganise": any(
            gate.decide(actor=actor, action=action, obj=None).allow for action in REORGANISATION.seen_by
        ),
    }
    return render(request, "units/tree.html", context)


@require_safe
def show(request: HttpRequest, unit: UUID) -> HttpResponse:
    """GET `day`: what it was then; without it, what it is now."""
    actor, today = actor_of(request), timezone.localdate()
    found = known_unit(actor=actor, id=unit)
    day = _day(request.GET.get("day", "")) or today
    then = history.unit_at(found, day)
    states = history.states_of(found)
    sites = gate.visible(actor=actor, model=Site).filter(pk__in=history.sites_at(found, day).values("pk"))
    may_read = any(
        gate.decide(actor=actor, action=action, obj=found).allow
        for action in (Action.ADMIN_ACCOUNTS, Action.INSPECT_META)
    )
    now = timezone.now()
    ids = {state.parent for state in states if state.parent}
    seats = found.seats.select_related("account").order_by("account__folded")
    names = dict(Unit.objects.filter(pk__in=ids).values_list("pk", "name"))
    known = gate.visible(actor=actor, model=Unit)
    context = {
        "unit": found,
        "then": then,
        "kind": kind_words(found.kind),
        "functions": [function_words(function) for function in (then.functions if then else ())],
        "parent": known.filter(pk=then.parent).first() if then and then.parent else None,
        "day": day,
        "is_past": day != today,
        "sites": sites.annotate(living=Count("cameras", filter=Q(cameras__retired_at=None)))[:MOST],
        "states": [_state(state, names) for state in states],
        "came_from": found.predecessions.select_related("before", "by__case"),
        "went_to": found.successions.select_related("after", "by__case"),
        "below": known.filter(parent=found, valid_to=None),
        "seats": [
            (seat, *role_words(seat.profile, seat.role))
            for seat in (seats.filter(unended(now)) if may_read else ())
        ],
        "past_seats": seats.filter(valid_to__lte=now).count() if may_read else 0,
        "may_read": may_read,
        "lacks": lacks(Unit.objects.filter(pk=found.pk), now=now).get(found.pk, [])
        if may_read and day == today
        else [],
        "may_reorganise": any(
            gate.decide(actor=actor, action=action, obj=None).allow for action in REORGANISATION.seen_by
        ),
    }
    more = shown(actor, found) if may_read and day == today else {}
    return render(request, "units/unit.html", context | more)


def _state(state: UnitThen, names: dict[UUID, str]) -> tuple[UnitThen, str, list[str]]:
    parent = names.get(state.parent, "") if state.parent else ""
    return state, parent, [function_words(function) for function in state.functions]


def _lacks(request: HttpRequest) -> dict[UUID, list[Lack]]:
    """Posts that nobody holds, of the units over which the person administers accounts or inspects."""
    actor, now = actor_of(request), timezone.now()
    found: dict[UUID, list[Lack]] = {}
    for action in (Action.ADMIN_ACCOUNTS, Action.INSPECT_META):
        found |= lacks(gate.visible(actor=actor, action=action, model=Unit, now=now), now=now)
    return found


def _forest(
    request: HttpRequest, shown: list[UnitThen], day: date, short: dict[UUID, list[Lack]]
) -> list[Node]:
    """The units that the person may know, each below the nearest one above it that he may know."""
    actor = actor_of(request)
    sites: dict[UUID, list[Site]] = {}
    owner = history.owners_at(day)
    for site in gate.visible(actor=actor, model=Site).order_by("folded"):
        sites.setdefault(owner.get(site.pk, site.unit_id), []).append(site)
    cameras: Counter[UUID] = Counter(
        dict(
            gate.visible(actor=actor)
            .filter(retired_at=None)
            .order_by()
            .values_list("site")
            .annotate(number=Count("pk"))
        )
    )
    nodes = {
        then.unit.pk: Node(
            then,
            kind_words(then.kind),
            [function_words(function) for function in then.functions],
            sites.get(then.unit.pk, []),
            sum(cameras[site.pk] for site in sites.get(then.unit.pk, [])),
            short.get(then.unit.pk, []),
        )
        for then in shown
    }
    roots: list[Node] = []
    for node in nodes.values():
        above = nodes.get(node.then.parent) if node.then.parent else None
        (above.below if above else roots).append(node)
    return roots


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST_DAY <= day <= LAST_DAY else None
