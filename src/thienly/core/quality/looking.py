"""Looking at the measurements of one camera: who may, and what he sees."""

from datetime import date, datetime
from uuid import UUID

from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.quality.links import LinkOfDay, links_of
from thienly.core.quality.models import ConnectionTest
from thienly.core.recording.looking import known_camera
from thienly.core.recording.overview import MAY_SEE
from thienly.core.registry.models import Camera
from thienly.core.service import service


@service
def look_at_links(
    *, actor: Actor, camera_id: UUID | str, first: date, last: date, now: datetime
) -> tuple[Camera, list[LinkOfDay]]:
    """The days of one camera, the newest first. Raises OutsideScope, NotAllowed."""
    camera = _measured(actor, camera_id, now)
    return camera, links_of(Camera.objects.filter(pk=camera.pk), first, last)


@service
def look_at_tests(*, actor: Actor, camera_id: UUID | str, limit: int, now: datetime) -> list[ConnectionTest]:
    """The tests of one camera's connection, the newest first. Raises OutsideScope, NotAllowed."""
    camera = _measured(actor, camera_id, now)
    return list(ConnectionTest.objects.filter(camera=camera).order_by("-ordered_at")[:limit])


def _measured(actor: Actor, camera_id: UUID | str, now: datetime) -> Camera:
    camera = known_camera(actor=actor, camera_id=camera_id, now=now)
    if not gate.allowed_actions(actor=actor, obj=camera, now=now).intersection(MAY_SEE):
        gate.require(actor=actor, action=MAY_SEE[0], obj=camera, now=now)
    return camera
