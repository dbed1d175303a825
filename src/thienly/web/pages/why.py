"""Why may somebody do this, why not, who could allow it; and what a draft would change before it is saved."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.access.what_if import MOST_LETTERS, Outcome, Reading, SeatDraft, with_profile, with_seat
from thienly.core.access.why import MAY_ASK, Answer, explain
from thienly.core.accounts.models import Account
from thienly.core.registry.models import Camera, Site
from thienly.core.registry.vocabulary import Sector
from thienly.core.regulation.shelf import profiles
from thienly.core.text import normalise
from thienly.core.units.models import Unit
from thienly.rules.access import APPLIES
from thienly.rules.actions import Action
from thienly.rules.scope import ObjectKind
from thienly.rules.why import GROUPS
from thienly.web.door import actor_of
from thienly.web.words.reasons import action_words
from thienly.web.words.rules import language_now
from thienly.web.words.seats import role_words
from thienly.web.words.why import (
    giving_rows,
    group_words,
    links,
    post_rows,
    verdict,
    wanted_rows,
    way_words,
)

NAMED: tuple[ObjectKind, ...] = ("camera", "site", "unit", "account")


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """GET `person` or `username`, `camera` (or `code`), `site`, `unit` or `account`, `action`."""
    actor, given = actor_of(request), request.GET
    errors: dict[str, list[str]] = {}
    person, wrong = _person(actor, given)
    errors |= wrong
    kind, id_, wrong = _object(actor, given)
    errors |= wrong
    action = Action(given["action"]) if given.get("action") in Action._value2member_map_ else None
    if action is not None and action not in APPLIES[kind]:
        action = None
    answer = None if errors else explain(actor=actor, action=action, kind=kind, id=id_, person=person)
    context: dict[str, object] = {
        "answer": answer,
        "errors": errors,
        "given": _shown(given, answer),
        "actions": [(one.value, action_words(one)) for one in Action],
        "may_ask": _asks_about_others(actor),
    }
    if answer is not None:
        context |= _told(answer)
    return render(request, "why/page.html", context, status=400 if errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def draft(request: HttpRequest) -> HttpResponse:
    """The forms, and with POST `what` (seat, profile) what would change; nothing is saved.

    `person` or `username`; of a seat `unit`, `post` (profile|role), `sector`, `sites`, `from`, `until`; of a
    profile the files `profile` and `words`.
    """
    actor, given = actor_of(request), request.POST or request.GET
    errors: dict[str, list[str]] = {}
    outcome: Outcome | None = None
    reading: Reading | None = None
    person, wrong = _person(actor, given)
    errors |= wrong
    if request.method == "POST" and not errors:
        try:
            if given.get("what") == "profile":
                text, words = _file(request, "profile"), _file(request, "words")
                if not text.strip():
                    raise ValidationError({"profile": [_("Choose the file of the regulation.")]})
                reading = with_profile(actor=actor, text=text, words=words, person=person)
                outcome = reading.outcome
            else:
                outcome = with_seat(actor=actor, draft=_seat(actor, given), person=person)
        except ValidationError as error:
            errors |= error.message_dict
    context = {
        "errors": errors,
        "given": given,
        "sites_given": given.getlist("sites"),
        "units": gate.visible(actor=actor, model=Unit).filter(valid_to=None).order_by("folded"),
        "posts": _posts(),
        "sectors": Sector.choices,
        "sites": gate.visible(actor=actor, model=Site).select_related("unit"),
        "may_ask": _asks_about_others(actor),
        "reading": reading,
        "findings": [
            (found, found.vi if language_now() == "vi" else found.en)
            for found in (reading.findings if reading else ())
        ],
        "outcome": outcome,
        "moved": [
            (
                [action_words(action) for action in one.change.actions],
                one,
                giving_rows(one.change.gained) if one.gained else [],
                giving_rows(one.change.lost) if one.lost else [],
            )
            for one in (outcome.moved if outcome else ())
        ],
        "obstacles": links(outcome.obstacles, allowed=False, oneself=True) if outcome else [],
        "later": outcome is not None and outcome.at > timezone.now() + timedelta(minutes=1),
    }
    return render(request, "why/draft.html", context, status=400 if errors else 200)


def _told(answer: Answer) -> dict[str, object]:
    """One act in full, or every act in its group with a link to each."""
    if answer.action is None or answer.decision is None:
        rows = [
            (
                group_words(group),
                [
                    (action.value, action_words(action), decision.allow, _cites(answer, action))
                    for action in actions
                    if (decision := answer.decisions.get(action)) is not None
                ],
            )
            for group, actions in GROUPS.items()
        ]
        return {"matrix": [row for row in rows if row[1]]}
    decision = answer.decision
    return {
        "verdict": verdict(answer, answer.action, allow=decision.allow),
        "links": links(decision.reasons, allowed=decision.allow, oneself=answer.oneself),
        "ways": [way_words(way) for way in answer.ways],
        "giving": giving_rows(answer.giving),
        "wanted": wanted_rows(answer.wanted),
        "can": post_rows(answer.can),
        "allowers": [
            (seat.account, role_words(seat.profile, seat.role)[0], seat.unit) for seat in answer.allowers
        ],
    }


def _cites(answer: Answer, action: Action) -> list[str]:
    """The articles of a permission; a denial is explained on its own page."""
    decision = answer.decisions[action]
    return list(dict.fromkeys(grant.cite for grant in decision.grants))


def _shown(given: QueryDict, answer: Answer | None) -> dict[str, str]:
    """The form as it was asked, with the names for the ids of a link."""
    shown = {name: given.get(name, "") for name in ("username", "code", "action", *NAMED)}
    if answer is not None:
        shown["username"] = "" if answer.oneself else answer.person.username
        if isinstance(answer.obj, Camera):
            shown["code"] = answer.obj.code
    return shown


def _person(actor: Actor, given: Mapping[str, str]) -> tuple[str, dict[str, list[str]]]:
    """The id, or "" for oneself; by a user name only among those whom the asker may know."""
    if given.get("person"):
        return given["person"], {}
    username = normalise(given.get("username", "")).lower()
    if not username:
        return "", {}
    found = gate.visible(actor=actor, model=Account).filter(username=username).first()
    if found is None:
        return "", {"username": [_("There is nobody with this user name among those whom you may know.")]}
    return found.pk.hex, {}


def _object(actor: Actor, given: Mapping[str, str]) -> tuple[ObjectKind, str, dict[str, list[str]]]:
    for kind in NAMED:
        if given.get(kind):
            return kind, given[kind], {}
    code = normalise(given.get("code", ""))
    if not code:
        return "installation", "", {}
    found = gate.visible(actor=actor).filter(code__iexact=code).first()
    if found is None:
        return "camera", "", {"code": [_("There is no camera with this code among those that you may know.")]}
    return "camera", found.pk.hex, {}


def _seat(actor: Actor, given: QueryDict) -> SeatDraft:
    """Raises ValidationError by field."""
    profile, role = [*given.get("post", "").split("|"), "", ""][:2]
    unit = gate.visible(actor=actor, model=Unit).filter(pk=_uuid(given.get("unit", ""))).first()
    if unit is None:
        raise ValidationError({"unit": [_("Choose a unit.")]})
    if not role:
        raise ValidationError({"post": [_("Choose a role.")]})
    wanted = [_uuid(site) for site in given.getlist("sites")[:1000]]
    return SeatDraft(
        unit=unit,
        profile=profile,
        role=role,
        sector=given.get("sector", "")[:40],
        sites=list(gate.visible(actor=actor, model=Site).filter(pk__in=wanted)),
        valid_from=_day(given.get("from", "")),
        valid_to=_day(given.get("until", ""), days=1),
    )


def _posts() -> list[tuple[str, list[tuple[str, str]]]]:
    today = timezone.localdate()
    return [
        (
            f"{rules.id} · {rules.profile.number or '…'}",
            [
                (f"{rules.id}|{role.id}", f"{role.label(language_now())} ({rules.cited(role)})")
                for role in rules.roles
            ],
        )
        for rules in profiles().values()
        if rules.in_force(today)
    ]


def _asks_about_others(actor: Actor) -> bool:
    return any(gate.visible(actor=actor, action=action, model=Account).exists() for action in MAY_ASK)


def _file(request: HttpRequest, name: str) -> str:
    """The text of an uploaded file, "" without one; what is larger than any regulation is not read whole."""
    file = request.FILES.get(name)
    if file is None or isinstance(file, list):
        return ""
    return bytes(file.read(4 * MOST_LETTERS + 1)).decode("utf-8", errors="replace")


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


def _day(text: str, *, days: int = 0) -> datetime | None:
    """The first moment of that day of the site; today and nothing mean: now."""
    try:
        day = date.fromisoformat(text) + timedelta(days=days)
    except (ValueError, OverflowError):
        return None
    if not days and day == timezone.localdate():
        return None
    return timezone.make_aware(datetime.combine(day, time()))
