"""The regulations: those in force, each with its words and its rules, and two versions compared."""

from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from thienly.core.access import gate
from thienly.core.regulation import settling
from thienly.core.regulation.activation import standing, stored_book
from thienly.core.regulation.models import Settlement, Version
from thienly.core.regulation.shelf import Book, profiles, shelf
from thienly.core.units.models import Unit
from thienly.rules.actions import Action
from thienly.rules.activation import ACTIVATION
from thienly.rules.profile import Profile, Role
from thienly.rules.profile_diff import diff
from thienly.rules.profile_sections import Parameter
from thienly.web.door import actor_of
from thienly.web.words.activation import draft_state_words
from thienly.web.words.changes import change_words
from thienly.web.words.parameters import choices_of, given_value, units_of_time, value_words
from thienly.web.words.reasons import action_words, scope_words
from thienly.web.words.rules import laid_out, language_now


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    shown = [
        (rules, [_row(rules, role) for role in rules.roles])
        for rules in profiles().values()
        if rules.in_force(today)
    ]
    held = {rules.id for rules, _ in shown}
    others = [book for name in shelf().ids if name not in held and (book := shelf().book(name))]
    may = {
        action: gate.decide(actor=actor_of(request), action=action, obj=None).allow
        for action in ACTIVATION.seen_by
    }
    drafts = Version.objects.exclude(case=None).select_related("case__opened_by").order_by("-made_at")
    context = {
        "regulations": shown,
        "others": others,
        "may_propose": may[Action.ADMIN_SYSTEM],
        "drafts": [
            (one, draft_state_words(one.case.state))
            for one in (drafts[:50] if any(may.values()) else [])
            if one.case
        ],
    }
    return render(request, "regulation.html", context)


@require_safe
def one(request: HttpRequest, regulation: str) -> HttpResponse:
    """GET `version`: another version than the one that holds here."""
    book = _book(regulation, request.GET.get("version", ""))
    rules = _as_it_holds(book)
    passages, elsewhere = laid_out(book)
    actor = actor_of(request)
    units = _units(rules, gate.visible(actor=actor, model=Unit).filter(valid_to=None))
    cameras = gate.visible(actor=actor).filter(retired_at=None)
    if rules.profile.domain != "all":
        cameras = cameras.filter(sector=rules.profile.domain)
    in_force = rules.id in profiles() and rules.in_force(timezone.localdate())
    missing = [name for name in ("number", "date") if getattr(rules.profile, name) is None]
    return render(
        request,
        "regulation/one.html",
        {
            "rules": rules,
            "head": rules.profile,
            "in_force": in_force and _is_held(book),
            "missing": missing,
            "parameters": _parameters(rules),
            "units_of_time": units_of_time(),
            "may_settle": in_force
            and _is_held(book)
            and gate.decide(actor=actor, action=Action.ADMIN_SYSTEM, obj=None).allow,
            "passages": passages,
            "elsewhere": elsewhere,
            "units": units if in_force else {},
            "cameras": cameras.count() if in_force else 0,
            "versions": _versions(regulation),
            "standing": _standing(regulation),
            "book": book,
        },
    )


@require_POST
def settle(request: HttpRequest, regulation: str) -> HttpResponse:
    """POST `parameter`, `value` (for a time with `unit`), `number`, `issued` (2026-03-02), `issuer`."""
    given, held = request.POST, profiles().get(regulation)
    asked = held.parameter(given.get("parameter", "")) if held else None
    try:
        settling.settle(
            actor=actor_of(request),
            profile=regulation,
            parameter=given.get("parameter", ""),
            value=given_value(asked, given),
            number=given.get("number", ""),
            issued=_day(given.get("issued", "")),
            issuer=given.get("issuer", ""),
        )
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("It is settled; the history holds what stood before."))
    return redirect("regulation-one", regulation if _versions(regulation) else "QN")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@require_safe
def changes(request: HttpRequest, regulation: str) -> HttpResponse:
    """GET `before`, `after`: version numbers; without them the last two."""
    versions = _versions(regulation)
    if not versions:
        raise Http404
    second, last = versions[max(0, len(versions) - 2)].key[1], versions[-1].key[1]
    before = _book(regulation, request.GET.get("before") or str(second))
    after = _book(regulation, request.GET.get("after") or str(last))
    found = diff(before.profile, after.profile)
    told = [(change.sort.value, said) for change, said in change_words(found, before.profile, after.profile)]
    return render(
        request,
        "regulation/changes.html",
        {"before": before.profile, "after": after.profile, "changes": told, "versions": versions},
    )


def _book(name: str, version: str) -> Book:
    """Raises Http404."""
    if version and not version.isdecimal():
        raise Http404
    held = profiles().get(name)
    number = int(version) if version else held.profile.version if held else 0
    book = next((one for one in _versions(name) if one.key[1] == number), None) if number else None
    book = book or shelf().book(name, number)
    if book is None:
        raise Http404
    return book


def _versions(name: str) -> list[Book]:
    """Those that were put in force here, and the others at hand; the oldest first."""
    stored = {row.number: stored_book(row) for row in standing(name)}
    at_hand = {book.key[1]: book for book in shelf().versions(name)}
    return [book for _number, book in sorted((at_hand | stored).items())]


def _standing(name: str) -> list[tuple[Version, date | None, date | None]]:
    """Each version with its first day here, and the first on which the next one holds."""
    rows = standing(name)
    ends = [*[row.begins for row in rows[1:]], None][: len(rows)]
    return [
        (row, row.begins or row.settled_from or stored_book(row).profile.profile.effective_from, end)
        for row, end in zip(rows, ends, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class Open:
    """What the text leaves open. `said`: by the document that settles it, else what we go by; "": nothing."""

    parameter: Parameter
    settled: Settlement | None
    said: str
    proposal: str
    choices: list[tuple[str, str]]


def _parameters(rules: Profile) -> list[Open]:
    """What is open comes first."""
    done = settling.settlements(rules)
    rows = [
        Open(
            parameter=one,
            settled=(settled := done.get(one.id)),
            said=value_words(one, settled.value if settled else one.value),
            proposal=value_words(one, one.proposal),
            choices=choices_of(one),
        )
        for one in rules.parameters
    ]
    return sorted(rows, key=lambda row: (row.settled is not None, row.parameter.value is not None))


def _is_held(book: Book) -> bool:
    held = profiles().get(book.profile.id)
    return held is not None and held.profile.version == book.profile.profile.version


def _as_it_holds(book: Book) -> Profile:
    """With the day from which it is in force, where only the installation knows it."""
    return profiles()[book.profile.id] if _is_held(book) else book.profile


def _units(rules: Profile, visible: QuerySet[Unit]) -> dict[str, list[str]]:
    """The names of the units that have each function, of those that the person may know."""
    known = {unit.id for unit in rules.unit_types}
    found: dict[str, list[str]] = {}
    for unit in visible.order_by("folded"):
        for function in known.intersection(unit.functions):
            found.setdefault(function, []).append(unit.name)
    return found


def _row(rules: Profile, role: Role) -> dict[str, object]:
    return {
        "role": role.label(language_now()),
        "unit": next(unit.label(language_now()) for unit in rules.unit_types if unit.id == role.unit),
        "cite": rules.cited(role),
        "grants": [
            {
                "may": [action_words(action) for action in sorted(grant.actions)],
                "scope": scope_words(grant.scope.value),
                "cite": rules.cited(grant),
            }
            for grant in rules.grants_of(role.id)
        ],
    }
