"""How soon a recorder that starts records every one of many cameras, and how hard it knocks on their doors.

    python -m bench.start --cameras 1000 --json

`all_recording_s`: from the start of the recorder's process until the first fragment of every camera is on
disk (a fragment is a GOP of 2 s, so less than that is not possible). `connections_a_second_max`: new
connections within any second, counted from the kernel's table; a storm would be all of them at once.
"""

import argparse
import json
import sys
import tempfile
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from bench.recording.contenders import ThienLy
from bench.recording.source import Source, running_source

LOOK_EVERY_S = 0.1
ESTABLISHED = "01"


@dataclass
class Knocks:
    """Connections to a local port over time, from /proc/net/tcp."""

    port: int
    _seen: set[str] = field(default_factory=set)
    _recent: deque[tuple[float, int]] = field(default_factory=deque)
    most_in_a_second: int = 0

    def look(self) -> None:
        """Counts the connections that were not there at the last look."""
        now, port = time.monotonic(), f":{self.port:04X}"
        lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
        rows = (line.split() for line in lines)
        ends = {row[1] for row in rows if row[2].endswith(port) and row[3] == ESTABLISHED}
        self._recent.append((now, len(ends - self._seen)))
        self._seen |= ends
        while self._recent[0][0] < now - 1:
            self._recent.popleft()
        self.most_in_a_second = max(self.most_in_a_second, sum(new for _, new in self._recent))


class Starting(ThienLy):
    """The recorder with all its cameras wanted before it starts; says when it records which."""

    def __init__(self, source: Source, directory: Path, *, within_s: float) -> None:
        super().__init__(source, directory)
        self.knocks = Knocks(source.port)
        self.seconds: list[float] = []
        self._within_s = within_s

    def _wait_for(self, ready: object) -> None:
        store = self._conf.store(self._conf.recorder("r1"))
        waiting, began = set(self._cameras), time.monotonic()
        while waiting and time.monotonic() - began < self._within_s:
            self.knocks.look()
            now = time.monotonic() - began
            there = {camera for camera in waiting if any((store / camera).glob("*/*.mp4"))}
            self.seconds += [now] * len(there)
            waiting -= there
            time.sleep(LOOK_EVERY_S)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cameras", type=int, default=1000)
    parser.add_argument("--within", type=float, default=60, help="give up after so many seconds")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    with tempfile.TemporaryDirectory(prefix="thienly-bench-") as place:
        directory = Path(place)
        with running_source(
            options.cameras, width=320, height=180, bitrate=150_000, directory=directory
        ) as source:
            starting = Starting(source, directory, within_s=options.within)
            try:
                starting.start()
            finally:
                starting.stop()
    seconds = sorted(starting.seconds)
    figures = {
        "name": "start",
        "cameras": options.cameras,
        "recording": len(seconds),
        "all_recording_s": round(seconds[-1], 1) if len(seconds) == options.cameras else None,
        "half_recording_s": round(seconds[len(seconds) // 2], 1) if seconds else None,
        "connections_a_second_max": starting.knocks.most_in_a_second,
    }
    print(
        json.dumps(figures) if options.json else "  ".join(f"{k} {v}" for k, v in figures.items()), flush=True
    )


if __name__ == "__main__":
    main()
