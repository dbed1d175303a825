"""Keys of machines: what is out, against which document, and issuing one."""

import re
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models.functions import Upper
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.access.refusal import OutsideScope
from thienly.core.accounts import keys
from thienly.core.accounts.models import ServiceKey
from thienly.core.registry.models import Site
from thienly.core.registry.vocabulary import Sector
from thienly.core.service import service
from thienly.core.units.models import Unit
from thienly.rules.access import Reason, ReasonCode
from thienly.rules.actions import Action
from thienly.web.door import actor_of, require
from thienly.web.pages.given import document_of
from thienly.web.pages.people import NONE, posts_of
from thienly.web.words.reasons import action_words

FIELDS = ("post", "name", "number", "issued", "issuer", "signatory", "until", "sector", "codes")


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    if not gate.visible(actor=actor, action=Action.ADMIN_ACCOUNTS, model=Unit).exists():
        require(actor=actor, action=Action.ADMIN_ACCOUNTS, obj=None)
    now = timezone.now()
    rows = [
        (key, [action_words(action) for action in key.actions], key.expires_at <= now)
        for key in keys.keys_of(actor=actor)
    ]
    return render(request, "keys/list.html", {"keys": rows})


@require_http_methods(["GET", "HEAD", "POST"])
def issue(request: HttpRequest) -> HttpResponse:
    """POST `post` (unit|profile|role), `name`, `actions`, `number`, `issued`, `issuer`, `signatory`, `until`,
    `sector`, `sites`, `codes` (of cameras)."""
    actor = actor_of(request)
    units = list(gate.visible(actor=actor, action=Action.ADMIN_ACCOUNTS, model=Unit))
    if not units:
        require(actor=actor, action=Action.ADMIN_ACCOUNTS, obj=None)
    errors: dict[str, list[str]] = {}
    given = {name: request.POST.get(name, "") for name in FIELDS}
    sites = gate.visible(actor=actor, model=Site).select_related("unit")
    if request.method == "POST":
        unit_id, profile, role = [*given["post"].split("|"), "", "", ""][:3]
        unit = next((unit for unit in units if unit.id.hex == unit_id), None)
        try:
            if unit is None:
                raise ValidationError({"post": [_("Choose the owner unit and the role of the machine.")]})
            issued = keys.issue_key(
                actor=actor,
                unit=unit,
                name=given["name"],
                profile=profile,
                role=role,
                actions=request.POST.getlist("actions"),
                document=document_of(request.POST),
                expires_at=_last_day(given["until"]),
                sector=given["sector"],
                sites=list(sites.filter(pk__in=_uuids(request.POST.getlist("sites")))),
                cameras=_cameras(actor, given["codes"]),
            )
        except ValidationError as error:
            errors = error.message_dict if hasattr(error, "error_dict") else {"post": error.messages}
        else:
            return render(request, "keys/issued.html", {"issued": issued})
    context = {
        "posts": posts_of(units),
        "errors": errors,
        "given": given,
        "actions": [(one.value, action_words(one)) for one in keys.FOR_MACHINES],
        "chosen": request.POST.getlist("actions"),
        "sectors": Sector.choices,
        "sites": sites,
    }
    return render(request, "keys/new.html", context, status=400 if errors else 200)


@require_POST
def revoke(request: HttpRequest, key: UUID) -> HttpResponse:
    """POST `reason`."""
    actor = actor_of(request)
    found = _fetch(actor=actor, id=key)
    try:
        keys.revoke_key(actor=actor, key=found, reason=request.POST.get("reason", ""))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("The key opens nothing any more."))
    return redirect("keys")


@service
def _fetch(*, actor: Actor, id: UUID) -> ServiceKey:
    """The key, of a unit whose accounts the actor administers. Raises OutsideScope."""
    found = keys.keys_of(actor=actor).filter(pk=id).first()
    if found is None:
        raise OutsideScope(
            action=Action.ADMIN_ACCOUNTS,
            object_kind="servicekey",
            object_id=id.hex,
            label="",
            reasons=[Reason(ReasonCode.UNKNOWN)],
        )
    return found


def _cameras(actor: Actor, codes: str) -> list[str]:
    """The ids of the cameras with these codes, between commas or spaces. Raises ValidationError."""
    wanted = {code for code in re.split(r"[\s,;]+", codes.upper()) if code}
    known = gate.visible(actor=actor).annotate(upper=Upper("code")).filter(upper__in=wanted)
    found = dict(known.values_list("upper", "pk"))
    if unknown := sorted(wanted - found.keys()):
        message = _("You know no camera with this code: %(codes)s.") % {"codes": ", ".join(unknown[:10])}
        raise ValidationError({"codes": [message]})
    return [pk.hex for pk in found.values()]


def _last_day(text: str) -> datetime | None:
    """The first moment after that day."""
    try:
        return timezone.make_aware(datetime.combine(date.fromisoformat(text) + timedelta(days=1), time()))
    except (ValueError, OverflowError):
        return None


def _uuids(texts: list[str]) -> list[UUID]:
    found: list[UUID] = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            found.append(NONE)
    return found
