"""How much of each of the last hours is recorded, over all cameras that somebody may know."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.recording.models import Coverage
from thienly.rules.coverage import count, merge

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class HourShare:
    start: datetime
    share: float | None  # 0 to 1 of what the cameras could have recorded; None when there was no camera


def recorded_hours(actor: Actor, now: datetime, hours: int = 24) -> list[HourShare]:
    """The last whole hours before `now`, oldest first; a camera counts from its first whole hour."""
    last = now.replace(minute=0, second=0, microsecond=0)
    first = last - hours * HOUR
    cameras = gate.visible(actor=actor, now=now).filter(record=True, retired_at=None)
    entered = dict(cameras.values_list("id", "created_at"))
    rows = Coverage.objects.filter(camera__in=cameras, hour__gte=first, hour__lt=last)
    bitmaps: dict[datetime, dict[UUID, list[bytes]]] = defaultdict(lambda: defaultdict(list))
    for camera, hour, seconds in rows.values_list("camera", "hour", "seconds").iterator():
        bitmaps[hour][camera].append(bytes(seconds))
    return [_share(first + n * HOUR, bitmaps[first + n * HOUR], entered) for n in range(hours)]


def _share(hour: datetime, recorded: dict[UUID, list[bytes]], entered: dict[UUID, datetime]) -> HourShare:
    expected = {camera for camera, since in entered.items() if since <= hour} | recorded.keys()
    seconds = sum(count(merge(parts)) for parts in recorded.values())
    return HourShare(hour, seconds / (3600 * len(expected)) if expected else None)
