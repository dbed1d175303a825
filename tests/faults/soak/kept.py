"""What a soak left on disk, read from the pictures themselves.

Every simulated picture bears its own capture time (`sim/clockbar.py`), so that a lost frame is one whose
time is missing, whatever index, file names and timestamps claim.
"""

from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import av
import numpy as np

from thienly.media.mp4 import reader
from thienly.sim.clockbar import read

MOST_OFF_S = 1.5
"""A frame whose burnt-in time differs by more than this from the time of the index stands at a wrong time."""


@dataclass
class Kept:
    """Of one camera. Times are Unix seconds; `frames` are numbered by their capture time."""

    frames: dict[int, int] = field(default_factory=dict)  # capture number → how often it is there
    spans: list[tuple[float, float]] = field(default_factory=list)  # of fragments
    unreadable: int = 0
    misplaced: int = 0

    def holes(self, seam_s: float) -> list[tuple[float, float]]:
        found, end = [], self.spans[0][1] if self.spans else 0.0
        for start, until in self.spans[1:]:
            if start - end > seam_s:
                found.append((end, start))
            end = max(end, until)
        return found

    def lost_frames(self) -> list[int]:
        """Capture numbers between the first and the last that are not there."""
        return [missing for a, b in pairwise(sorted(self.frames)) for missing in range(a + 1, b)]

    @property
    def doubled(self) -> dict[int, int]:
        """Capture number → how often it stands there too much."""
        return {number: count - 1 for number, count in self.frames.items() if count > 1}


def kept(folder: Path, *, fps: int, loop_s: float) -> Kept:
    """Decodes every file below `folder`. Raises AssertionError for a file that is not whole."""
    found = Kept()
    for path in sorted(folder.rglob("*.mp4"), key=lambda one: one.name):
        media_s = int(path.stem.split("-")[1]) / 1e6
        info = reader.read_segment(path)
        assert info.complete, f"{path} is cut short"
        for fragment in info.fragments:
            start = media_s + fragment.start / info.timescale
            found.spans.append((start, start + fragment.duration / info.timescale))
        _decode(path, media_s, found, fps=fps, loop_s=loop_s)
    found.spans.sort()
    return found


def _decode(path: Path, media_s: float, found: Kept, *, fps: int, loop_s: float) -> None:
    with av.open(str(path)) as file:
        for frame in file.decode(video=0):
            position_ms = read(_luma(frame))
            if position_ms is None or frame.time is None:
                found.unreadable += 1
                continue
            at = media_s + frame.time
            # The capture time nearest to `at` whose place in the loop is the one that was read.
            off = (position_ms / 1000 - at + loop_s / 2) % loop_s - loop_s / 2
            found.misplaced += abs(off) > MOST_OFF_S
            number = round((at + off) * fps)
            found.frames[number] = found.frames.get(number, 0) + 1


def _luma(frame: av.VideoFrame) -> "np.ndarray[tuple[int, int], np.dtype[np.uint8]]":
    plane = frame.planes[0]
    rows = np.frombuffer(plane, np.uint8).reshape(frame.height, plane.line_size)
    return rows[:, : frame.width]
