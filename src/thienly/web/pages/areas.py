"""Areas: what of the State's list is entered, and where sites lie, to be confirmed."""

from datetime import date
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from thienly.core.areas import services
from thienly.core.areas.models import Area
from thienly.web.door import actor_of

MOST = 200


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """GET `day`: the list as it was on that day. `q`: areas of this name or code, former ones too."""
    today = timezone.localdate()
    day = _day(request.GET.get("day", "")) or today
    found = services.in_being(day)
    provinces = (
        found.filter(level="province")
        .annotate(
            communes=Count("children", filter=Q(children__in=found.filter(level="commune").values("pk")))
        )
        .order_by("code")
    )
    became: dict[str, list[str]] = {}
    for former in Area.objects.filter(level="province", valid_to=date(2025, 7, 1)).order_by("code"):
        for code in former.becomes:
            became.setdefault(code, []).append(former.name)
    context = {
        "provinces": [
            (area, became.get(area.code, []) if area.valid_from == date(2025, 7, 1) else [])
            for area in provinces
        ],
        "communes": found.filter(level="commune").count(),
        "bounded": found.exclude(boundary=None).count(),
        "proposals": services.proposals(actor=actor_of(request), day=today)[:MOST],
        "day": day,
        "q": (q := request.GET.get("q", "").strip()[:100]),
        "found": services.search_areas(q, most=MOST) if q else [],
        "is_past": day != today,
    }
    return render(request, "units/areas.html", context)


@require_POST
def place(request: HttpRequest, site: UUID) -> HttpResponse:
    """POST `area`."""
    actor = actor_of(request)
    found = services.find_site(actor=actor, site_id=site)
    given = request.POST.get("area", "")
    area = Area.objects.filter(pk=int(given)).first() if given.isdecimal() and len(given) < 18 else None
    try:
        if area is None:
            raise ValidationError(_("Choose one of the areas."))
        services.place_site(actor=actor, site=found, area=area)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("It is confirmed where the site lies."))
    return redirect("areas")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
