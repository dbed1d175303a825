"""A camera's second stream: pulled from the device only while somebody watches it, and never recorded."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import structlog

from thienly.bus.messages import DesiredCamera, LiveWant
from thienly.media import live
from thienly.media.clock import wall_us
from thienly.media.fragmenter import Fragmenter
from thienly.media.frames import Chunk, Fragment, SourceError, Tracks
from thienly.media.live import LiveStream
from thienly.media.recorder.backoff import Backoff
from thienly.media.recorder.source import Source
from thienly.rules.problems import Problem

log = structlog.get_logger(__name__)

ANSWER_WITHIN_S = 2.5
"""A viewer who is the first waits for the connection and its key frame, but not longer than he asks for."""
_SEGMENT_US = 600_000_000
_CANCEL_S = 1.5


class SubSink:
    """The FragmentSink of a stream that is only watched: what was shown is forgotten."""

    def __init__(self, stream: LiveStream, on_picture: Callable[[], None]) -> None:
        self._stream = stream
        self._on_picture = on_picture

    @property
    def live(self) -> bool:
        return self._stream.live

    def on_segment(self, init: bytes, mime: str, tracks: Tracks, start_us: int, reason: str) -> None:
        self._stream.on_segment(init, mime, start_us)
        self._on_picture()

    def on_fragment(self, fragment: Fragment) -> None:
        """Nothing is kept."""

    def on_chunk(self, chunk: Chunk) -> None:
        self._stream.on_chunk(chunk)


class SubStream:
    """Connects at the first lease, ends with the last one. All on the event loop."""

    def __init__(
        self,
        desired: DesiredCamera,
        *,
        seq: int,
        send: live.Send,
        source: Source,
        open_password: Callable[[str], str],
        turn: Callable[[], Awaitable[None]],
    ) -> None:
        self.desired = desired
        self.problem: Problem | None = None
        self.detail = ""
        self.since_us = wall_us()
        self.stream = LiveStream(desired.camera, stream="sub", seq=seq, send=send, on_expired=self._expired)
        self._source = source
        self._open_password = open_password
        self._turn = turn
        self._fragmenter: Fragmenter | None = None
        self._task: asyncio.Task[None] | None = None
        self._news = asyncio.Event()  # a picture, or a reason why there is none

    @property
    def running(self) -> bool:
        """Whether the device is being asked for this stream now."""
        return self._task is not None

    async def answer(self, want: LiveWant) -> list[bytes]:
        """The messages that answer `want`; the connection is made when this is the first lease."""
        if want.lease_s > 0:
            self.stream.lease(want.lease_s)
            self._start()
        if want.first and self.running and not self.stream.ready:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(ANSWER_WITHIN_S):
                    await self._news.wait()
        if self._fragmenter is None or not self.stream.ready:
            return [live.refused(self.problem, self.detail, self.since_us)]
        return self.stream.open(want, self._fragmenter.current_gop)

    async def stop(self) -> None:
        """Ends the connection; the next lease begins anew."""
        self.stream.close()
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait({task}, timeout=_CANCEL_S)

    # --- the connection ---------------------------------------------------------------------------------
    def _start(self) -> None:
        if self._task is None:
            self._say(None, "")
            self._news.clear()
            self._task = asyncio.create_task(self._run(), name=f"sub-{self.desired.camera}")

    def _expired(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
        self.stream.pause()

    async def _run(self) -> None:
        backoff = Backoff()
        while True:
            await self._turn()
            problem, detail = await self._connect()
            self.stream.pause()
            self._fragmenter = None
            self._say(problem, detail)
            self._news.set()
            log.info("sub_stream_failed", camera=self.desired.label, problem=problem, detail=detail)
            await asyncio.sleep(backoff.next_s(problem))
            self._news.clear()

    async def _connect(self) -> tuple[Problem, str]:
        try:
            password = self._open_password(self.desired.sealed_password)
        except ValueError:
            return Problem.AUTH_FAILED, "the stored password cannot be opened with this installation's key"
        self._fragmenter = Fragmenter(SubSink(self.stream, self._pictured), segment_us=_SEGMENT_US)
        device = self.desired.model_copy(update={"url": self.desired.sub_url})
        try:
            await self._source(device, password, self._fragmenter, lambda: True)
        except SourceError as error:
            return error.problem, error.detail
        except Exception as error:
            # As for the main stream: a bug, or a camera cleverer than the parser, costs only this stream.
            log.exception("sub_source_failed", camera=self.desired.label)
            return Problem.PROTOCOL, type(error).__name__
        return Problem.CLOSED, ""

    def _pictured(self) -> None:
        self._say(None, "")
        # The sink hears of the segment before its first frame is in the GOP.
        asyncio.get_running_loop().call_soon(self._news.set)

    def _say(self, problem: Problem | None, detail: str) -> None:
        if (problem, detail) != (self.problem, self.detail):
            self.since_us = wall_us()
        self.problem, self.detail = problem, detail
