"""Looking at one camera's state and recordings: who may, and what he sees."""

from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from uuid import UUID

from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.recording.queries import CameraNow, DayTimeline, day_timeline, status_of
from thienly.core.recording.spans import SpanTimeline, span_timeline
from thienly.core.registry.models import Camera
from thienly.core.service import service
from thienly.rules.actions import Action

MAY_SEE_COVERAGE = (Action.VIEW_PLAYBACK, Action.INSPECT_META, Action.CONFIG_DEVICE)
"""Whether something was recorded is known to who may play it, inspect it, or keeps the device."""


@dataclass(frozen=True, slots=True)
class Look:
    camera: Camera
    now: CameraNow
    actions: frozenset[Action]


@service
def look_at(*, actor: Actor, camera_id: UUID | str, now: datetime) -> Look:
    """A camera that the actor may know, its state, and what he may do with it. Raises OutsideScope."""
    camera = known_camera(actor=actor, camera_id=camera_id, now=now)
    actions = gate.allowed_actions(actor=actor, obj=camera, now=now)
    return Look(camera, status_of([camera], now)[camera.id], actions)


@service
def look_at_day(*, actor: Actor, camera_id: UUID | str, day: date, tz: tzinfo, now: datetime) -> DayTimeline:
    """The line of time of a local day. Raises OutsideScope; NotAllowed without one of `MAY_SEE_COVERAGE`."""
    camera = known_camera(actor=actor, camera_id=camera_id, now=now)
    if not gate.allowed_actions(actor=actor, obj=camera, now=now).intersection(MAY_SEE_COVERAGE):
        gate.require(actor=actor, action=Action.VIEW_PLAYBACK, obj=camera, now=now)
    return day_timeline(camera, day, tz, now)


@service
def look_at_span(
    *, actor: Actor, camera_id: UUID | str, start: datetime, end: datetime, tz: tzinfo, now: datetime
) -> SpanTimeline:
    """The line of time of [start, end), at most `LONGEST`; refused like a day. Raises ValueError (a span that
    is reversed, empty or too long)."""
    camera = known_camera(actor=actor, camera_id=camera_id, now=now)
    if not gate.allowed_actions(actor=actor, obj=camera, now=now).intersection(MAY_SEE_COVERAGE):
        gate.require(actor=actor, action=Action.VIEW_PLAYBACK, obj=camera, now=now)
    return span_timeline(camera, start, end, tz, now)


@service
def known_camera(*, actor: Actor, camera_id: UUID | str, now: datetime) -> Camera:
    """The camera, when the actor may do anything to it at all. Raises OutsideScope."""
    camera: Camera | None = None
    try:
        known = gate.visible(actor=actor, now=now).select_related("site__unit")
        camera = known.filter(pk=UUID(str(camera_id))).first()
    except ValueError:
        pass
    # What nobody may know is refused by the gate itself, alike for ids that never were.
    return camera or gate.fetch(actor=actor, action=Action.VIEW_LIVE, model=Camera, id=camera_id, now=now)
