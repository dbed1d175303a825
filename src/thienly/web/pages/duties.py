"""What the regulations in force ask of a unit: of one's own, and of any that one may know."""

from dataclasses import dataclass, replace
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from thienly.core.access.facts import unended
from thienly.core.regulation.shelf import profiles
from thienly.core.units.models import Unit
from thienly.core.units.services import known_unit
from thienly.rules.owed import Owed, is_bound, owed_by
from thienly.rules.profile import Profile
from thienly.rules.profile_diff import FIELDS
from thienly.web.door import actor_of
from thienly.web.words.rules import Rule, language_now, said
from thienly.web.words.units import function_words


@dataclass(frozen=True, slots=True)
class Asked:
    """One regulation's part. `own`, `everybody`: rules with their article."""

    rules: Profile
    bound: str
    own: list[tuple[Rule, str]]
    everybody: list[tuple[Rule, str]]


@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """Of the units in which one holds a role today."""
    account, now = actor_of(request).account, timezone.now()
    assert account is not None  # noqa: S101 - the middleware lets nobody else in
    seats = account.seats.filter(unended(now), valid_from__lte=now).values("unit")
    units = Unit.objects.filter(pk__in=seats).order_by("folded")
    return render(request, "units/duties.html", {"units": [_of(unit) for unit in units]})


@require_safe
def of_unit(request: HttpRequest, unit: UUID) -> HttpResponse:
    found = known_unit(actor=actor_of(request), id=unit)
    return render(request, "units/duties.html", {"units": [_of(found)], "unit": found})


def _of(unit: Unit) -> tuple[Unit, list[str], list[Asked]]:
    today = timezone.localdate()
    in_force = [rules for rules in profiles().values() if rules.in_force(today)]
    asked = []
    for rules in in_force:
        owed = owed_by(rules, unit.functions)
        if not owed:
            continue
        own, everybody = (
            [(_told(one, rules), rules.cited(one.entry)) for one in owed if one.own is kind]
            for kind in (True, False)
        )
        asked.append(Asked(rules, is_bound(rules, unit.functions), own, everybody))
    return unit, [function_words(function) for function in unit.functions], asked


def _told(one: Owed, rules: Profile) -> Rule:
    """Without who acts: the page is about him."""
    rule = said(one.section, one.entry, rules)
    actor = FIELDS["actor"][language_now() == "en"]
    return replace(rule, facts=[fact for fact in rule.facts if fact[0] != actor])
