"""A live stream that exists only while somebody holds a lease on it, and what it answers to viewers."""

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import Coroutine
from typing import Any

from thienly.bus.handover import Watched
from thienly.bus.messages import LiveWant
from thienly.media import live
from thienly.media.clock import wall_us
from thienly.media.frames import Chunk
from thienly.media.live import LiveStream
from thienly.rules.problems import Problem

ANSWER_WITHIN_S = 2.5
"""The first viewer waits for the first key frame, but not longer than he asks for."""
_CANCEL_S = 1.5


class LeasedStream(ABC):
    """Begins at the first lease, ends with the last one. All on the event loop.

    A subclass runs `_run` for as long as that lasts, calls `_pictured` when there is something to show and
    `_say` when there is not, and keeps the open GOP.
    """

    def __init__(self, camera: str, *, stream: str, seq: int, send: live.Send) -> None:
        self.camera = camera
        self.problem: Problem | None = None
        self.detail = ""
        self.since_us = wall_us()
        self.stream = LiveStream(camera, stream=stream, seq=seq, send=send, on_expired=self._expired)
        self._task: asyncio.Task[None] | None = None
        self._news = asyncio.Event()  # a picture, or a reason why there is none

    @property
    def running(self) -> bool:
        return self._task is not None

    async def answer(self, want: LiveWant) -> list[bytes]:
        """The messages that answer `want`."""
        if want.lease_s > 0:
            self.stream.lease(want.lease_s)
            self._start()
        if want.first and self.running and not self.stream.ready:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(ANSWER_WITHIN_S):
                    await self._news.wait()
        if not self.stream.ready:
            return [live.refused(self.problem, self.detail, self.since_us)]
        return self.stream.open(want, self._gop)

    def go_on(self, before: Watched) -> None:
        """Continues what another process published, while viewers want it."""
        self.stream.go_on(before)
        if before.lease_s > 0:
            self._start()

    async def stop(self) -> None:
        """Ends it; the next lease begins anew."""
        self.stream.close()
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait({task}, timeout=_CANCEL_S)

    def _start(self) -> None:
        if self._task is None:
            self._say(None, "")
            self._news.clear()
            self._task = asyncio.create_task(self._run(), name=f"{type(self).__name__}-{self.camera}")

    def _expired(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
        self.stream.pause()

    @abstractmethod
    def _run(self) -> Coroutine[Any, Any, None]:
        """Until cancelled."""

    @abstractmethod
    def _gop(self) -> list[Chunk]:
        """The open GOP."""

    def _pictured(self) -> None:
        self._say(None, "")
        # A sink hears of the segment before its first frame is in the GOP.
        asyncio.get_running_loop().call_soon(self._news.set)

    def _failed(self, problem: Problem | None, detail: str) -> None:
        """There is no picture for now."""
        self.stream.pause()
        self._say(problem, detail)
        self._news.set()

    def _say(self, problem: Problem | None, detail: str) -> None:
        if (problem, detail) != (self.problem, self.detail):
            self.since_us = wall_us()
        self.problem, self.detail = problem, detail
