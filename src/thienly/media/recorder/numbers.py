"""What a recorder counts, for its heartbeat; names in `bus.numbers`."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from thienly.bus.messages import DiskAlive

PICTURES = ("pictures_checked", "pictures_failed", "pictures_skipped")


class Numbers:
    """`count` is added to on the event loop; `told` is asked from a thread."""

    def __init__(self) -> None:
        self.count: Counter[str] = Counter()

    def told(
        self,
        *,
        states: Iterable[str],
        store_queue: int,
        index_queue: int,
        live_dropped: int,
        written: Counter[str],
        disks: Iterable[DiskAlive],
    ) -> dict[str, float]:
        """`written`: counts of all disks together."""
        by_state = Counter(states)
        return {
            **dict.fromkeys(
                ("bytes", "fragments", "fragments_not_kept", "packets_lost", "reconnects", *PICTURES), 0
            ),
            **self.count,
            **written,
            **{state: by_state[state] for state in ("recording", "connecting", "offline")},
            "store_queue_bytes": store_queue,
            "index_queue": index_queue,
            "live_dropped": live_dropped,
            "memory_bytes": _memory(),
            **_days_left(list(disks)),
        }


def _days_left(disks: list[DiskAlive]) -> dict[str, float]:
    """Of the disk for which it is worst. A disk that is full, as disks of recorders are in the long run, has
    no days left and yet may keep all that is promised: then the second number says more."""
    full = [disk.free / disk.rate / 86400 for disk in disks if disk.rate > 0]
    floor = [disk.floor_days for disk in disks if disk.floor_days is not None]
    return {
        **({"disk_days_left": round(min(full), 2)} if full else {}),
        **({"floor_days_left": round(min(floor), 2)} if floor else {}),
    }


def _memory() -> int:
    """Resident bytes of this process; 0 where /proc does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * 4096
