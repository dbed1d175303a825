"""One camera: its picture, its facts, its day, and why this person may (not) see it."""

from datetime import date, timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.cases.engine import visible_cases
from thienly.core.recording.looking import MAY_SEE_COVERAGE, look_at_day
from thienly.core.recording.models import CameraState
from thienly.core.registry.models import Camera
from thienly.rules.actions import Action
from thienly.web.days import Day
from thienly.web.door import actor_of, any_of
from thienly.web.words.reasons import action_words, explain
from thienly.web.words.seats import role_words
from thienly.web.words.status import clock_words, codec_words, statuses

KNOW = (Action.VIEW_PLAYBACK, Action.CONFIG_DEVICE, Action.INSPECT_META, Action.VIEW_LIVE)
"""Any of these opens the page; what it shows depends on each."""
MOST_ASKED = 6
CLOCK_TOLERANCE_MS = 2000  # from here on the page marks the camera's clock


@require_safe
def show(request: HttpRequest, camera: UUID) -> HttpResponse:
    """GET `day` (2026-11-17), `at` (14:20:05 of that day): where playback begins."""
    actor = actor_of(request)
    found = any_of(actor=actor, actions=KNOW, model=Camera, id=camera)
    may = gate.allowed_actions(actor=actor, obj=found)
    context = {
        "camera": found,
        "camera_id": found.id,
        **_now(found),
        "may_live": Action.VIEW_LIVE in may,
        "may_play": Action.VIEW_PLAYBACK in may,
        "may_change": Action.CONFIG_DEVICE in may,
        "may_inspect": Action.INSPECT_META in may,
        "may_report": bool(may & {Action.VIEW_LIVE, Action.CONFIG_DEVICE}),
        "why": _why(actor, found),
        "faults": visible_cases(actor=actor).filter(camera=found, closed_at=None)[:5],
        "at": request.GET.get("at", ""),
    }
    if may.intersection(MAY_SEE_COVERAGE):
        context["day"] = _day(actor, found.id, request)
    return render(request, "camera/page.html", context)


@require_safe
def now(request: HttpRequest, camera: UUID) -> HttpResponse:
    """State and measurements of this moment as a fragment."""
    found = any_of(actor=actor_of(request), actions=KNOW, model=Camera, id=camera)
    return render(request, "camera/now.html", {"camera": found, **_now(found)})


@require_safe
def day(request: HttpRequest, camera: UUID) -> HttpResponse:
    """GET `day`: the line of one day as a fragment."""
    return render(
        request, "camera/day.html", {"camera_id": camera, "day": _day(actor_of(request), camera, request)}
    )


def _day(actor: Actor, camera: UUID, request: HttpRequest) -> Day:
    today = timezone.localdate()
    try:
        asked = min(date.fromisoformat(request.GET.get("day", "")), today + timedelta(days=1))
    except ValueError:
        asked = today
    zone, moment = timezone.get_current_timezone(), timezone.now()
    line = look_at_day(actor=actor, camera_id=camera, day=asked, tz=zone, now=moment)
    return Day.of(asked, zone, moment, line)


def _now(camera: Camera) -> dict[str, object]:
    """The state, and what the recorder last measured in the units of the page."""
    status = statuses([camera], timezone.now())[camera.id]
    state = CameraState.objects.filter(camera=camera).first()
    if state is None:
        return {"status": status, "state": None}
    offset = state.clock_offset_ms
    return {
        "status": status,
        "state": state,
        "megabits": state.bitrate / 1e6,
        "fps": round(state.fps, 1),
        "codec": codec_words(state.codec),
        "sound": codec_words(state.audio),
        "clock_wrong": offset is not None and abs(offset) > CLOCK_TOLERANCE_MS,
        "clock_words": "" if offset is None else clock_words(offset),
    }


def _why(actor: Actor, camera: Camera) -> list[dict[str, object]]:
    """For the live picture, for recordings and for sound: the reasons, and when denied who could."""
    cards: list[dict[str, object]] = []
    for action in (Action.VIEW_LIVE, Action.VIEW_PLAYBACK, Action.LISTEN):
        decision = gate.decide(actor=actor, action=action, obj=camera)
        links = list(dict.fromkeys(explain(reason, allowed=decision.allow) for reason in decision.reasons))
        same = next((card for card in cards if card["links"] == links), None)
        if same:
            same["actions"] = [*same["actions"], action_words(action)]  # type: ignore[misc]  # a list of words
            continue
        who = (
            []
            if decision.allow
            else gate.who_can(action=Action.ADMIN_ACCOUNTS, obj=camera.site.unit)[:MOST_ASKED]
        )
        cards.append(
            {
                "actions": [action_words(action)],
                "allow": decision.allow,
                "links": links,
                "who": [(seat.account, role_words(seat.profile, seat.role)[0], seat.unit) for seat in who],
            }
        )
    return cards
