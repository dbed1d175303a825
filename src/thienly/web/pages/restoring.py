"""Bringing recordings back from their stores, and trying now whether they come."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from thienly.bus.client import BusRefused, BusUnavailable
from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.hints import installation_bus
from thienly.core.registry.models import Camera
from thienly.core.storage import restoring
from thienly.core.storage.restoring import Progress
from thienly.core.storage.words import step_words, trouble_words
from thienly.core.text import normalise
from thienly.rules.actions import Action
from thienly.web.door import actor_of, require
from thienly.web.pages.holds import moment

_WAIT_S = 6.0


@dataclass(frozen=True, slots=True)
class Row:
    """`trouble`: why the last one failed, in words."""

    now: Progress
    trouble: str


def bring_back(request: HttpRequest) -> HttpResponse:
    """POST `camera` (its code), `from`, `until` asks for them; GET with these tells how far it is, to htmx
    only that."""
    actor = actor_of(request)
    require(actor=actor, action=Action.ADMIN_SYSTEM, obj=None)
    values = request.POST if request.method == "POST" else request.GET
    start, end = moment(values.get("from", "")), moment(values.get("until", ""))
    errors: dict[str, list[str]] = {}
    if request.method == "POST":
        try:
            camera = restoring.restore(actor=actor, code=values.get("camera", ""), start=start, end=end)
        except ValidationError as error:
            errors = error.message_dict
        else:
            assert start and end  # noqa: S101 - checked by the service
            _told(camera, start, end, look=False)
            again = {name: values[name] for name in ("camera", "from", "until")}
            return redirect(f"{reverse('storage-restore')}?{urlencode(again)}")
    asked = _looked(actor, values.get("camera", ""), start, end) if request.method == "GET" else None
    context = {
        "values": values,
        "since": values.get("from", ""),
        "errors": errors,
        "wrong_from": errors.get("from"),
        "told": asked,
        "goes_on": asked is not None and any(one.now.waiting for one in asked),
        "address": request.get_full_path(),
    }
    page = "storage/progress.html" if request.headers.get("HX-Request") else "storage/restore.html"
    return render(request, page, context, status=400 if errors else 200)


@require_POST
def try_store(request: HttpRequest) -> HttpResponse:
    """POST `recorder`, `store`."""
    posted = request.POST
    try:
        place = restoring.begin_test(
            actor=actor_of(request), recorder=posted.get("recorder", ""), store=posted.get("store", "")
        )
        tested = restoring.try_store(installation_bus().request, place, timeout_s=_WAIT_S)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    except BusRefused:
        messages.error(request, _("There is nothing to try: no verified copy lies there yet."))
    except BusUnavailable:
        messages.info(request, _("The recorder was asked. The result stands here when it has tried."))
    else:
        if tested.ok:
            messages.success(request, _("A recording was restored and is whole."))
        else:
            why = step_words(tested.step)
            messages.error(request, _("The restore test failed: %(step)s.") % {"step": why})
    return redirect("storage")


def _looked(actor: Actor, code: str, start: datetime | None, end: datetime | None) -> list[Row] | None:
    """How far it is; None without a span."""
    camera = gate.visible(actor=actor).filter(code=normalise(code)).first()
    if camera is None or start is None or end is None or not start < end <= start + restoring.LONGEST:
        return None
    return [
        Row(now, trouble_words(now.trouble) if now.trouble else "")
        for now in _told(camera, start, end, look=True)
    ]


def _told(camera: Camera, start: datetime, end: datetime, *, look: bool) -> list[Progress]:
    return restoring.progress(
        installation_bus().request,
        camera=camera,
        start=start,
        end=end,
        recorders=restoring.recorders_of(camera, start, end),
        look=look,
    )
