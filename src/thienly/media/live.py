"""Live pictures of one camera's stream: published only while somebody holds a lease."""

import asyncio
from collections import deque
from collections.abc import Callable

from thienly.bus import subjects
from thienly.bus.client import Bus
from thienly.bus.handover import Watched
from thienly.bus.messages import LiveChunk, LiveOpened, LiveWant
from thienly.media.frames import Chunk
from thienly.rules.problems import Problem

Send = Callable[[str, bytes], None]

MAX_LEASE_S = 60.0
_LARGEST = subjects.MAX_PAYLOAD - 64 * 1024
_QUEUE_BYTES = 64 * 1024 * 1024


class LiveStream:
    """Numbers the chunks of one stream and publishes them by `send`. All on the event loop.

    `seq` grows by one with each published chunk, for as long as this recorder holds the camera; it starts at
    the time of taking it in milliseconds, so that it also grows when the camera changes recorders.
    """

    def __init__(
        self,
        camera: str,
        *,
        stream: str,
        seq: int,
        send: Send,
        on_expired: Callable[[], None] = lambda: None,
    ) -> None:
        """`on_expired`: called when the last lease ends by itself."""
        self.live = False
        self._on_expired = on_expired
        self._subject = subjects.live(camera, stream)
        self._send = send
        self._seq = seq
        self._init = b""
        self._mime = ""
        self._segment_us = 0
        self._expiry: asyncio.TimerHandle | None = None

    def on_segment(self, init: bytes, mime: str, segment_us: int) -> None:
        """Viewers need the init segment again only when it is another one."""
        changed = init != self._init
        self._init, self._mime, self._segment_us = init, mime, segment_us
        if changed and self.live:
            self._seq += 1
            self._send(self._subject, self._init_chunk().pack())

    def on_chunk(self, chunk: Chunk) -> None:
        self._seq += 1
        packed = self._media(chunk).pack()
        if len(packed) <= _LARGEST:  # else the number is left out, and viewers wait for the next key frame
            self._send(self._subject, packed)

    def open(self, want: LiveWant, current_gop: Callable[[], list[Chunk]]) -> list[bytes]:
        """Grants the lease; the messages of the answer."""
        self.lease(want.lease_s)
        if not want.first:
            return [LiveOpened(ok=True, mime=self._mime, seq=self._seq).encode()]
        chunks = current_gop()  # may publish what is pending, so `seq` is read after it
        packed = [part for chunk in chunks if len(part := self._media(chunk).pack()) <= _LARGEST]
        parts = [self._init_chunk().pack(), *packed]
        opened = LiveOpened(ok=True, mime=self._mime, seq=self._seq, parts=len(parts))
        return [opened.encode(), *parts]

    def watched(self) -> Watched:
        """For who continues it."""
        loop = asyncio.get_running_loop()
        return Watched(
            seq=self._seq, lease_s=max(0.0, self._expiry.when() - loop.time()) if self._expiry else 0.0
        )

    def go_on(self, before: Watched) -> None:
        """Continues what another process published: after its number, for the lease that it granted."""
        self._seq = max(self._seq, before.seq)
        self.lease(before.lease_s)
        if self.live and self._init:
            self._seq += 1
            self._send(self._subject, self._init_chunk().pack())

    def close(self) -> None:
        """The camera is gone: nobody is served any more, and the next viewer waits for a new init segment."""
        self.live = False
        self._init = b""
        if self._expiry is not None:
            self._expiry.cancel()
            self._expiry = None

    @property
    def ready(self) -> bool:
        """Whether there is something to show."""
        return bool(self._init)

    def pause(self) -> None:
        """The source is lost: leases run on, and viewers get the init segment again with the next picture."""
        self._init = b""

    def lease(self, lease_s: float) -> None:
        """The longest lease counts: one viewer (or one that only asks, with 0) must not end another's."""
        loop = asyncio.get_running_loop()
        until = loop.time() + min(max(lease_s, 0.0), MAX_LEASE_S)
        if until <= loop.time() or (self._expiry is not None and self._expiry.when() >= until):
            return
        if self._expiry is not None:
            self._expiry.cancel()
        self.live = True
        self._expiry = loop.call_at(until, self._expire)

    def _expire(self) -> None:
        self.live = False
        self._expiry = None
        self._on_expired()

    def _init_chunk(self) -> LiveChunk:
        return LiveChunk(LiveChunk.INIT, False, self._seq, self._segment_us, self._segment_us, 0, self._init)

    def _media(self, chunk: Chunk) -> LiveChunk:
        return LiveChunk(
            LiveChunk.MEDIA,
            chunk.key,
            self._seq,
            self._segment_us,
            chunk.start_us,
            chunk.duration_us,
            chunk.data,
        )


def refused(problem: Problem | None, detail: str, since_us: int) -> bytes:
    """The answer while there is no picture."""
    return LiveOpened(ok=False, problem=problem, detail=detail, since_us=since_us).encode()


class LiveSender:
    """Hands live chunks of all cameras to the bus in their order. What the bus does not take is dropped: a
    viewer who misses a number waits for the next key frame, the recorder waits for nobody."""

    def __init__(self) -> None:
        self._queue: deque[tuple[str, bytes]] = deque()
        self._bytes = 0
        self._more = asyncio.Event()
        self.dropped = 0

    def send(self, subject: str, data: bytes) -> None:
        if self._bytes + len(data) > _QUEUE_BYTES:
            self.dropped += 1
            return
        self._queue.append((subject, data))
        self._bytes += len(data)
        self._more.set()

    async def run(self, bus: Bus) -> None:
        """Sends until cancelled."""
        while True:
            await self._more.wait()
            self._more.clear()
            while self._queue:
                subject, data = self._queue.popleft()
                self._bytes -= len(data)
                # Not while disconnected: the client would keep it, and send it when nobody wants it any more.
                if bus.connected:
                    await bus.publish(subject, data)
                else:
                    self.dropped += 1
