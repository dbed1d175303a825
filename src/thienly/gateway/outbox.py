"""What waits to be sent on one socket: events first, then pictures, each channel's queue bounded."""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable

from thienly.gateway.frames import Picture
from thienly.gateway.numbers import totals

Send = Callable[[str | bytes], Awaitable[None]]

MOST_EVENTS = 2000
MOST_PICTURES = 50  # beyond what the opening brought: 5 s of chunks
MOST_BYTES = 16 * 1024 * 1024


class Overrun(Exception):
    """The viewer takes not even events."""


class PictureQueue:
    """The pictures of one channel that wait. A full queue is emptied and waits for the next key frame."""

    def __init__(self, outbox: "Outbox", channel: int) -> None:
        self.channel = channel
        self.run = 0
        self.skipped = 0  # chunks never sent, in all
        self.sent_bytes = 0
        self.sent_pictures = 0
        self.on_sent: Callable[[Picture], None] | None = None
        self.on_skipped: Callable[[], None] | None = None
        self._outbox = outbox
        self._waiting: deque[tuple[Picture, bool]] = deque()
        self._bytes = 0
        self._limit = MOST_PICTURES
        self._byte_limit = MOST_BYTES
        self._await_key = True
        self._missed = 0  # since the last picture that was queued
        self._queued = False
        self.drained = asyncio.Event()
        self.drained.set()

    def restart(self, run: int) -> None:
        """Throws away what waits; what follows begins at a key frame."""
        self.run = run
        self._empty()
        self._await_key = True
        self._missed = 0

    def begin(self, mime: str, init: Picture, gop: list[Picture]) -> None:
        """A new beginning: the type, the init segment and the GOP that is open now, whatever its length."""
        self._empty()
        self._await_key = True
        self._missed = 0
        self._outbox.event({"ev": "media", "ch": self.channel, "run": self.run, "mime": mime})
        self._put(init, jump=False)
        for picture in gop:
            self.offer(picture, bounded=False)
        self._limit = MOST_PICTURES + len(self._waiting)
        self._byte_limit = MOST_BYTES + self._bytes

    def offer(self, picture: Picture, *, bounded: bool = True) -> None:
        """Takes a chunk, or drops it when the viewer is behind."""
        jump = self._await_key
        if jump:
            if not picture.chunk.key:
                self._missed += 1
                return
            self._await_key = False
            self._tell_skipped()
        elif bounded and (len(self._waiting) >= self._limit or self._bytes + picture.size > self._byte_limit):
            self._missed += len(self._waiting) + 1
            self._empty()
            self._await_key = True
            if not picture.chunk.key:
                return
            self._missed -= 1
            self._await_key = False
            jump = True
            self._tell_skipped()
        self._put(picture, jump=jump)

    def lost(self) -> None:
        """Chunks were lost before they came here: wait for a key frame."""
        self._await_key = True

    def put_init(self, mime: str, init: Picture) -> None:
        self._outbox.event({"ev": "media", "ch": self.channel, "run": self.run, "mime": mime})
        self._put(init, jump=False)

    def put(self, picture: Picture, *, jump: bool) -> None:
        """For playback, which is bounded by the viewer's credit."""
        self._put(picture, jump=jump)

    def take(self) -> bytes | None:
        """The next frame to send."""
        self._queued = False
        if not self._waiting:
            return None
        picture, jump = self._waiting.popleft()
        self._bytes -= picture.size
        if not self._waiting:
            self._limit, self._byte_limit = MOST_PICTURES, MOST_BYTES
            self.drained.set()
        else:
            self._line_up()
        self.sent_bytes += picture.size
        totals["bytes"] += picture.size
        if picture.chunk.duration_us:
            self.sent_pictures += 1
            totals["pictures"] += 1
            if self.on_sent:
                self.on_sent(picture)
        return picture.framed(self.channel, self.run, jump=jump)

    def _put(self, picture: Picture, *, jump: bool) -> None:
        self._waiting.append((picture, jump))
        self._bytes += picture.size
        self.drained.clear()
        self._line_up()

    def _line_up(self) -> None:
        if not self._queued:
            self._queued = True
            self._outbox.line_up(self)

    def _empty(self) -> None:
        self._waiting.clear()
        self._bytes = 0
        self._limit, self._byte_limit = MOST_PICTURES, MOST_BYTES
        self.drained.set()

    def _tell_skipped(self) -> None:
        if self._missed:
            self.skipped += self._missed
            totals["skipped"] += self._missed
            self._outbox.event({"ev": "skipped", "ch": self.channel, "run": self.run, "chunks": self._missed})
            self._missed = 0
            if self.on_skipped:
                self.on_skipped()


class Outbox:
    """One socket's. `run` is its only sender."""

    def __init__(self) -> None:
        self._events: deque[str] = deque()
        self._line: deque[PictureQueue] = deque()
        self._wake = asyncio.Event()
        self._overrun = False

    def event(self, event: dict[str, object]) -> None:
        """Never raises: who deals out pictures to many must not stumble over one of them."""
        if len(self._events) < MOST_EVENTS:
            self._events.append(json.dumps(event, ensure_ascii=False))
        else:
            self._overrun = True
        self._wake.set()

    def line_up(self, queue: PictureQueue) -> None:
        self._line.append(queue)
        self._wake.set()

    async def run(self, send: Send) -> None:
        """Sends for ever; `send` waits while the peer does not read. Raises Overrun."""
        while not self._overrun:
            await self._wake.wait()
            self._wake.clear()
            while self._events or self._line:
                if self._events:
                    await send(self._events.popleft())
                    continue
                frame = self._line.popleft().take()
                if frame is not None:
                    await send(frame)
        raise Overrun

    async def flush(self, send: Send) -> None:
        """Sends the events that wait, and no picture: the last words before closing."""
        while self._events:
            await send(self._events.popleft())
