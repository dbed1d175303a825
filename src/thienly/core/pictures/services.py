"""What a person does about a camera's pictures: looks, and says that what it shows is normal there."""

from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from thienly.core import hints
from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.pictures.models import PictureAcceptance, PictureFinding
from thienly.core.registry.models import Camera
from thienly.core.service import service
from thienly.core.text import normalise
from thienly.rules.actions import Action


def open_findings(*, actor: Actor, now: datetime) -> QuerySet[PictureFinding]:
    """Of the cameras that the actor may know and that are in use, the longest first."""
    cameras = gate.visible(actor=actor, now=now).filter(retired_at=None, record=True)
    found = PictureFinding.objects.filter(end=None, camera__in=cameras.values("pk"))
    return found.select_related("camera__site__unit").order_by("start", "finding")


@service
def accept(*, actor: Actor, camera_id: UUID | str, reason: str, now: datetime) -> PictureAcceptance:
    """From now on the camera is judged by what it shows now: the recorder learns anew, and what it found so
    far ends. For who keeps the device, with a reason that stays.

    Raises OutsideScope, NotAllowed; ValidationError (reason, or a camera of which nothing is recorded).
    """
    camera = gate.fetch(actor=actor, action=Action.CONFIG_DEVICE, model=Camera, id=camera_id, now=now)
    decision = gate.require(actor=actor, action=Action.CONFIG_DEVICE, obj=camera, now=now)
    reason = normalise(reason)[:500]
    if not reason:
        message = _("Say why this is normal here: what was done to the camera, or how the place is.")
        raise ValidationError({"reason": [ValidationError(message, "required")]})
    if not camera.record or camera.retired_at is not None:
        message = _("Nothing is recorded of this camera: there is no picture to go by.")
        raise ValidationError({"reason": [ValidationError(message, "not_recorded")]})
    assert actor.account is not None  # noqa: S101 - who keeps a device is a person
    problem = PictureFinding.objects.filter(camera=camera, end=None).order_by("start").first()
    row = PictureAcceptance.objects.create(
        camera=camera, at=now, by=actor.account, reason=reason, problem=problem.problem if problem else ""
    )
    granted = decision.grants[0] if decision.grants else None
    record(
        actor=actor,
        kind=Kind.PICTURE_ACCEPTED,
        camera=camera,
        obj=camera,
        detail={
            "picture_problem": row.problem,
            "note": reason,
            "finding": problem.finding if problem else "",
            "seat": granted.seat if granted else "",
            "cite": granted.cite if granted else "",
        },
        at=now,
    )
    hints.desired_changed()
    return row
