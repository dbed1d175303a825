"""What a unit is to look after by a document: areas, and places that supply works; on the unit's page."""

from datetime import date, timedelta
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.areas.models import Area
from thienly.core.areas.remits import Wanted, end_remit, fetch_remit, give_remit, remits_of
from thienly.core.areas.services import in_being
from thienly.core.registry.models import Site
from thienly.core.units.models import Unit
from thienly.rules.actions import Action
from thienly.web.door import actor_of, fetch
from thienly.web.pages.given import document_of, ids_of

MOST = 500


@require_POST
def change(request: HttpRequest, unit: UUID) -> HttpResponse:
    """POST `number`, `issued`, `issuer`, `signatory`, `from`, `until` (last day), and `area`, or `site` and
    `work`; or `end` (id) and `reason`."""
    actor = actor_of(request)
    found = fetch(actor=actor, action=Action.ADMIN_ACCOUNTS, model=Unit, id=unit)
    try:
        if request.POST.get("end"):
            _end(request, actor, found)
        else:
            give_remit(actor=actor, unit=found, wanted=_wanted(request, actor))
            messages.success(request, _("Entered. It counts from the day given."))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("unit", found.id.hex)


def shown(actor: Actor, unit: Unit) -> dict[str, object]:
    """For the unit's page: what it has, and for who may give it what can be chosen."""
    may_give = gate.decide(actor=actor, action=Action.ADMIN_ACCOUNTS, obj=unit).allow
    areas_too = may_give and gate.decide(actor=actor, action=Action.ADMIN_ACCOUNTS, obj=None).allow
    choices = in_being(timezone.localdate()).select_related("parent").order_by("parent__folded", "folded")
    sites = gate.visible(actor=actor, model=Site).filter(
        unit__in=gate.visible(actor=actor, action=Action.ADMIN_ACCOUNTS, model=Unit).values("pk")
    )
    return {
        "remits": remits_of(unit),
        "may_give_remit": may_give,
        "areas": choices[:MOST] if areas_too else [],
        "work_sites": sites.select_related("unit").order_by("folded")[:MOST] if may_give else [],
    }


def _wanted(request: HttpRequest, actor: Actor) -> Wanted:
    post = request.POST
    area, until = post.get("area", ""), _day(post.get("until", ""))
    sites = gate.visible(actor=actor, model=Site).filter(pk__in=ids_of([post.get("site", "")]))
    return Wanted(
        document_of(post),
        area=Area.objects.filter(pk=int(area)).first() if area.isdecimal() and len(area) < 18 else None,
        site=sites.select_related("unit").first(),
        work=post.get("work", ""),
        valid_from=_day(post.get("from", "")),
        valid_to=until + timedelta(days=1) if until and until.year < 9000 else None,
    )


def _end(request: HttpRequest, actor: Actor, unit: Unit) -> None:
    for id_ in ids_of([request.POST["end"]]):
        remit = fetch_remit(actor=actor, id=id_)
        if remit.unit_id == unit.pk:
            end_remit(actor=actor, remit=remit, reason=request.POST.get("reason", ""))
            messages.success(request, _("Ended."))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
