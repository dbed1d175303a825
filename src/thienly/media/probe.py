"""Is there a camera at this address that can be recorded? Asked by the form before anything is saved."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal

from thienly.media.clock import wall_us
from thienly.media.frames import Part, SourceError, Tracks
from thienly.media.link import LinkMeter
from thienly.media.rtsp.limits import Limits
from thienly.media.shown import shown_certificate
from thienly.media.sources.origin import Origin, StreamInfo
from thienly.media.sources.streams import record_origin
from thienly.media.trust import Certificate
from thienly.rules.problems import Problem

DEFAULT_TIMEOUT_S = 12.0
_FRAMES_FOR_RATE = 12
_RATE_WAIT_S = 2.0


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What was found. When `ok`, a whole key frame was received and `problem` is None.

    `width` and `height` in pixels; `fps` frames a second, 0 when too few came to tell; `audio` the encoding
    that the camera offers, empty without; `clock_offset_us` the camera's clock minus the server's, None
    when the camera does not report it. `detail` is technical, short and free of secrets.
    """

    ok: bool
    problem: Problem | None = None
    detail: str = ""
    codec: str = ""
    width: int = 0
    height: int = 0
    fps: float = 0.0
    audio: str = ""
    audio_recordable: bool = False
    server: str = ""
    clock_offset_us: int | None = None
    declared_fps: float = 0.0
    expected: int = 0  # RTP packets
    lost: int = 0
    jitter_us: int | None = None  # RFC 3550 A.8; None: too short, or no RTP
    bitrate: int = 0  # bit/s
    seconds: float = 0.0  # for which it was watched
    certificate: Certificate | None = None  # the one that is not trusted


_ABOUT_CERTIFICATE = (Problem.CERTIFICATE_UNTRUSTED, Problem.CERTIFICATE_CHANGED)


async def probe(origin: Origin, *, timeout_s: float = DEFAULT_TIMEOUT_S, watch_s: float = 0.0) -> ProbeResult:
    """Open the stream, wait for a key frame, watch it for `watch_s`, and close it again. Every failure is a
    Problem, none is raised. A certificate that is not trusted is shown, so that a person may judge it."""
    result = await _look(origin, timeout_s, watch_s)
    if result.problem in _ABOUT_CERTIFICATE:
        with suppress(SourceError):
            patience = min(timeout_s, 6.0)
            shown = await shown_certificate(origin.url, allow_local=origin.allow_local, timeout_s=patience)
            return replace(result, certificate=shown)
    return result


async def _look(origin: Origin, timeout_s: float, watch_s: float) -> ProbeResult:
    sink, meter = _Look(), LinkMeter()
    limits = Limits(connect_s=min(timeout_s, 6.0), answer_s=min(timeout_s, 6.0), stall_s=timeout_s)
    task = asyncio.create_task(
        record_origin(origin, sink, limits=limits, live=lambda: True, on_open=sink.on_open, meter=meter)
    )
    try:
        await asyncio.wait((task, sink.key), timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        if sink.key.done():
            if watch_s:
                await asyncio.wait((task,), timeout=watch_s)
            else:
                await asyncio.wait(
                    (task, sink.enough), timeout=_RATE_WAIT_S, return_when=asyncio.FIRST_COMPLETED
                )
            watched = time.monotonic() - sink.began
            result = sink.result()
            await _end(task)  # what was counted since the last second counts as well
            return replace(
                result,
                declared_fps=meter.declared_fps,
                expected=meter.expected,
                lost=meter.lost,
                jitter_us=meter.jitter_us,
                bitrate=round((meter.bytes or sink.bytes) * 8 / watched) if watched > 1 else 0,
                seconds=round(watched, 1),
            )
        if task.done():
            error = task.exception()
            if isinstance(error, SourceError):
                return ProbeResult(False, error.problem, error.detail)
            return ProbeResult(False, Problem.PROTOCOL, type(error).__name__)
        if sink.info is None:
            return ProbeResult(False, Problem.TIMEOUT, f"no stream within {timeout_s:g} s")
        return ProbeResult(False, Problem.STALLED, f"no key frame within {timeout_s:g} s")
    finally:
        await _end(task)


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait((task,))
    if not task.cancelled():
        task.exception()


class _Look:
    """A FrameSink that looks and forgets."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.key: asyncio.Future[None] = loop.create_future()
        self.enough: asyncio.Future[None] = loop.create_future()
        self.info: StreamInfo | None = None
        self.began = time.monotonic()  # of the stream, once it is open
        self.bytes = 0
        self._tracks: Tracks | None = None
        self._times: list[int] = []
        self._latest: tuple[int, int] = (0, 0)  # (ts, server's time) of the newest frame
        self._report: tuple[int, int] | None = None  # (ts, camera's time)

    def on_open(self, info: StreamInfo) -> None:
        self.info = info
        self.began = time.monotonic()

    def on_tracks(self, tracks: Tracks) -> None:
        self._tracks = tracks

    def on_video(self, ts: int, key: bool, size: int, parts: list[Part]) -> None:
        self.bytes += size
        if key and not self.key.done():
            self.key.set_result(None)
        if len(self._times) <= _FRAMES_FOR_RATE:
            self._times.append(ts)
        self._latest = (ts, wall_us())
        if len(self._times) > _FRAMES_FOR_RATE and not self.enough.done():
            self.enough.set_result(None)

    def on_audio(self, ts: int, sizes: list[int], parts: list[Part]) -> None:
        """Of no interest."""

    def on_clock(self, track: Literal["video", "audio"], ts: int, camera_us: int, arrived_us: int) -> None:
        if track == "video":
            self._report = (ts, camera_us)

    def on_lost(self, packets: int) -> None:
        """Of no interest."""

    def result(self) -> ProbeResult:
        tracks, info = self._tracks, self.info
        assert tracks is not None  # noqa: S101 - a key frame comes after its tracks
        rate = tracks.video.clock_rate
        span = max(self._times) - min(self._times)
        return ProbeResult(
            ok=True,
            codec=tracks.video.codec,
            width=tracks.video.width,
            height=tracks.video.height,
            fps=round((len(self._times) - 1) * rate / span, 1) if span else 0.0,
            audio=info.audio if info else "",
            audio_recordable=tracks.audio is not None,
            server=info.server if info else "",
            clock_offset_us=self._offset(rate),
        )

    def _offset(self, rate: int) -> int | None:
        """The camera's time of the newest frame minus the server's time of its arrival."""
        if self._report is None:
            return None
        ts, camera_us = self._report
        seen, arrived = self._latest
        return camera_us + (seen - ts) * 1_000_000 // rate - arrived
