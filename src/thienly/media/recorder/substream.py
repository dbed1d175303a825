"""A camera's second stream: pulled from the device only while somebody watches it, and never recorded."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from thienly.bus.messages import DesiredCamera
from thienly.media import live
from thienly.media.fragmenter import Fragmenter
from thienly.media.frames import Chunk, Fragment, SourceError, Tracks
from thienly.media.leased import LeasedStream
from thienly.media.live import LiveStream
from thienly.media.recorder.backoff import Backoff
from thienly.media.recorder.source import Source
from thienly.rules.problems import Problem

log = structlog.get_logger(__name__)

_SEGMENT_US = 600_000_000


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


class SubStream(LeasedStream):
    """Connects to the device while it is leased; tries again, later each time, when that fails."""

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
        super().__init__(desired.camera, stream="sub", seq=seq, send=send)
        self.desired = desired
        self._source = source
        self._open_password = open_password
        self._turn = turn
        self._fragmenter: Fragmenter | None = None

    def _gop(self) -> list[Chunk]:
        return self._fragmenter.current_gop() if self._fragmenter else []

    async def _run(self) -> None:
        backoff = Backoff()
        while True:
            await self._turn()
            problem, detail = await self._connect()
            self._fragmenter = None
            self._failed(problem, detail)
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
