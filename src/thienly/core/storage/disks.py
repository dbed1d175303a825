"""Disks of recorders: kept from their heartbeats, and what about them wants a person."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from thienly.bus.messages import RecorderAlive
from thienly.core.access.actor import Actor
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.recording.moments import instant
from thienly.core.storage.models import DiskState
from thienly.rules.problems import Problem


class Alarm(StrEnum):
    """Worst first."""

    BROKEN = "broken"  # promised footage had to go
    FAILED = "failed"  # the disk is not written
    BARE = "bare"  # it is not encrypted, and should be
    SOON = "soon"  # promised footage will have to go


@dataclass(frozen=True, slots=True)
class DiskAlarm:
    """`days`: until promised footage must go; `problem`: why it is not written."""

    kind: Alarm
    disk: DiskState
    days: float | None = None
    problem: Problem | None = None


def save_disks(beat: RecorderAlive, heard_at: datetime) -> None:
    """In the caller's transaction. A disk that is not encrypted and should be, or is again, stands in
    history."""
    before = {row.disk: row for row in DiskState.objects.filter(recorder=beat.recorder)}
    for disk in beat.disks:
        bare, known = disk.must_encrypt and disk.encrypted is False, before.get(disk.disk[:300])
        if disk.encrypted is not None and bare != (known is not None and _is_bare(known)):
            record(
                actor=Actor.machine(beat.recorder),
                kind=Kind.DISK_ENCRYPTION,
                object_kind="disk",
                object_id=disk.disk,
                object_label=f"{beat.recorder} · {disk.disk}",
                detail={"encrypted": not bare, "device": disk.encryption[:100]},
                at=heard_at,
            )
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
                "must_encrypt": disk.must_encrypt,
                "encrypted": disk.encrypted,
                "encryption": disk.encryption[:100],
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
    if _is_bare(disk):
        yield DiskAlarm(Alarm.BARE, disk)
    if disk.floor_days is not None:
        yield DiskAlarm(Alarm.SOON, disk, days=disk.floor_days)


def _is_bare(disk: DiskState) -> bool:
    return disk.must_encrypt and disk.encrypted is False
