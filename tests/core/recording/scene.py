"""Cameras and facts for the tests of recording."""

from datetime import UTC, datetime
from uuid import uuid4

from tests.guard import setting_the_scene
from thienly.bus.messages import CameraStatus, Gap, SegmentClosed, SegmentDeleted
from thienly.core.recording.moments import microseconds
from thienly.core.registry.models import Camera, Site
from thienly.core.units.models import Unit
from thienly.rules.problems import Problem

DAY = datetime(2026, 11, 17, 0, 0, tzinfo=UTC)
BASE = microseconds(DAY)
S = 1_000_000
MINUTE = 60 * S


def camera(code: str = "MO-001", **fields: object) -> Camera:
    """A camera of a mine, written past the services."""
    with setting_the_scene():
        unit = Unit.objects.filter(name="Sở Nông nghiệp và Môi trường").first() or Unit.objects.create(
            name="Sở Nông nghiệp và Môi trường",
            folded="so nong nghiep",
            kind="department",
            path="x/",
            valid_from=DAY.date(),
        )
        site = Site.objects.filter(name="Mỏ đá Núi Gai").first() or Site.objects.create(
            name="Mỏ đá Núi Gai", folded="mo da nui gai", kind="mine", unit=unit
        )
        values = {
            "name": "Cổng mỏ",
            "folded": f"{code.lower()} cong mo",
            "sector": "mining",
            "created_at": DAY,
        }
        values |= {"url": "rtsp://192.0.2.1/live", **fields}
        return Camera.objects.create(code=code, site=site, **values)


def at(seconds: float) -> int:
    """Unix microseconds that many seconds into the day."""
    return BASE + round(seconds * S)


def closed(
    camera: Camera, start: float, end: float, *, recorder: str = "r1", segment: int | None = None
) -> SegmentClosed:
    """A segment from `start` to `end`, seconds of the day."""
    return SegmentClosed(
        id=uuid4().hex,
        camera=camera.id.hex,
        recorder=recorder,
        segment=round(start) + 1 if segment is None else segment,
        start_us=at(start),
        end_us=at(end),
        bytes=1000,
        fragments=2,
        root="0" * 64,
        end_reason="full",
    )


def deleted(camera: Camera, start: float, end: float, *, recorder: str = "r1") -> SegmentDeleted:
    return SegmentDeleted(
        id=uuid4().hex,
        camera=camera.id.hex,
        recorder=recorder,
        segment=round(start) + 1,
        start_us=at(start),
        end_us=at(end),
        reason="ceiling",
    )


def gap(
    camera: Camera,
    name: str,
    start: float,
    end: float | None,
    reason: Problem = Problem.STALLED,
    *,
    recorder: str = "r1",
) -> Gap:
    return Gap(
        id=uuid4().hex,
        camera=camera.id.hex,
        recorder=recorder,
        gap=name,
        start_us=at(start),
        end_us=None if end is None else at(end),
        reason=reason,
    )


def status(
    camera: Camera,
    state: str,
    since: float,
    *,
    said: float | None = None,
    recorder: str = "r1",
    problem: Problem | None = None,
) -> CameraStatus:
    return CameraStatus.model_validate(
        {
            "id": uuid4().hex,
            "camera": camera.id.hex,
            "recorder": recorder,
            "state": state,
            "since_us": at(since),
            "at_us": at(since if said is None else said),
            "problem": problem,
        }
    )
