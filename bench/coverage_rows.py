"""Rows for `bench.coverage`: cameras, their days, a month of hours and gaps of some. Needs Django set up."""

import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import uuid4

from django.db import connection, transaction
from django.utils import timezone

from thienly.core.recording.models import Coverage, Gap
from thienly.core.recording.spans import midnight
from thienly.core.registry.models import Camera, Site
from thienly.core.units.models import Unit
from thienly.rules.coverage import mark
from thienly.rules.problems import Problem

_UNITS = 120


def fill_cameras(number: int, *, created: datetime) -> list[Camera]:
    """Cameras `C-000000` and on, spread over sites of many units."""
    sites: list[Site] = []
    with transaction.atomic():
        for n in range(_UNITS):
            unit = Unit(name=f"Xã {n}", folded=f"xa {n}", kind="commune", valid_from=created.date())
            unit.path = f"{unit.id.hex}/"
            unit.save()
            name = f"Điểm {n}"
            sites.append(Site.objects.create(name=name, folded=f"diem {n}", kind="public_place", unit=unit))
        cameras = [
            Camera(
                code=f"C-{n:06d}",
                name="Cổng",
                folded=f"c-{n:06d} cong",
                site=sites[n % _UNITS],
                sector="security",
                url="rtsp://10.0.0.1/live",
                created_at=created,
            )
            for n in range(number)
        ]
        return Camera.objects.bulk_create(cameras, batch_size=2000)


_RANDOM = {"sqlite": "abs(random()) % 400000", "postgresql": "floor(random() * 400000)::int"}
_EMPTY = {"sqlite": "'{}'", "postgresql": "'{}'::jsonb"}


def fill_days(cameras: int, today: date, days: int) -> None:
    """A row for each of the first `cameras` and each day before `today`: nine of ten are whole, the others
    have an outage. The database makes them itself, a day in a statement: seven million rows in minutes."""
    tz, vendor = timezone.get_default_timezone(), connection.vendor
    zeros = (
        "planned, off, unknown, gap_power, gap_network, gap_device, gap_manual, gap_sabotage, gap_platform"
    )
    insert = f"""
        WITH a AS MATERIALIZED (SELECT id, {_RANDOM[vendor]} AS r FROM registry_camera WHERE code < %s)
        INSERT INTO recording_coverageday
            (camera_id, day, as_of, stale, expected, recorded, deleted, {zeros}, gap_unknown, reasons)
        SELECT id, %s, %s, %s, 86400, 86400 - lost, CASE WHEN %s THEN 86400 - lost ELSE 0 END,
            0, 0, 0, 0, 0, 0, 0, 0, 0, lost, {_EMPTY[vendor]}
        FROM (SELECT id, CASE WHEN r < 40000 THEN r ELSE 0 END AS lost FROM a) AS b
    """  # noqa: S608 - constants
    for ago in range(days, 0, -1):
        day = today - timedelta(days=ago)
        as_of = midnight(day + timedelta(days=1), tz)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(insert, [f"C-{cameras:06d}", day, as_of, False, ago > 30])


def fill_month(cameras: Sequence[Camera], now: datetime, rng: random.Random) -> None:
    """31 days of hours; every second hour has a gap of a minute or two somewhere."""
    hour = now.replace(minute=0) - timedelta(days=31)
    whole = mark(b"", 0, 3600)
    hours: list[Coverage] = []
    gaps: list[Gap] = []
    while hour < now:
        for camera in cameras:
            first = rng.randrange(0, 3400)
            long = rng.randrange(60, 120) if hour.hour % 2 else 0
            bitmap = mark(mark(b"", 0, first), first + long, 3600) if long else whole
            hours.append(Coverage(camera=camera, recorder="r1", hour=hour, seconds=bitmap))
            if long:
                start = hour + timedelta(seconds=first)
                gaps.append(
                    Gap(
                        gap=uuid4().hex,
                        camera=camera,
                        recorder="r1",
                        start=start,
                        end=start + timedelta(seconds=long),
                        reason=Problem.STALLED,
                        known_at=start,
                    )
                )
        hour += timedelta(hours=1)
    with transaction.atomic():
        Coverage.objects.bulk_create(hours, batch_size=2000)
        Gap.objects.bulk_create(gaps, batch_size=2000)
