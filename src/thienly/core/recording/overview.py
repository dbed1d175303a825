"""How well many cameras were recorded over some local days, from the days that are added up."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet, Sum

from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.recording.days import GAP_COLUMNS, days_between
from thienly.core.recording.models import CoverageDay
from thienly.core.registry.models import Camera
from thienly.rules.actions import Action
from thienly.rules.continuity import ratio

MAY_SEE = (Action.STATISTICS, Action.INSPECT_META, Action.CONFIG_DEVICE, Action.VIEW_PLAYBACK)
"""Whoever may do one of these to a camera may know how continuously it was recorded."""

SUMMED = ("expected", "recorded", "deleted", "planned", "off", "unknown", *GAP_COLUMNS)


@dataclass(frozen=True, slots=True)
class CameraSums:
    """Seconds of one camera over the days asked for; `as_of`: until when they count."""

    camera: UUID
    days: int
    as_of: datetime | None
    sums: dict[str, int]  # by the names in `SUMMED`

    @property
    def ratio(self) -> float | None:
        """0 to 1; None when nothing was expected."""
        return ratio(recorded=self.sums["recorded"], expected=self.sums["expected"])

    @property
    def missing(self) -> int:
        return self.sums["expected"] - self.sums["recorded"]


def cameras_with_coverage(*, actor: Actor, now: datetime) -> QuerySet[Camera]:
    """Those whose coverage the actor may know."""
    where = Q()
    for action in MAY_SEE:
        where |= Q(pk__in=gate.visible(actor=actor, action=action, now=now).values("pk"))
    return Camera.objects.filter(where)


def coverage_of(cameras: QuerySet[Camera], first: date, last: date) -> list[CameraSums]:
    """Over the local days `first` to `last` (inclusive), worst first; cameras without a day are left out."""
    days = CoverageDay.objects.filter(as_of__isnull=False, camera__in=cameras.values("pk"))
    if first == last:
        rows = days.filter(day=first).values_list("camera", "as_of", *SUMMED)
        found = [CameraSums(row[0], 1, row[1], dict(zip(SUMMED, row[2:], strict=True))) for row in rows]
    else:
        grouped = days.filter(day__in=days_between(first, last)).values("camera").order_by()
        totals = {f"sum_{name}": Sum(name) for name in SUMMED}
        rows = grouped.annotate(days=Count("pk"), newest=Max("as_of"), **totals)
        found = [
            CameraSums(camera, number, newest, dict(zip(SUMMED, sums, strict=True)))
            for camera, number, newest, *sums in rows.values_list("camera", "days", "newest", *totals)
        ]
    found.sort(key=lambda row: (row.ratio is None, row.ratio or 0.0, -row.missing))
    return found


def whole_of(cameras: QuerySet[Camera], first: date, last: date) -> dict[str, int]:
    """The sums over all these cameras and days together, by the names in `SUMMED`."""
    days = CoverageDay.objects.filter(
        as_of__isnull=False, day__in=days_between(first, last), camera__in=cameras.values("pk")
    )
    totals = days.aggregate(**{f"sum_{name}": Sum(name) for name in SUMMED})
    return {name: totals[f"sum_{name}"] or 0 for name in SUMMED}
