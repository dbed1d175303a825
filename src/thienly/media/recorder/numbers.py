"""What a recorder counts, for its heartbeat; names in `bus.numbers`."""

import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

_STEADY_S = 60.0


class Numbers:
    """`count` is added to on the event loop; `told` is asked from a thread."""

    def __init__(self) -> None:
        self.count: Counter[str] = Counter()
        self._began = time.monotonic()

    def told(
        self, *, states: Iterable[str], store_queue: int, index_queue: int, live_dropped: int, disk_free: int
    ) -> dict[str, float]:
        by_state = Counter(states)
        lived = time.monotonic() - self._began
        rate = self.count["bytes"] / lived if lived >= _STEADY_S else 0.0
        days = {"disk_days_left": round(disk_free / rate / 86400, 2)} if rate > 0 else {}
        return {
            **dict.fromkeys(("bytes", "fragments", "fragments_not_kept", "packets_lost", "reconnects"), 0),
            **self.count,
            **{state: by_state[state] for state in ("recording", "connecting", "offline")},
            "store_queue_bytes": store_queue,
            "index_queue": index_queue,
            "live_dropped": live_dropped,
            "memory_bytes": _memory(),
            **days,
        }


def _memory() -> int:
    """Resident bytes of this process; 0 where /proc does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * 4096
