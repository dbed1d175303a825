"""One camera: its picture, its facts, its day, and why this person may (not) see it."""

from datetime import date, timedelta
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.cases.engine import visible_cases
from thienly.core.footage.thumbnails import RecorderAway
from thienly.core.footage.thumbnails import thumbnail as footage_thumbnail
from thienly.core.recording.keeping import kept_of, overrides_of
from thienly.core.recording.looking import MAY_SEE_COVERAGE, look_at_day
from thienly.core.recording.models import CameraState, OldestProof
from thienly.core.recording.moments import instant, microseconds
from thienly.core.recording.queries import FIRST_DAY, LAST_DAY
from thienly.core.recording.words import problem_words
from thienly.core.registry.models import Camera
from thienly.core.regulation.shelf import profiles
from thienly.core.units.history import owner_named_at
from thienly.rules.actions import Action
from thienly.rules.fault import FAULT
from thienly.rules.hold import HOLDERS
from thienly.rules.problems import Problem
from thienly.web.days import Day
from thienly.web.door import actor_of, any_of
from thienly.web.pages.holds import of_camera
from thienly.web.pages.link import link_of
from thienly.web.pages.picture import picture_now
from thienly.web.words.continuity import violation_words
from thienly.web.words.reasons import action_words, explain
from thienly.web.words.seats import role_words
from thienly.web.words.status import clock_words, codec_words, statuses

KNOW = (Action.VIEW_PLAYBACK, Action.CONFIG_DEVICE, Action.INSPECT_META, Action.VIEW_LIVE)
"""Any of these opens the page; what it shows depends on each."""
MOST_ASKED = 6


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
        "governed_by": [
            rules.profile
            for rules in profiles().values()
            if rules.governs([found.sector]) and rules.in_force(timezone.localdate())
        ],
        "may_live": Action.VIEW_LIVE in may,
        "may_play": Action.VIEW_PLAYBACK in may,
        "may_change": Action.CONFIG_DEVICE in may,
        "may_inspect": Action.INSPECT_META in may,
        "may_report": bool(may & {Action.VIEW_LIVE, Action.CONFIG_DEVICE}),
        "why": _why(actor, found),
        "faults": visible_cases(actor=actor).filter(camera=found, closed_at=None, kind=FAULT.kind)[:5],
        "holds": of_camera(request, found),
        "may_hold": bool(may & {*HOLDERS}),
        "kept": kept_of(
            found,
            overrides=overrides_of(settings.CONF),
            keep_days=settings.CONF.file.keep_days,
            today=timezone.localdate(),
        ),
        "at": request.GET.get("at", ""),
        "owner_then": _owner_then(found, request.GET.get("day", "")),
        "beside": _beside(actor, found) if Action.VIEW_PLAYBACK in may else "",
    }
    context["oldest"] = _oldest(actor, found)
    context["link"] = link_of(actor, found)
    if may.intersection(MAY_SEE_COVERAGE):
        context |= {"day": _day(actor, found.id, request), **line_words()}
    return render(request, "camera/page.html", context)


@require_safe
def now(request: HttpRequest, camera: UUID) -> HttpResponse:
    """State and measurements of this moment as a fragment."""
    found = any_of(actor=actor_of(request), actions=KNOW, model=Camera, id=camera)
    oldest = _oldest(actor_of(request), found)
    return render(request, "camera/now.html", {"camera": found, "oldest": oldest, **_now(found)})


@require_safe
def day(request: HttpRequest, camera: UUID) -> HttpResponse:
    """GET `day`: how much of a day is recorded, and its gaps in words, as a fragment."""
    actor = actor_of(request)
    line = _day(actor, camera, request)
    may_hold = any(gate.visible(actor=actor, action=action).filter(pk=camera).exists() for action in HOLDERS)
    return render(request, "camera/day.html", {"camera_id": camera, "day": line, "may_hold": may_hold})


@require_safe
def thumbnail(request: HttpRequest, camera: UUID) -> HttpResponse:
    """GET `at_us` (Unix microseconds): a small JPEG of that moment; 204 when there is no picture of it."""
    try:
        at = instant(int(request.GET.get("at_us", "")))
        if not FIRST_DAY <= at.date() <= LAST_DAY:
            raise ValueError
    except (ValueError, OverflowError):
        return HttpResponse(status=400)
    try:
        picture = footage_thumbnail(actor=actor_of(request), camera_id=camera, at=at)
    except RecorderAway:
        return HttpResponse(status=503)
    return HttpResponse(status=204) if picture is None else HttpResponse(picture, content_type="image/jpeg")


def _day(actor: Actor, camera: UUID, request: HttpRequest) -> Day:
    today = timezone.localdate()
    try:
        asked = min(date.fromisoformat(request.GET.get("day", "")), today + timedelta(days=1))
    except ValueError:
        asked = today
    zone, moment = timezone.get_current_timezone(), timezone.now()
    line = look_at_day(actor=actor, camera_id=camera, day=asked, tz=zone, now=moment)
    return Day.of(asked, zone, moment, line)


def _owner_then(camera: Camera, text: str) -> tuple[date, str] | None:
    """Who managed it on the day that is looked at, when that was another unit, or one of another name."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    if not FIRST_DAY <= day < timezone.localdate():
        return None
    name = owner_named_at(camera, day)
    return (day, name) if name != camera.site.unit.name else None


def _beside(actor: Actor, camera: Camera) -> str:
    """Ids of this camera and the others of its site that may be played; empty when it stands alone."""
    site = gate.visible(actor=actor, action=Action.VIEW_PLAYBACK).filter(site=camera.site_id, retired_at=None)
    others = [other.hex for other in site.exclude(pk=camera.pk).order_by("code").values_list("pk", flat=True)]
    return ",".join([camera.id.hex, *others[:8]]) if others else ""


def line_words() -> dict[str, object]:
    """What the line of time needs: the present, and the words for every reason."""
    reasons = {problem.value: problem_words(problem.value) for problem in Problem}
    return {"now_us": microseconds(timezone.now()), "reasons": reasons}


def _now(camera: Camera) -> dict[str, object]:
    """The state, and what the recorder last measured in the units of the page."""
    moment = timezone.now()
    status = statuses([camera], moment)[camera.id]
    state = CameraState.objects.filter(camera=camera).first()
    if state is None:
        return {"status": status, "state": None}
    offset = state.clock_offset_ms
    return {
        **picture_now(camera, moment),
        "status": status,
        "state": state,
        "megabits": state.bitrate / 1e6,
        "fps": round(state.fps, 1),
        "codec": codec_words(state.codec),
        "sound": codec_words(state.audio),
        "clock_wrong": offset is not None and abs(offset) > settings.CONF.file.quality.clock_ms,
        "clock_words": "" if offset is None else clock_words(offset),
    }


def _oldest(actor: Actor, camera: Camera) -> dict[str, object] | None:
    """From when on it can be played, as a recorder proved by reading."""
    if not gate.allowed_actions(actor=actor, obj=camera).intersection(MAY_SEE_COVERAGE):
        return None
    proof = OldestProof.objects.filter(camera=camera).first()
    return {"proof": proof, "broken": violation_words(proof.violation)} if proof else None


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
