"""Who may know where recordings lie: whoever runs or inspects the installation; for a camera, whoever may
know its coverage."""

from datetime import datetime
from uuid import UUID

from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.recording.looking import MAY_SEE_COVERAGE, known_camera
from thienly.core.service import service
from thienly.core.storage.models import DiskState
from thienly.core.storage.tiers import HourTier, TierView, tiers, tiers_of
from thienly.rules.actions import Action

_MAY_SEE_STORAGE = frozenset({Action.INSPECT_META, Action.ADMIN_SYSTEM})


def may_see_storage(actor: Actor) -> bool:
    return bool(gate.allowed_actions(actor=actor, obj=None) & _MAY_SEE_STORAGE)


def may_run_storage(actor: Actor) -> bool:
    """Bring recordings back, have restores tried."""
    return gate.decide(actor=actor, action=Action.ADMIN_SYSTEM, obj=None).allow


@service
def look_at_storage(*, actor: Actor, now: datetime) -> list[TierView]:
    """Raises NotAllowed."""
    if not may_see_storage(actor):
        gate.require(actor=actor, action=Action.ADMIN_SYSTEM, obj=None, now=now)
    return tiers(now=now)


@service
def look_at_disks(*, actor: Actor, now: datetime) -> list[DiskState]:
    """Raises NotAllowed."""
    if not may_see_storage(actor):
        gate.require(actor=actor, action=Action.ADMIN_SYSTEM, obj=None, now=now)
    return list(DiskState.objects.all())


@service
def look_at_tiers(
    *, actor: Actor, camera_id: UUID | str, start: datetime, end: datetime, now: datetime
) -> list[HourTier]:
    """Of each hour in [start, end). Raises OutsideScope; NotAllowed without one of `MAY_SEE_COVERAGE`."""
    camera = known_camera(actor=actor, camera_id=camera_id, now=now)
    if not gate.allowed_actions(actor=actor, obj=camera, now=now).intersection(MAY_SEE_COVERAGE):
        gate.require(actor=actor, action=Action.VIEW_PLAYBACK, obj=camera, now=now)
    return tiers_of(camera, start, end)
