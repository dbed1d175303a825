"""Small pictures of recordings. They are footage: gated like playback, and told before the first byte."""

from datetime import datetime, time, timedelta
from uuid import UUID

from django.core.cache import cache
from django.utils import timezone

from thienly.bus import subjects
from thienly.bus.client import BusRefused, BusUnavailable
from thienly.bus.questions import WantThumbnail
from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.footage.recordings import recorders_near
from thienly.core.hints import installation_bus
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.recording.moments import microseconds
from thienly.core.registry.models import Camera
from thienly.core.service import service
from thienly.rules.actions import Action

TOLD_FOR_S = 3600
"""One row of history for each camera, recorded day and session in so long: a pointer that moves over a day is
one look at it, not a thousand."""
TIMEOUT_S = 3.0


class RecorderAway(Exception):
    """Whoever may hold the wanted time does not answer."""


def thumbnail(*, actor: Actor, camera_id: UUID | str, at: datetime) -> bytes | None:
    """A JPEG of what was recorded at `at`; None when there is no picture of it.

    Holds no transaction while the recorder works. Raises OutsideScope, NotAllowed; RecorderAway.
    """
    key = _key(actor, str(camera_id), at)
    camera = allow(actor=actor, camera_id=camera_id, at=at, told=bool(key and cache.get(key)))
    if key:
        cache.set(key, True, TOLD_FOR_S)  # only now is the row committed
    want = WantThumbnail(camera=camera.id.hex, at_us=microseconds(at)).encode()
    silent = False
    for recorder in recorders_near(camera=camera.id.hex, at=at):
        try:
            return installation_bus().request(subjects.archive_thumbnail(recorder), want, timeout_s=TIMEOUT_S)
        except BusRefused:
            continue
        except BusUnavailable:
            silent = True
    if silent:
        raise RecorderAway
    return None


@service
def allow(*, actor: Actor, camera_id: UUID | str, at: datetime, told: bool) -> Camera:
    """Asks the gate each time, writes history unless it was `told`. Raises OutsideScope, NotAllowed."""
    camera = gate.fetch(actor=actor, action=Action.VIEW_PLAYBACK, model=Camera, id=camera_id)
    if not told:
        decision = gate.require(actor=actor, action=Action.VIEW_PLAYBACK, obj=camera)
        granted = decision.grants[0] if decision.grants else None
        start = datetime.combine(timezone.localtime(at), time(), timezone.get_current_timezone())
        record(
            actor=actor,
            kind=Kind.THUMBNAILS_SHOWN,
            camera=camera,
            purpose=decision.purpose,
            detail={
                "from": start.isoformat(),
                "until": (start + timedelta(days=1)).isoformat(),
                "seat": granted.seat if granted else "",
                "cite": granted.cite if granted else "",
            },
        )
    return camera


def _key(actor: Actor, camera: str, at: datetime) -> str:
    """Empty without a session: then every picture is told."""
    if not actor.session:
        return ""
    return f"thumbnails:{actor.session}:{camera}:{timezone.localtime(at).date()}"
