"""Watching a stream as a recorder does: it is recorded into memory, and what the device says is noted."""

import asyncio
import io
import time
from dataclasses import dataclass, field
from typing import Literal

from thienly.media.fragmenter import Fragmenter
from thienly.media.frames import Chunk, Fragment, Part, SourceError, Tracks
from thienly.media.link import LinkMeter
from thienly.media.rtsp.limits import Limits
from thienly.media.sources.origin import Origin, StreamInfo
from thienly.media.sources.streams import record_origin

START_WITHIN_S = 15.0
MOST_BYTES = 256 << 20
"""Kept in memory; 30 s at 60 Mbit/s."""


class Memory:
    """A FragmentSink that keeps one segment."""

    live = False

    def __init__(self) -> None:
        self.file = io.BytesIO()
        self.segments = self.frames = 0
        self.fragments: list[Fragment] = []
        self.offset_us: int | None = None

    def on_segment(self, init: bytes, mime: str, tracks: Tracks, start_us: int, reason: str) -> None:
        self.segments += 1
        self.file = io.BytesIO(init)
        self.file.seek(0, 2)
        self.fragments.clear()

    def on_fragment(self, fragment: Fragment) -> None:
        self.frames += fragment.frames
        self.offset_us = fragment.camera_offset_us
        if self.file.tell() < MOST_BYTES:
            self.file.write(fragment.data)
            self.fragments.append(
                Fragment(fragment.start_us, fragment.duration_us, b"", fragment.frames, None)
            )

    def on_chunk(self, chunk: Chunk) -> None:
        """Nobody watches."""


@dataclass
class Watched:
    """`problem` set: it ended by itself. Times in seconds."""

    meter: LinkMeter = field(default_factory=LinkMeter)
    memory: Memory = field(default_factory=Memory)
    info: StreamInfo | None = None
    tracks: Tracks | None = None
    problem: SourceError | None = None
    first_picture_s: float | None = None  # from the beginning of the connection
    key_gaps_s: list[float] = field(default_factory=list)  # between key frames, by the camera's timestamps
    pictures: int = 0
    span_s: float = 0.0  # from the first picture to the last, by the camera's timestamps
    sounds: int = 0


class _Sink:
    """A FrameSink before the Fragmenter's."""

    def __init__(self, watched: Watched, began: float) -> None:
        self.started = asyncio.Event()
        self._watched = watched
        self._began = began
        self._fragmenter = Fragmenter(watched.memory, segment_us=3_600_000_000)
        self._first = self._last_key = -1
        self._rate = 90_000

    def on_tracks(self, tracks: Tracks) -> None:
        self._watched.tracks, self._rate = tracks, tracks.video.clock_rate
        self._fragmenter.on_tracks(tracks)

    def on_video(self, ts: int, key: bool, size: int, parts: list[Part]) -> None:
        watched = self._watched
        if self._first < 0:
            self._first = ts
            watched.first_picture_s = time.monotonic() - self._began
            self.started.set()
        watched.pictures += 1
        watched.span_s = max(watched.span_s, (ts - self._first) / self._rate)
        if key:
            if self._last_key >= 0:
                watched.key_gaps_s.append((ts - self._last_key) / self._rate)
            self._last_key = ts
        self._fragmenter.on_video(ts, key, size, parts)

    def on_audio(self, ts: int, sizes: list[int], parts: list[Part]) -> None:
        self._watched.sounds += len(sizes)
        self._fragmenter.on_audio(ts, sizes, parts)

    def on_clock(self, track: Literal["video", "audio"], ts: int, camera_us: int, arrived_us: int) -> None:
        self._fragmenter.on_clock(track, ts, camera_us, arrived_us)

    def on_lost(self, packets: int) -> None:
        self._fragmenter.on_lost(packets)

    def finish(self) -> None:
        self._fragmenter.finish()


async def watch(origin: Origin, *, seconds: float) -> Watched:
    """For so long after the first picture. Never raises what a device does."""
    watched = Watched()
    sink = _Sink(watched, time.monotonic())

    def on_open(info: StreamInfo) -> None:
        watched.info = info

    limits = Limits(stall_s=START_WITHIN_S)
    task = asyncio.create_task(
        record_origin(origin, sink, limits=limits, on_open=on_open, meter=watched.meter)
    )
    started = asyncio.create_task(sink.started.wait())
    try:
        await asyncio.wait((task, started), timeout=START_WITHIN_S, return_when=asyncio.FIRST_COMPLETED)
        if sink.started.is_set():
            await asyncio.wait((task,), timeout=seconds)
    finally:
        started.cancel()
        ended_itself = task.done()
        task.cancel()
        await asyncio.wait((task,))
    sink.finish()
    if ended_itself and not task.cancelled():
        error = task.exception()
        if isinstance(error, SourceError):
            watched.problem = error
        elif error is not None:
            raise error
    return watched
