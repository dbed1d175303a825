"""Disks of recorders: kept from their heartbeats, and what about them wants a person."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from thienly.bus.messages import RecorderAlive
from thienly.core.recording.moments import instant
from thienly.core.storage.models import DiskState
from thienly.rules.problems import Problem


class Alarm(StrEnum):
    """Worst first."""

    BROKEN = "broken"  # promised footage had to go
    FAILED = "failed"  # the disk is not written
    SOON = "soon"  # promised footage will have to go


@dataclass(frozen=True, slots=True)
class DiskAlarm:
    """`days`: until promised footage must go; `problem`: why it is not written."""

    kind: Alarm
    disk: DiskState
    days: float | None = None
    problem: Problem | None = None


def save_disks(beat: RecorderAlive, heard_at: datetime) -> None:
    for disk in beat.disks:
        DiskState.objects.update_or_create(
            recorder=beat.recorder,
            disk=disk.disk[:300],
            defaults={
                "seen_at": heard_at,
                "free": disk.free,
                "total": disk.total,
                "problem": disk.problem.value if disk.problem else "",
                "detail": disk.detail[:300],
                "cameras": disk.cameras,
                "rate": disk.rate,
                "floor_days": disk.floor_days,
                "broken_until": instant(disk.broken_until_us) if disk.broken_until_us else None,
            },
        )
    # A disk that is not named any more was taken out of thienly.toml.
    names = [disk.disk[:300] for disk in beat.disks]
    if names:
        DiskState.objects.filter(recorder=beat.recorder).exclude(disk__in=names).delete()


def disk_alarms(now: datetime) -> list[DiskAlarm]:
    """Worst first; about who may know them the caller has asked."""
    found = [alarm for disk in DiskState.objects.all() for alarm in _alarms(disk, now)]
    order = list(Alarm)
    return sorted(found, key=lambda alarm: (order.index(alarm.kind), alarm.days or 0))


def _alarms(disk: DiskState, now: datetime) -> Iterator[DiskAlarm]:
    if disk.broken_until is not None and now < disk.broken_until:
        yield DiskAlarm(Alarm.BROKEN, disk)
    if disk.problem:
        known = disk.problem in set(Problem)
        yield DiskAlarm(Alarm.FAILED, disk, problem=Problem(disk.problem) if known else Problem.STORE_FAILED)
    if disk.floor_days is not None:
        yield DiskAlarm(Alarm.SOON, disk, days=disk.floor_days)
