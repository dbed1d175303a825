"""Where the recordings of a camera lie, and why some do not exist. Reads only."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from thienly.core.recording.models import CameraState, Coverage, Gap


@dataclass(frozen=True, slots=True)
class Hole:
    """A time without recording. `until` None: it lasts."""

    start: datetime
    until: datetime | None
    reason: str


def recorders_near(*, camera: str, at: datetime) -> list[str]:
    """Recorders that may hold fragments of the camera at or after `at`: in the next recorded hours, or now.

    Coverage is told when a segment closes, so the recorder that holds the camera now always belongs to them.
    """
    hour = at.replace(minute=0, second=0, microsecond=0)
    rows = Coverage.objects.filter(camera=UUID(camera), hour__gte=hour)
    next_hour = rows.order_by("hour").values_list("hour", flat=True).first()
    names = set(CameraState.objects.filter(camera=UUID(camera)).values_list("recorder", flat=True))
    if next_hour is not None:
        near = rows.filter(hour__lte=next_hour + timedelta(hours=1))
        names |= set(near.values_list("recorder", flat=True))
    return sorted(names)


def hole_between(*, camera: str, start: datetime, until: datetime | None) -> Hole | None:
    """The gap row that explains a hole; the longest when several touch it."""
    touching = Gap.objects.filter(camera=UUID(camera)).filter(Q(end=None) | Q(end__gt=start))
    if until is not None:
        touching = touching.filter(start__lt=until)
    holes = [Hole(gap.start, gap.end, gap.reason) for gap in touching.order_by("start")[:100]]
    far = datetime.max.replace(tzinfo=start.tzinfo)
    return max(holes, key=lambda hole: (hole.until or far) - hole.start, default=None)
