"""What was recorded stands: nobody deletes, changes or copies it here, whatever his role (BDM Đ2.2, BDP I.2).

Footage ends only by the rules on keeping (`media/prune.py`), and leaves only by an approved extraction.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.utils import timezone

from thienly.core.access.actor import Actor
from thienly.core.access.refusal import NotAllowed
from thienly.core.recording.looking import known_camera
from thienly.core.regulation.prohibited import TAMPERING, articles
from thienly.core.service import service
from thienly.rules.access import Reason, ReasonCode
from thienly.rules.actions import Action


class Act(StrEnum):
    """What somebody tried to do to a recording, by the method of his request."""

    DELETE = "delete"
    CHANGE = "change"
    COPY = "copy"


BY_METHOD = {"DELETE": Act.DELETE, "PUT": Act.CHANGE, "PATCH": Act.CHANGE, "POST": Act.COPY}


@service
def refuse_change(*, actor: Actor, camera_id: UUID | str, recording: str, act: Act, now: datetime) -> None:
    """Raises OutsideScope when the actor may not know the camera, else NotAllowed, always; history has it."""
    camera = known_camera(actor=actor, camera_id=camera_id, now=now)
    raise NotAllowed(
        # The mightiest right there is over each: even that one does not reach so far.
        action=Action.EXTRACT if act is Act.COPY else Action.ADMIN_SYSTEM,
        object_kind="camera",
        object_id=camera.id.hex,
        label=str(camera),
        reasons=[
            Reason(
                ReasonCode.RECORDINGS_STAND,
                articles(TAMPERING, timezone.localdate(now)),
                {"act": act.value, "recording": recording[:80]},
            )
        ],
    )
