"""Frames lost, counted from what each contender left on disk.

A frame is lost when the time between two neighbouring frames of a file says that one is missing, or when a
camera's files hold fewer frames than the window that was measured, less one GOP at each end for starting
and stopping.
"""

from itertools import pairwise
from pathlib import Path
from struct import unpack_from

import av

GOP_S = 2.0


def lost_frames(presentation_s: list[float], window_s: float, fps: float) -> int:
    """Of one camera, from the times of its frames."""
    times = sorted(presentation_s)
    holes = sum(max(0, round((after - before) * fps) - 1) for before, after in pairwise(times))
    short = max(0, round((window_s - 2 * GOP_S) * fps) - len(times) - holes)
    return holes + short


def frame_times_mp4(paths: list[Path], fps: float) -> list[float]:
    """Times of the video frames in consecutive files of one camera, each file's put one frame behind the
    last's.

    A frame lost just between two files is therefore not seen as a hole, but as a frame too few.
    """
    times: list[float] = []
    for path in paths:
        offset = times[-1] + 1 / fps if times else 0.0
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            for packet in container.demux(stream):
                if packet.pts is not None and stream.time_base is not None:
                    times.append(offset + float(packet.pts * stream.time_base))
    return times


def frame_times_rtp(path: Path) -> list[float]:
    """Times of the video frames in a file of interleaved RTP: one for each marker on channel 0."""
    data = path.read_bytes()
    times: list[float] = []
    position = 0
    first = None
    while position + 16 <= len(data):
        if data[position] != 0x24:
            position = data.find(b"\r\n\r\n", position) + 4  # the answer to a keep-alive
            continue
        _, channel, length, _, marker, _, ts = unpack_from(">BBHBBHI", data, position)
        if channel == 0 and marker & 0x80:
            first = ts if first is None else first
            times.append(((ts - first) & 0xFFFFFFFF) / 90_000)
        position += 4 + length
    return times
