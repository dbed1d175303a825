"""Figures of a month: the service of each camera system, and the four indicators of each unit."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from thienly.core.quality.models import Access, ArrivalDay, LinkDay
from thienly.core.recording.overview import coverage_of
from thienly.core.recording.spans import midnight
from thienly.core.registry.models import Camera
from thienly.core.units.models import Unit
from thienly.rules.indicators import Indicators
from thienly.rules.service import Outcome, percentile, success

Mode = str


@dataclass(slots=True)
class Service:
    """The cameras of one unit over some days: what a camera system is to whoever depends on it.

    Seconds are of all cameras together; `waits` are milliseconds from the question to the first picture.
    """

    unit: Unit
    cameras: int = 0
    expected: int = 0
    recorded: int = 0
    given: int = 0
    failed: int = 0
    others: int = 0  # the viewer left, or nothing was recorded there: no question of access
    waits: dict[Mode, list[int]] = field(default_factory=lambda: {"live": [], "play": []})

    @property
    def uptime(self) -> float | None:
        """Seconds in which the cameras gave a recorded picture ÷ seconds in which they should have."""
        return self.recorded / self.expected if self.expected else None

    @property
    def success(self) -> float | None:
        return success(given=self.given, failed=self.failed)

    def wait(self, mode: Mode, share: float) -> int | None:
        """Milliseconds within which that share of the pictures came."""
        return percentile(self.waits[mode], share)


def services_of(cameras: QuerySet[Camera], first: date, last: date) -> list[Service]:
    """By unit, over local days (inclusive), the worst uptime first."""
    owners = _owners(cameras, first, last)
    systems = {unit.pk: Service(unit) for unit, _ in owners.values()}
    for unit, _ in owners.values():
        systems[unit.pk].cameras += 1
    for row in coverage_of(cameras, first, last):
        if row.camera in owners:
            system = systems[owners[row.camera][0].pk]
            system.expected += row.sums["expected"]
            system.recorded += row.sums["recorded"]
    tz = timezone.get_default_timezone()
    asked = Access.objects.filter(
        at__gte=midnight(first, tz), at__lt=midnight(date.fromordinal(last.toordinal() + 1), tz)
    )
    rows = asked.filter(camera__in=cameras.values("pk")).values_list(
        "camera", "mode", "outcome", "picture_ms"
    )
    for camera, mode, outcome, picture_ms in rows.iterator():
        if camera not in owners:
            continue
        system = systems[owners[camera][0].pk]
        system.given += outcome == Outcome.GIVEN
        system.failed += outcome == Outcome.FAILED
        system.others += outcome not in (Outcome.GIVEN, Outcome.FAILED)
        if picture_ms is not None and mode in system.waits:
            system.waits[mode].append(picture_ms)
    for system in systems.values():
        for waits in system.waits.values():
            waits.sort()
    return sorted(systems.values(), key=lambda s: (s.uptime is None, s.uptime or 0.0, s.unit.name))


def whole_service(systems: Iterable[Service]) -> Service:
    """All of them together."""
    whole = Service(Unit())
    for system in systems:
        for name in ("cameras", "expected", "recorded", "given", "failed", "others"):
            setattr(whole, name, getattr(whole, name) + getattr(system, name))
        for mode, waits in system.waits.items():
            whole.waits[mode] += waits
    for waits in whole.waits.values():
        waits.sort()
    return whole


@dataclass(frozen=True, slots=True)
class CameraIndicators:
    camera: Camera
    figures: Indicators


def indicators_of(cameras: QuerySet[Camera], first: date, last: date) -> list[CameraIndicators]:
    """Of each camera that was to be recorded on one of the local days (inclusive), by code."""
    owners = _owners(cameras, first, last)
    wanted = cameras.filter(secret=False, record=True)
    in_span = {"day__gte": first, "day__lte": last, "camera__in": wanted.values("pk")}
    arrivals = {
        camera: (segments - late, segments)
        for camera, segments, late in ArrivalDay.objects.filter(**in_span)
        .values_list("camera")
        .annotate(Sum("segments"), Sum("late"))
        .order_by()
    }
    clocks = _clocks(in_span)
    covered = {
        row.camera: (row.sums["recorded"], row.sums["expected"]) for row in coverage_of(wanted, first, last)
    }
    found = []
    for pk, (_, camera) in owners.items():
        if camera.secret or not camera.record:
            continue
        continuous = covered.get(pk, (0, 0))
        received = pk in arrivals or continuous[0] > 0
        accurate, unmeasured = clocks.get(pk, ((0, 0), 0))
        figures = Indicators(
            timely=arrivals.get(pk, (0, 0)),
            accurate=accurate,
            complete=(int(received), 1),
            continuous=continuous,
            unmeasured=unmeasured,
        )
        found.append(CameraIndicators(camera, figures))
    return found


def by_unit(rows: Iterable[CameraIndicators]) -> list[tuple[Unit, int, Indicators]]:
    """Unit, number of cameras, and the indicators of all of them together; by name."""
    units: dict[UUID, Unit] = {}
    sums: defaultdict[UUID, Indicators] = defaultdict(Indicators)
    number: defaultdict[UUID, int] = defaultdict(int)
    for row in rows:
        unit = row.camera.site.unit
        units[unit.pk] = unit
        sums[unit.pk] += row.figures
        number[unit.pk] += 1
    return [(unit, number[pk], sums[pk]) for pk, unit in sorted(units.items(), key=lambda pair: pair[1].name)]


def _owners(cameras: QuerySet[Camera], first: date, last: date) -> dict[UUID, tuple[Unit, Camera]]:
    """The unit of each camera that existed on one of the days."""
    tz = timezone.get_default_timezone()
    end = midnight(date.fromordinal(last.toordinal() + 1), tz)
    there = cameras.filter(created_at__lt=end).exclude(retired_at__lt=midnight(first, tz))
    rows = there.select_related("site__unit").order_by("code")
    return {camera.pk: (camera.site.unit, camera) for camera in rows}


def _clocks(in_span: dict[str, object]) -> dict[UUID, tuple[tuple[int, int], int]]:
    """Days on which the clock was right, days on which it was measured; and days on which it was not."""
    limit = settings.CONF.file.quality.clock_ms
    wrong = Q(clock_worst_ms__gt=limit) | Q(clock_worst_ms__lt=-limit)
    measured = Q(clock_worst_ms__isnull=False)
    rows = (
        LinkDay.objects.filter(**in_span, media_ms__gt=0)
        .values_list("camera")
        .annotate(
            days=Count("day", distinct=True),
            days_known=Count("day", distinct=True, filter=measured),
            days_wrong=Count("day", distinct=True, filter=wrong),
        )
        .order_by()
    )
    return {camera: ((known - bad, known), days - known) for camera, days, known, bad in rows}
