"""One camera being converted, for all who watch it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor

import structlog

from thienly.bus.client import Bus
from thienly.bus.messages import LiveChunk
from thienly.media import live
from thienly.media.frames import Chunk
from thienly.media.leased import LeasedStream
from thienly.media.transcode.convert import CannotConvert, Converter, Made
from thienly.media.transcode.tap import TapLost, listen
from thienly.rules.problems import Problem

log = structlog.get_logger(__name__)

_RETRY_S = 1.0


class Job(LeasedStream):
    """Converts while it is leased. `on_over`: its slot is free again."""

    def __init__(
        self,
        camera: str,
        *,
        stream: str,
        seq: int,
        bus: Bus,
        send: live.Send,
        threads: Executor,
        make: Callable[[], Converter],
        on_over: Callable[["Job"], None],
    ) -> None:
        super().__init__(camera, stream=stream, seq=seq, send=send)
        self._bus = bus
        self._threads = threads
        self._make = make
        self._on_over = on_over
        self._open_gop: list[Chunk] = []

    def _gop(self) -> list[Chunk]:
        return list(self._open_gop)

    def _expired(self) -> None:
        super()._expired()
        self._on_over(self)

    async def _run(self) -> None:
        while True:
            try:
                await self._follow()
                continue  # another format: from its key frame on
            except TapLost as lost:
                self._failed(lost.problem, lost.detail)
            except CannotConvert as error:
                log.warning("not_converted", camera=self.camera, detail=str(error))
                self._failed(Problem.UNSUPPORTED_CODEC, str(error))
            self._open_gop = []
            await asyncio.sleep(_RETRY_S)
            self._news.clear()

    async def _follow(self) -> None:
        converter = self._make()
        loop = asyncio.get_running_loop()
        async for mime, chunk in listen(self._bus, self.camera):
            if chunk.kind == LiveChunk.INIT:
                converter.begin(chunk.data, mime)
                continue
            made = await loop.run_in_executor(self._threads, converter.convert, chunk.data, chunk.segment_us)
            self._publish(made)

    def _publish(self, made: Made) -> None:
        if made.init:
            self._open_gop = []
            self.stream.on_segment(made.init, made.mime, made.segment_us)
        for chunk in made.chunks:
            if chunk.key:
                self._open_gop = []
            self._open_gop.append(chunk)
            self.stream.on_chunk(chunk)
        if made.chunks:
            self._pictured()
