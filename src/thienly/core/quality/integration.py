"""Which cameras are entered and not integrated, and which of them show a wrong time (QN Đ4.4)."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from django.conf import settings

from thienly.core.access.actor import Actor
from thienly.core.recording.models import Coverage
from thienly.core.recording.overview import cameras_with_coverage
from thienly.core.recording.queries import CameraNow, State, status_of
from thienly.core.registry.models import Camera


class Lack(StrEnum):
    NEVER = "never"  # nothing was ever received of it
    OFF = "off"  # it is not to be recorded
    DARK = "dark"  # it was integrated, and is not connected now


@dataclass(frozen=True, slots=True)
class NotIntegrated:
    camera: Camera
    lack: Lack
    now: CameraNow


@dataclass(frozen=True, slots=True)
class WrongClock:
    """`offset_ms`: the camera's clock minus the server's, when it was last heard at `at`."""

    camera: Camera
    offset_ms: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Integration:
    """Over the cameras that the actor may know."""

    total: int
    clock_ms: int  # the deviation that is allowed
    missing: list[NotIntegrated] = field(default_factory=list)
    clocks: list[WrongClock] = field(default_factory=list)  # the largest deviation first
    no_clock: list[Camera] = field(default_factory=list)  # received, and they do not tell their time

    @property
    def integrated(self) -> int:
        return self.total - len(self.missing)


def integration_of(*, actor: Actor, now: datetime) -> Integration:
    """What is retired or a state secret is not to be integrated and not looked at."""
    known = cameras_with_coverage(actor=actor, now=now).filter(retired_at=None, secret=False)
    cameras = list(known.select_related("site__unit").order_by("code"))
    clock_ms = settings.CONF.file.quality.clock_ms
    status = status_of(cameras, now)
    unproven = [camera.pk for camera in cameras if not _received(status[camera.pk])]
    held = set(Coverage.objects.filter(camera__in=unproven).values_list("camera", flat=True).distinct())
    found = Integration(len(cameras), clock_ms)
    for camera in cameras:
        current = status[camera.pk]
        lack = _lack(camera, current, received=_received(current) or camera.pk in held)
        if lack is not None:
            found.missing.append(NotIntegrated(camera, lack, current))
        report = current.reported
        if report is None or not report.codec:
            continue
        if report.clock_offset_ms is None:
            if current.state is State.RECORDING:
                found.no_clock.append(camera)
        elif abs(report.clock_offset_ms) > clock_ms:
            found.clocks.append(WrongClock(camera, report.clock_offset_ms, report.reported_at))
    order = list(Lack)
    found.missing.sort(key=lambda one: (order.index(one.lack), one.now.since or now, one.camera.code))
    found.clocks.sort(key=lambda one: -abs(one.offset_ms))
    return found


def _received(current: CameraNow) -> bool:
    report = current.reported
    return report is not None and (report.recorded_until is not None or report.state == State.RECORDING)


def _lack(camera: Camera, current: CameraNow, *, received: bool) -> Lack | None:
    if not received:
        return Lack.NEVER
    if not camera.record:
        return Lack.OFF
    return None if current.state is State.RECORDING else Lack.DARK
