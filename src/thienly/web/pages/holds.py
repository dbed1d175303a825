"""Holds: footage that must not be deleted; placed, listed, released."""

from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from thienly.core.access import gate
from thienly.core.access.refusal import Refused
from thienly.core.cases import engine
from thienly.core.recording.moments import instant
from thienly.core.recording.queries import FIRST_DAY, LAST_DAY
from thienly.core.registry.models import Camera
from thienly.core.storage import holds
from thienly.core.storage.models import Hold
from thienly.rules.cases import IllegalStep
from thienly.rules.hold import HOLD, HOLDERS, NOTICE
from thienly.web.door import actor_of, any_of

MOST = 200
FOR_DAYS = 90
"""What the form proposes; the person decides."""


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """GET `all`: with those that are over."""
    actor, now = actor_of(request), timezone.now()
    known = holds.visible_holds(actor=actor)
    everything = "all" in request.GET
    shown = known if everything else known.filter(case__state=HOLD.initial)
    context = {
        "holds": [
            {
                "hold": hold,
                "in_force": holds.in_force(hold, now),
                "may_release": hold.case.state == HOLD.initial and _may_release(request, hold.camera),
                "ended": hold.case.steps.exclude(before="").select_related("actor").last(),
                "soon": now < hold.until <= now + NOTICE,
            }
            for hold in shown[:MOST]
        ],
        "everything": everything,
        "open": known.filter(case__state=HOLD.initial).count(),
        "total": known.count(),
    }
    return render(request, "holds/list.html", context)


def place(request: HttpRequest, camera: UUID) -> HttpResponse:
    """The form; GET `from_us`, `to_us` (Unix microseconds) or `day` (2026-11-17) fill in the span.

    POST `start`, `end`, `purpose`, `basis`, `until`.
    """
    actor = actor_of(request)
    subject = any_of(actor=actor, actions=HOLDERS, model=Camera, id=camera)
    errors: dict[str, list[str]] = {}
    values = request.POST if request.method == "POST" else proposed(request)
    if request.method == "POST":
        fields = holds.HoldFields(
            start=moment(values.get("start", "")),
            end=moment(values.get("end", "")),
            purpose=values.get("purpose", ""),
            basis=values.get("basis", ""),
            until=moment(values.get("until", "")),
        )
        try:
            holds.place_hold(actor=actor, camera=subject, fields=fields)
        except ValidationError as error:
            errors = error.message_dict
        else:
            messages.success(request, _("The footage is held; nothing deletes it now."))
            return redirect("holds")
    context = {"camera": subject, "errors": errors, "values": values}
    return render(request, "holds/place.html", context, status=400 if errors else 200)


@require_POST
def release(request: HttpRequest, hold: UUID) -> HttpResponse:
    """POST `version`, `note`."""
    version = request.POST.get("version", "")
    try:
        holds.release_hold(
            actor=actor_of(request),
            case_id=hold,
            version=int(version) if version.isdecimal() else 0,
            note=request.POST.get("note", ""),
        )
    except (engine.Conflict, IllegalStep):
        messages.error(request, _("Somebody was faster. This is how it stands now; please look again."))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("The hold is released."))
    return redirect("holds")


def of_camera(request: HttpRequest, camera: Camera) -> list[Hold]:
    """The holds in force on a camera that the person may know."""
    now = timezone.now()
    known = holds.visible_holds(actor=actor_of(request)).filter(camera=camera, case__state=HOLD.initial)
    return [hold for hold in known[:5] if holds.in_force(hold, now)]


def _may_release(request: HttpRequest, camera: Camera) -> bool:
    try:
        for action in HOLDERS:
            gate.require(actor=actor_of(request), action=action, obj=camera)
    except Refused:
        return False
    return True


def proposed(request: HttpRequest) -> dict[str, str]:
    """The span selected on the line of time, else the whole day looked at; and a quarter of a year."""
    start, end = _instant(request.GET.get("from_us", "")), _instant(request.GET.get("to_us", ""))
    if start is None or end is None or start >= end:
        day = _day(request.GET.get("day", "")) or timezone.localdate()
        start = datetime.combine(day, time())
        end = start + timedelta(days=1)
    until = datetime.combine(timezone.localdate() + timedelta(days=FOR_DAYS), time(23, 59))
    return {
        "start": f"{start:%Y-%m-%dT%H:%M:%S}",
        "end": f"{end:%Y-%m-%dT%H:%M:%S}",
        "until": f"{until:%Y-%m-%dT%H:%M:%S}",
    }


def _instant(text: str) -> datetime | None:
    """The local second of Unix microseconds; a span is selected in whole seconds."""
    try:
        local = timezone.localtime(instant(int(text)))
    except (ValueError, OverflowError):
        return None
    return local.replace(tzinfo=None) if FIRST_DAY <= local.date() <= LAST_DAY else None


def _day(text: str) -> date | None:
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return day if day is not None and FIRST_DAY <= day <= LAST_DAY else None


def moment(text: str) -> datetime | None:
    """A local time; None when it is none, or one beyond every calendar here."""
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    if moment is None or not FIRST_DAY <= moment.date() <= LAST_DAY:
        return None
    return timezone.make_aware(moment) if timezone.is_naive(moment) else moment
