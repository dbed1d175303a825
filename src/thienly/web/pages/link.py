"""The link to one camera: how it did day by day, what tests of the connection found, and testing again."""

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.quality.links import LinkOfDay, links_of
from thienly.core.quality.models import ConnectionTest
from thienly.core.quality.orders import ask_for_test
from thienly.core.recording.overview import MAY_SEE
from thienly.core.recording.words import problem_advice, problem_words
from thienly.core.registry.models import Camera
from thienly.rules.actions import Action
from thienly.web.door import actor_of, any_of, fetch
from thienly.web.words.quality import grade_state, grade_words, measure_words
from thienly.web.words.status import clock_words, codec_words

DAYS = 7
TESTS = 5


@require_safe
def show(request: HttpRequest, camera: UUID) -> HttpResponse:
    """The card of the camera's page as a fragment."""
    actor = actor_of(request)
    found = any_of(actor=actor, actions=MAY_SEE, model=Camera, id=camera)
    return render(request, "camera/link.html", {"camera": found, "link": link_of(actor, found)})


@require_POST
def test(request: HttpRequest, camera: UUID) -> HttpResponse:
    """Order a test of the connection."""
    actor = actor_of(request)
    found = fetch(actor=actor, action=Action.CONFIG_DEVICE, model=Camera, id=camera)
    if ask_for_test(actor=actor, camera=found) is None:
        messages.error(request, _("This camera is not connected to: it is retired, or a state secret."))
    else:
        messages.success(request, _("The connection is being tested; the result appears within a minute."))
    return redirect("camera", camera=camera)


def link_of(actor: Actor, camera: Camera) -> dict[str, object] | None:
    """For the card; None for who may not know."""
    may = gate.allowed_actions(actor=actor, obj=camera)
    if not may.intersection(MAY_SEE):
        return None
    today = timezone.localdate()
    days = links_of(Camera.objects.filter(pk=camera.pk), today - timedelta(days=DAYS - 1), today)
    tests = list(ConnectionTest.objects.filter(camera=camera).order_by("-ordered_at")[:TESTS])
    return {
        "days": [_day(day) for day in days],
        "tests": [_test(test) for test in tests],
        "waiting": any(test.finished_at is None for test in tests),
        "may_test": Action.CONFIG_DEVICE in may and camera.retired_at is None and not camera.secret,
    }


def _day(day: LinkOfDay) -> dict[str, object]:
    judgement = day.judgement
    return {
        "day": day,
        "state": grade_state(judgement.grade),
        "grade": grade_words(judgement.grade),
        "why": [measure_words(reason) for reason in judgement.reasons],
        "loss": None if day.loss is None else 100 * day.loss,
        "jitter": day.jitter_ms,
        "megabits": None if day.bitrate is None else day.bitrate / 1e6,
        "gigabytes": day.bytes / 1e9,
        "clock": "" if day.clock_worst_ms is None else clock_words(day.clock_worst_ms),
    }


def _test(test: ConnectionTest) -> dict[str, object]:
    reasons = {
        "entered": _("when the camera was entered"),
        "changed": _("when its connection was changed"),
        "asked": _("because somebody asked"),
    }
    return {
        "test": test,
        "reason": reasons.get(test.reason, test.reason),
        "codec": codec_words(test.codec),
        "sound": codec_words(test.audio),
        "problem": problem_words(test.problem) if test.problem else "",
        "advice": problem_advice(test.problem) if test.problem else "",
        "loss": 100 * test.lost / test.expected if test.expected else None,
        "jitter": None if test.jitter_us is None else test.jitter_us / 1000,
        "megabits": test.bitrate / 1e6,
        "clock": "" if test.clock_offset_ms is None else clock_words(test.clock_offset_ms),
    }
