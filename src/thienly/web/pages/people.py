"""People and their seats: who has which role where, by which decision."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from thienly.core.access import gate
from thienly.core.access.services import appoint as appoint_to_seat
from thienly.core.access.services import end_seat as end
from thienly.core.accounts import services
from thienly.core.accounts.finding import State, search_accounts
from thienly.core.accounts.models import Account
from thienly.core.registry.models import Site
from thienly.core.registry.vocabulary import Sector
from thienly.core.regulation.shelf import profiles
from thienly.core.units.models import Unit
from thienly.rules.actions import Action
from thienly.web.door import actor_of, any_of, fetch, fetch_seat, require, require_people
from thienly.web.pages.given import day_of, document_of, id_of, ids_of
from thienly.web.pages.person_account import account_context
from thienly.web.words.accounts import account_state_words
from thienly.web.words.reasons import action_words
from thienly.web.words.rules import language_now
from thienly.web.words.seats import live_seat_cards, seat_cards

PER_PAGE = 50
NONE = UUID(int=0)
FIELDS = ("unit", "username", "full_name", "person_number", "title", "phone")
GIVEN = (Action.VIEW_LIVE, Action.VIEW_PLAYBACK, Action.STATISTICS)
"""What the page offers to give beside a role; the service knows what the regulation allows."""


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """GET `q`, `unit`, `state`, `page`; for htmx only the rows."""
    actor, ask = actor_of(request), request.GET
    require_people(actor=actor)
    state = State(ask["state"]) if ask.get("state") in list(State) else None
    units = gate.visible(actor=actor, model=Unit).filter(seats__isnull=False).distinct().order_by("folded")
    unit = units.filter(pk=id_of(ask.get("unit", "")) or NONE).first()
    found = search_accounts(actor=actor, text=ask.get("q", "")[:100], unit=unit, state=state)
    page = Paginator(found, PER_PAGE).get_page(ask.get("page"))
    cards = live_seat_cards(page.object_list)
    query = ask.copy()
    query.pop("page", None)
    context = {
        "page": page,
        "people": [(person, cards.get(person.pk, [])) for person in page.object_list],
        "query": query.urlencode(),
        "filtered": any((ask.get("q"), unit, state)),
    }
    if request.headers.get("HX-Request"):
        return render(request, "people/rows.html", context)
    more = {
        "q": ask.get("q", ""),
        "unit": unit,
        "units": units,
        "state": state,
        "states": [(one.value, account_state_words(one)) for one in State],
        "may_add": _may_issue(request),
    }
    return render(request, "people/list.html", context | more)


def add(request: HttpRequest) -> HttpResponse:
    """The form, and with POST `FIELDS` the account."""
    actor = actor_of(request)
    units = list(gate.visible(actor=actor, action=Action.ADMIN_ACCOUNTS, model=Unit))
    if not units:
        require(actor=actor, action=Action.ADMIN_ACCOUNTS, obj=None)
    errors: dict[str, list[str]] = {}
    given = {name: request.POST.get(name, "") for name in FIELDS}
    if request.method == "POST":
        password = services.new_password()
        unit = next((unit for unit in units if unit.id.hex == given["unit"]), None)
        try:
            person = services.create_account(
                actor=actor,
                username=given["username"],
                full_name=given["full_name"],
                person_number=given["person_number"],
                title=given["title"],
                phone=given["phone"],
                password=password,
                unit=unit,
            )
        except ValidationError as error:
            errors = error.message_dict
        else:
            return render(
                request, "people/issued.html", {"person": person, "password": password, "new": True}
            )
    context = {"units": units, "errors": errors, "given": given}
    return render(request, "people/add.html", context, status=400 if errors else 200)


@require_safe
def show(request: HttpRequest, person: UUID) -> HttpResponse:
    """GET `unit`: whose roles are offered; for htmx only these."""
    actor = actor_of(request)
    if actor.account is not None and actor.account.pk == person:
        return redirect("me")
    found = any_of(
        actor=actor,
        actions=(Action.ADMIN_ACCOUNTS, Action.SUSPEND_ACCOUNTS, Action.INSPECT_META),
        model=Account,
        id=person,
    )
    context = _context(request, found)
    part = request.headers.get("HX-Request") and context["may_change"]
    return render(request, "people/roles.html" if part else "people/person.html", context)


@require_POST
def appoint(request: HttpRequest, person: UUID) -> HttpResponse:
    """POST `post` (unit|profile|role), `sector`, `sites`, `from`, `until`, and of the document `number`,
    `issued`, `issuer`, `signatory`."""
    actor = actor_of(request)
    found = fetch(actor=actor, action=Action.ADMIN_ACCOUNTS, model=Account, id=person)
    unit_id, profile, role = [*request.POST.get("post", "").split("|"), "", "", ""][:3]
    unit = (
        gate.visible(actor=actor, action=Action.ADMIN_ACCOUNTS, model=Unit)
        .filter(pk__in=ids_of([unit_id]))
        .first()
    )
    sites = gate.visible(actor=actor, model=Site).filter(pk__in=ids_of(request.POST.getlist("sites")))
    try:
        if unit is None:
            raise ValidationError({"post": [_("Choose a role.")]})
        appoint_to_seat(
            actor=actor,
            account=found,
            unit=unit,
            profile=profile,
            role=role,
            document=document_of(request.POST),
            sector=request.POST.get("sector", ""),
            sites=list(sites),
            valid_from=day_of(request.POST.get("from", "")),
            valid_to=day_of(request.POST.get("until", ""), days=1),
        )
    except ValidationError as error:
        return person_page(request, found, errors=error, opened="appoint")
    messages.success(request, _("The role is given."))
    return redirect("person", person=person)


@require_POST
def end_seat(request: HttpRequest, seat: UUID) -> HttpResponse:
    """POST `reason`."""
    actor = actor_of(request)
    found = fetch_seat(actor=actor, id=seat)
    try:
        end(actor=actor, seat=found, reason=request.POST.get("reason", ""))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("The role is ended."))
    return redirect("person", person=found.account_id)


@require_POST
def suspend(request: HttpRequest, person: UUID) -> HttpResponse:
    """POST `reason`."""
    actor = actor_of(request)
    able = (Action.SUSPEND_ACCOUNTS, Action.ADMIN_ACCOUNTS)
    found = any_of(actor=actor, actions=able, model=Account, id=person)
    try:
        services.suspend(actor=actor, account=found, reason=request.POST.get("reason", ""))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("The account is suspended; its sessions and pictures have ended."))
    return redirect("person", person=person)


@require_POST
def restore(request: HttpRequest, person: UUID) -> HttpResponse:
    actor = actor_of(request)
    found = fetch(actor=actor, action=Action.ADMIN_ACCOUNTS, model=Account, id=person)
    services.restore(actor=actor, account=found, reason=request.POST.get("reason", ""))
    messages.success(request, _("The account is restored."))
    return redirect("person", person=person)


@require_POST
def password(request: HttpRequest, person: UUID) -> HttpResponse:
    """A new password, shown once to be handed over."""
    actor = actor_of(request)
    found = fetch(actor=actor, action=Action.ADMIN_ACCOUNTS, model=Account, id=person)
    fresh = services.new_password()
    services.set_password(actor=actor, account=found, password=fresh)
    return render(request, "people/issued.html", {"person": found, "password": fresh, "new": False})


def person_page(
    request: HttpRequest, person: Account, *, errors: ValidationError, opened: str
) -> HttpResponse:
    """The page of a person with what was wrong in the form `opened` (appoint, give, handover)."""
    wrong = errors.message_dict if hasattr(errors, "error_dict") else {"__all__": errors.messages}
    before = "" if opened == "appoint" else f"{opened}_"  # each form shows its own errors only
    context = _context(request, person) | {
        f"{before}errors": wrong,
        f"{before}given": request.POST,
        "open": opened,
        "chosen": request.POST.getlist("actions"),
    }
    return render(request, "people/person.html", context, status=400)


def _context(request: HttpRequest, person: Account) -> dict[str, object]:
    actor = actor_of(request)
    units = list(gate.visible(actor=actor, action=Action.ADMIN_ACCOUNTS, model=Unit))
    reached = {unit.pk for unit in units}
    may_change = gate.decide(actor=actor, action=Action.ADMIN_ACCOUNTS, obj=person).allow
    cards = seat_cards(person)
    offering = [unit for unit in units if roles_of(unit)] if may_change else []
    given = request.GET.get("unit", "") or request.POST.get("post", "").split("|")[0]
    first = next((card.seat.unit_id for card in cards if card.live), None)
    wanted = id_of(given) or first
    unit = next((unit for unit in offering if unit.pk == wanted), offering[0] if offering else None)
    return {
        "person": person,
        "seats": [(card, card.seat.unit_id in reached) for card in cards if card.live],
        "past": [card for card in cards if not card.live],
        "may_change": may_change,
        "may_give": any(card.live and card.seat.unit_id in reached for card in cards),
        "actions": [(action.value, action_words(action)) for action in GIVEN],
        "units": offering,
        "unit": unit,
        "roles": roles_of(unit) if unit else [],
        "sectors": Sector.choices,
        "sites": gate.visible(actor=actor, model=Site).select_related("unit") if may_change else [],
        "today": timezone.localdate().isoformat(),
    } | account_context(actor, person, may_change=may_change)


def posts_of(units: list[Unit]) -> list[tuple[Unit, list[tuple[str, str]]]]:
    """The units that have roles to give, each with them."""
    return [(unit, roles) for unit in units if (roles := roles_of(unit))]


def roles_of(unit: Unit) -> list[tuple[str, str]]:
    """The roles that the functions of the unit allow, as (unit|profile|role, words with article)."""
    today = timezone.localdate()
    return [
        (f"{unit.id.hex}|{rules.id}|{role.id}", f"{role.label(language_now())} ({rules.cited(role)})")
        for rules in profiles().values()
        if rules.in_force(today)
        for role in rules.roles
        if role.unit in unit.functions
    ]


def _may_issue(request: HttpRequest) -> bool:
    return gate.visible(actor=actor_of(request), action=Action.ADMIN_ACCOUNTS, model=Unit).exists()
