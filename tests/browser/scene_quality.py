"""Links, connection tests and views for `scene`: good days, a bad one, a test that failed."""

from datetime import datetime, timedelta
from uuid import uuid4

from django.utils import timezone

from thienly.core.quality.models import Access, ArrivalDay, ConnectionTest, LinkDay
from thienly.core.registry.models import Camera

BAD_DAY = 2  # days before today
HOUR_MS = 3_600_000


def links(now: datetime, *, broken: str) -> None:
    """`broken`: the code of a camera whose connection test failed."""
    for index, camera in enumerate(Camera.objects.order_by("code")):
        _tests(camera, now, ok=camera.code != broken)
        for back in range(6):
            bad = back == BAD_DAY or camera.code == broken
            seconds = 20 * 3600
            LinkDay.objects.create(
                camera=camera, day=timezone.localdate(now) - timedelta(days=back), recorder="r1",
                held=now - timedelta(days=6), start=now, until=now,
                received=30_000_000, lost=450_000 if bad else 90 * index,
                bytes=40 * 10**9, frames=seconds * (18 if bad else 25), media_ms=20 * HOUR_MS,
                declared_fps=25, disconnects=14 if bad else 1, reconnects=14 if bad else 1,
                jitter_windows=1200, jitter_sum_us=1200 * (61_000 if bad else 4_300),
                jitter_worst_us=88_000, clock_worst_ms=-4200 if bad else 120,
            )  # fmt: skip
            ArrivalDay.objects.create(
                camera=camera, day=timezone.localdate(now) - timedelta(days=back), recorder="r1",
                last_segment=1200, segments=1200, late=90 if bad else 0, worst_s=900,
            )  # fmt: skip
        for number in range(30):
            given = number % 10 or camera.code != broken
            Access.objects.create(
                stream=uuid4().hex, camera=camera, at=now - timedelta(minutes=number),
                mode="play" if number % 3 else "live", outcome="given" if given else "failed",
                picture_ms=80 + 9 * number if given else None,
            )  # fmt: skip


def _tests(camera: Camera, now: datetime, *, ok: bool) -> None:
    ConnectionTest.objects.filter(camera=camera).delete()  # those that registering ordered
    found = {"codec": "h264", "width": 1920, "height": 1080, "fps": 25.0, "declared_fps": 25.0} if ok else {}
    found |= {"expected": 4100, "lost": 2, "jitter_us": 4300, "bitrate": 4_100_000} if ok else {}
    ConnectionTest.objects.create(
        camera=camera, reason="entered", ordered_label="Phạm Minh Hải (cangca)",
        ordered_at=now - timedelta(days=3), finished_at=now - timedelta(days=3), ok=ok,
        url=camera.url, problem="" if ok else "auth_failed", detail="" if ok else "DESCRIBE answered 401",
        clock_offset_ms=90 if ok else None, seconds=8.2 if ok else 0, server="Camera/2.1", **found,
    )  # fmt: skip
    if not ok:
        ConnectionTest.objects.create(
            camera=camera, reason="asked", ordered_label="Phạm Minh Hải (cangca)", ordered_at=now
        )
