"""How continuously the cameras of one place were recorded, month by month."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import QuerySet, Sum
from django.db.models.functions import TruncMonth

from thienly.core.recording.models import CoverageDay
from thienly.core.registry.models import Camera
from thienly.rules.continuity import ratio

_SUMMED = ("expected", "recorded", "planned", "off", "unknown")


@dataclass(frozen=True, slots=True)
class Month:
    """Seconds of all the cameras together."""

    first: date
    cameras: int
    expected: int
    recorded: int
    planned: int
    off: int
    unknown: int

    @property
    def ratio(self) -> float | None:
        """0 to 1; None when nothing was expected."""
        return ratio(recorded=self.recorded, expected=self.expected)

    @property
    def missing(self) -> int:
        return self.expected - self.recorded


def months_of(cameras: QuerySet[Camera], *, last: date, most: int = 12) -> list[Month]:
    """The newest first: the month of `last` and those before it, of which something is known."""
    first = last.replace(day=1)
    for _ in range(most - 1):
        first = (first - timedelta(days=1)).replace(day=1)
    days = CoverageDay.objects.filter(
        as_of__isnull=False, camera__in=cameras.values("pk"), day__gte=first, day__lte=last
    )
    totals = {f"sum_{name}": Sum(name) for name in _SUMMED}
    seen: dict[date, set[object]] = defaultdict(set)
    for month, camera in days.annotate(month=TruncMonth("day")).values_list("month", "camera").distinct():
        seen[month].add(camera)
    rows = days.annotate(month=TruncMonth("day")).values("month").order_by("-month").annotate(**totals)
    return [
        Month(month, len(seen[month]), *(int(of) for of in sums))
        for month, *sums in rows.values_list("month", *totals)
    ]
