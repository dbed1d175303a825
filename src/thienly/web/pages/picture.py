"""Whether a camera shows what it is there for: what was found, by which picture; "normal here"."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from thienly.core.access import gate
from thienly.core.pictures import services
from thienly.core.pictures.models import PictureAcceptance, PictureFinding, PictureState
from thienly.core.pictures.wishes import Rules
from thienly.core.pictures.words import ended_words, picture_advice, picture_words
from thienly.core.recording.moments import microseconds
from thienly.core.registry.models import Camera
from thienly.rules.actions import Action
from thienly.rules.picture import Measures
from thienly.web.door import actor_of, any_of
from thienly.web.words.pictures import limit_words, measure_rows

KNOW = (Action.VIEW_PLAYBACK, Action.CONFIG_DEVICE, Action.INSPECT_META, Action.VIEW_LIVE)
MOST = 30


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding in the reader's words, with the moments of its pictures."""

    row: PictureFinding
    words: str
    advice: str
    ended: str
    judged_us: int
    good_us: int | None

    @classmethod
    def of(cls, row: PictureFinding) -> "Finding":
        return cls(
            row,
            picture_words(row.problem),
            picture_advice(row.problem),
            ended_words(row.ended),
            microseconds(row.judged_at),
            microseconds(row.good_at) if row.good_at else None,
        )


def show(request: HttpRequest, camera: UUID) -> HttpResponse:
    """The page; POST `reason`: what the camera shows now is normal."""
    actor = actor_of(request)
    errors: dict[str, list[str]] = {}
    if request.method == "POST":
        reason = request.POST.get("reason", "")
        try:
            services.accept(actor=actor, camera_id=camera, reason=reason, now=timezone.now())
        except ValidationError as error:
            errors = error.message_dict
        else:
            messages.success(request, _("Noted. The recorder learns the view of this camera anew."))
            return redirect("camera-picture", camera=camera)
    found = any_of(actor=actor, actions=KNOW, model=Camera, id=camera)
    may = gate.allowed_actions(actor=actor, obj=found)
    rows = [Finding.of(row) for row in found.picture_findings.order_by("-start", "-finding")[:MOST]]
    state = PictureState.objects.filter(camera=found).first()
    rule = Rules(settings.CONF, today=timezone.localdate()).of(found)
    measured = _measured(rows, state)
    context = {
        "camera": found,
        "open": [row for row in rows if row.row.end is None],
        "past": [row for row in rows if row.row.end is not None],
        "state": state,
        "state_us": microseconds(state.checked_at) if state else 0,
        "measures": measure_rows(measured, rule.limits) if measured and rule.limits else [],
        "rule": rule,
        "limits": limit_words(rule),
        "accepted": PictureAcceptance.objects.filter(camera=found).select_related("by").order_by("-at")[:5],
        "may_play": Action.VIEW_PLAYBACK in may,
        "may_accept": Action.CONFIG_DEVICE in may and found.record and found.retired_at is None,
        "may_report": bool(may & {Action.VIEW_LIVE, Action.CONFIG_DEVICE}) and found.retired_at is None,
        "errors": errors,
        "reason": request.POST.get("reason", ""),
    }
    return render(request, "camera/picture.html", context, status=400 if errors else 200)


def picture_now(camera: Camera, now: datetime) -> dict[str, object]:
    """For the camera's page: what is open, when it was last checked, and whether it is checked at all."""
    found = camera.picture_findings.filter(end=None).order_by("start")
    return {
        "pictures": [Finding.of(row) for row in found],
        "picture_state": PictureState.objects.filter(camera=camera).first(),
        "pictures_checked": Rules(settings.CONF, today=timezone.localdate(now)).of(camera).limits is not None,
    }


def _measured(rows: list[Finding], state: PictureState | None) -> Measures | None:
    stored = state.measures if state else rows[0].row.measures if rows else None
    return Measures.model_validate(stored) if stored else None
