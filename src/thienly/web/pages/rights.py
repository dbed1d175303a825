"""Rights beside roles: given by a document and for a time, lent, received, ended; and leaving."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from thienly.core.access import gate
from thienly.core.access.facts import unended
from thienly.core.access.handover import hand_over
from thienly.core.access.models import Seat
from thienly.core.access.rights import (
    SOON,
    Given,
    delegate,
    end_right,
    give_consent,
    give_grant,
    known_rights,
)
from thienly.core.access.services import receive_seat
from thienly.core.accounts.models import Account
from thienly.core.registry.models import Camera, Site
from thienly.core.text import normalise
from thienly.rules.actions import Action
from thienly.web.door import actor_of, fetch, fetch_right, fetch_seat, own_seat
from thienly.web.pages.given import day_of, document_of, ids_of
from thienly.web.pages.me import own_page
from thienly.web.pages.people import person_page
from thienly.web.words.seats import right_card

MOST = 500


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """GET `show`: live (default), soon, all."""
    actor, now = actor_of(request), timezone.now()
    known = known_rights(actor=actor)
    live = known.filter(valid_to__gt=now)
    soon = live.filter(valid_to__lte=now + SOON)
    show = request.GET.get("show", "live")
    rows = {"soon": soon, "all": known}.get(show, live)
    units = gate.visible(actor=actor, action=Action.ADMIN_ACCOUNTS, model=Account)
    administered = set(units.values_list("pk", flat=True)) if rows.exists() else set()
    me = actor.account.pk if actor.account else None
    cards = []
    for right in rows[:MOST]:
        own = {right.seat.account_id} | ({right.lender.account_id} if right.lender else set())
        cards.append(right_card(right, may_end=me in own or right.seat.account_id in administered))
    counts = {"live": live.count(), "soon": soon.count(), "all": known.count()}
    context = {"cards": cards, "counts": counts, "show": show if show in counts else "live"}
    return render(request, "people/rights.html", context)


@require_POST
def give(request: HttpRequest, person: UUID) -> HttpResponse:
    """POST `kind` (grant, consent), `seat`, `actions`, `reason`, `from`, `until`, `sites`, `cameras`, and the
    document's `number`, `issued`, `issuer`, `signatory`."""
    actor = actor_of(request)
    found = fetch(actor=actor, action=Action.ADMIN_ACCOUNTS, model=Account, id=person)
    try:
        wanted = ids_of([request.POST.get("seat", "")])
        seat = found.seats.filter(pk__in=wanted).first()
        if seat is None:
            raise ValidationError({"seat": [_("Choose a role of this person.")]})
        seat = fetch_seat(actor=actor, id=seat.pk)
        service = give_consent if request.POST.get("kind") == "consent" else give_grant
        service(actor=actor, seat=seat, given=_given(request, with_places=True))
    except ValidationError as error:
        return person_page(request, found, errors=error, opened="give")
    messages.success(request, _("The right is given."))
    return redirect("person", person=person)


@require_POST
def leave(request: HttpRequest, person: UUID) -> HttpResponse:
    """POST `reason`, `successor` (user name), and the document's fields."""
    actor = actor_of(request)
    found = fetch(actor=actor, action=Action.ADMIN_ACCOUNTS, model=Account, id=person)
    name = normalise(request.POST.get("successor", "")).lower()
    try:
        successor = None
        if name:
            known = gate.visible(actor=actor, model=Account)
            successor = known.filter(username=name).first()
            if successor is None:
                raise ValidationError({"successor": [_("There is no account of this user name.")]})
        done = hand_over(
            actor=actor,
            account=found,
            reason=request.POST.get("reason", ""),
            document=document_of(request.POST),
            successor=successor,
        )
    except ValidationError as error:
        return person_page(request, found, errors=error, opened="handover")
    ended = _("%(n)d roles are ended.") % {"n": len(done.ended)}
    messages.success(request, f"{ended} {_('The successor holds them now.')}" if done.begun else ended)
    return redirect("person", person=person)


@require_POST
def receive(request: HttpRequest, seat: UUID) -> HttpResponse:
    actor = actor_of(request)
    try:
        receive_seat(actor=actor, seat=own_seat(actor=actor, id=seat))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("You received the role; it counts from now on."))
    return redirect("me")


@require_POST
def lend(request: HttpRequest, seat: UUID) -> HttpResponse:
    """POST `to` (user name), `actions`, `reason`, `from`, `until`, and the document's fields."""
    actor = actor_of(request)
    lender = own_seat(actor=actor, id=seat)
    name = normalise(request.POST.get("to", "")).lower()
    try:
        now = timezone.now()
        there = Seat.objects.filter(
            unended(now), account__username=name, unit__path__startswith=lender.unit.path, valid_from__lte=now
        )
        to = there.order_by("unit__path", "id").first()
        if to is None:
            raise ValidationError({"to": [_("Nobody of this user name holds a role in your unit or below.")]})
        delegate(actor=actor, lender=lender, seat=to, given=_given(request, with_places=False))
    except ValidationError as error:
        return own_page(request, errors=error, opened=lender.id.hex)
    messages.success(request, _("The right is lent."))
    return redirect("me")


@require_POST
def end(request: HttpRequest, right: UUID) -> HttpResponse:
    """POST `reason`."""
    actor = actor_of(request)
    found = fetch_right(actor=actor, id=right)
    try:
        end_right(actor=actor, right=found, reason=request.POST.get("reason", ""))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("The right is ended."))
    return redirect("rights")


def _given(request: HttpRequest, *, with_places: bool) -> Given:
    """Raises ValidationError for a camera that the actor may not know, alike for one that never was."""
    actor, post = actor_of(request), request.POST
    sites: list[Site] = []
    cameras: list[Camera] = []
    if with_places:
        sites = list(gate.visible(actor=actor, model=Site).filter(pk__in=ids_of(post.getlist("sites"))))
        codes = [code.strip() for code in post.get("cameras", "").split(",") if code.strip()]
        cameras = list(gate.visible(actor=actor).filter(code__in=codes).select_related("site__unit"))
        if unknown := sorted(set(codes) - {camera.code for camera in cameras}):
            message = _("There is no camera %(codes)s.") % {"codes": ", ".join(unknown)}
            raise ValidationError({"cameras": [message]})
    actions = [Action(name) for name in post.getlist("actions") if name in Action._value2member_map_]
    return Given(
        actions=actions,
        reason=post.get("reason", ""),
        document=document_of(post),
        valid_from=day_of(post.get("from", "")),
        valid_to=day_of(post.get("until", ""), days=1),
        sites=sites,
        cameras=cameras,
    )
