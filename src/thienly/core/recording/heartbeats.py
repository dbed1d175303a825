"""Heartbeats of recorders."""

import math
from datetime import datetime

from django.db import transaction

from thienly.bus.messages import RecorderAlive
from thienly.bus.numbers import COUNTERS, GAUGES
from thienly.core.access.actor import Actor
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.recording.models import RecorderState
from thienly.core.recording.moments import instant
from thienly.core.storage.disks import save_disks
from thienly.core.storage.tiers import save_tiers

_MOST_ERROR_MS = 2**31 - 1


def save_heartbeat(beat: RecorderAlive, heard_at: datetime) -> None:
    """`heard_at`: when it was heard here; the recorder's own clock may be wrong.

    Whether that clock follows a time server is evidence: each change of it stands in history.
    """
    with transaction.atomic():
        before = RecorderState.objects.filter(name=beat.recorder).first()
        error_ms = beat.clock_error_ms
        RecorderState.objects.update_or_create(
            name=beat.recorder,
            defaults={
                "zone": beat.zone,
                "started_at": instant(beat.started_us),
                "seen_at": heard_at,
                "cameras": beat.cameras,
                "capacity": beat.capacity,
                "disk_free": beat.disk_free,
                "disk_total": beat.disk_total,
                "facts_waiting": beat.facts_waiting,
                "clock_synced": beat.clock_synced,
                "clock_error_ms": None if error_ms is None else min(max(error_ms, 0), _MOST_ERROR_MS),
                "numbers": _known(beat.numbers),
            },
        )
        save_disks(beat, heard_at)
        save_tiers(beat.recorder, beat.stores, heard_at)
        known = before.clock_synced if before else None
        if beat.clock_synced is not None and beat.clock_synced != known:
            record(
                actor=Actor.machine(beat.recorder),
                kind=Kind.RECORDER_CLOCK,
                object_kind="recorder",
                object_id=beat.recorder,
                object_label=beat.recorder,
                detail={"before": known, "after": beat.clock_synced, "error_ms": error_ms},
                at=heard_at,
            )


def _known(numbers: dict[str, float]) -> dict[str, float]:
    names = COUNTERS.keys() | GAUGES.keys()
    return {name: value for name, value in numbers.items() if name in names and math.isfinite(value)}
