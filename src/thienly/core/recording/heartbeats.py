"""Heartbeats of recorders."""

from datetime import datetime

from thienly.bus.messages import RecorderAlive
from thienly.core.recording.models import RecorderState
from thienly.core.recording.moments import instant
from thienly.core.storage.disks import save_disks
from thienly.core.storage.tiers import save_tiers


def save_heartbeat(beat: RecorderAlive, heard_at: datetime) -> None:
    """`heard_at`: when it was heard here; the recorder's own clock may be wrong."""
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
        },
    )
    save_disks(beat, heard_at)
    save_tiers(beat.recorder, beat.stores, heard_at)
