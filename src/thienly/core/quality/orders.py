"""Ordering a test of the connection to a camera. The steward has a recorder carry it out."""

from datetime import datetime
from typing import Literal

from django.utils import timezone

from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.quality.models import ConnectionTest
from thienly.core.registry.models import Camera
from thienly.core.service import service
from thienly.rules.actions import Action

Reason = Literal["entered", "changed", "asked"]


def order(*, actor: Actor, camera: Camera, reason: Reason, at: datetime) -> ConnectionTest | None:
    """Part of the transaction that enters or changes the camera, whose history tells of it.

    One that waits already tests what is in the register when it begins. None for a camera that must not be
    looked at.
    """
    if camera.secret or camera.retired_at is not None:
        return None
    waiting = ConnectionTest.objects.filter(camera=camera, finished_at=None).first()
    return waiting or ConnectionTest.objects.create(
        camera=camera,
        reason=reason,
        ordered_by=actor.account,
        ordered_label=actor.label[:200],
        ordered_at=at,
    )


@service
def ask_for_test(*, actor: Actor, camera: Camera, now: datetime | None = None) -> ConnectionTest | None:
    """Somebody wants to know now. Raises OutsideScope, NotAllowed."""
    gate.require(actor=actor, action=Action.CONFIG_DEVICE, obj=camera)
    at = now or timezone.now()
    made = order(actor=actor, camera=camera, reason="asked", at=at)
    if made is not None:
        detail = {"url": camera.url, "zone": camera.zone, "site": camera.site.name}
        record(actor=actor, kind=Kind.CAMERA_PROBED, camera=camera, obj=camera, detail=detail, at=at)
    return made
