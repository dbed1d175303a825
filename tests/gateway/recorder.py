"""A recorder played by the test, on the real bus: it says what `bus.messages` says, and nothing by itself."""

import asyncio
import time
from dataclasses import dataclass, field

from nats.aio.msg import Msg

from thienly.bus import subjects
from thienly.bus.client import Bus
from thienly.bus.messages import LiveChunk, LiveOpened, LiveWant
from thienly.bus.questions import FindFragments, FragmentList, FragmentRef, ReadBytes
from thienly.rules.problems import Problem


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return (len(body) + 8).to_bytes(4, "big") + kind + body


# As much of an init segment as the gateway looks at: one track, of pictures.
INIT = box(
    b"moov",
    box(
        b"trak",
        box(b"tkhd", bytes(12), (1).to_bytes(4, "big")),
        box(b"mdia", box(b"hdlr", bytes(8), b"vide")),
    ),
)
MIME = 'video/mp4; codecs="avc1.64001f"'
CHUNK_US = 100_000
GOP_CHUNKS = 10
FRAGMENT_US = 2_000_000


def now_us() -> int:
    return time.time_ns() // 1000


@dataclass
class PlayedRecorder:
    """Serves one stream of one camera. `problem` set: no picture. `size`: bytes of a chunk."""

    bus: Bus
    camera: str
    name: str = "r1"
    size: int = 2000
    problem: Problem | None = None
    refuses: str = ""  # why it does not read what it has
    init: bytes = INIT
    stream: str = "main"
    mime: str = MIME
    leases: int = 0
    wants: list[LiveWant] = field(default_factory=list)
    archive: list[FragmentRef] = field(default_factory=list)
    reads: int = 0
    _seq: int = 0
    _gop: list[LiveChunk] = field(default_factory=list)
    _subscriptions: list[object] = field(default_factory=list)
    _ticking: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._seq = now_us() // 1000
        for subject, answer in (
            (subjects.live_source(self.camera, self.stream), self._want),
            *(
                (
                    (subjects.archive_find(self.name), self._find),
                    (subjects.archive_read(self.name), self._read),
                )
                if self.stream == "main"
                else ()
            ),
        ):
            self._subscriptions.append(await self.bus.subscribe(subject, answer))
        await self.bus.nc.flush()

    async def stop(self) -> None:
        """As if killed: no word to anybody."""
        if self._ticking:
            self._ticking.cancel()
        for subscription in self._subscriptions:
            await subscription.unsubscribe()  # type: ignore[attr-defined]
        self._subscriptions.clear()
        await self.bus.nc.flush()

    def run_live(self) -> None:
        """Publishes chunks at the pace of life from now on."""
        self._ticking = asyncio.create_task(self._tick())

    async def publish(self, *, key: bool = False) -> LiveChunk:
        """The next chunk."""
        self._seq += 1
        chunk = LiveChunk(
            LiveChunk.MEDIA,
            key,
            self._seq,
            now_us(),
            now_us(),
            CHUNK_US,
            bytes([self._seq % 256]) * self.size,
        )
        self._gop = [chunk] if key else [*self._gop, chunk]
        await self.bus.publish(subjects.live(self.camera, self.stream), chunk.pack())
        return chunk

    def store(self, start_us: int, count: int, *, segment: int = 1, init_id: str = "a") -> None:
        """Puts `count` fragments into the archive, one after the other."""
        for number in range(count):
            self.archive.append(
                FragmentRef(
                    segment=segment,
                    ordinal=number,
                    start_us=start_us + number * FRAGMENT_US,
                    duration_us=FRAGMENT_US,
                    segment_us=start_us,
                    offset=len(INIT) + number * self.size,
                    bytes=self.size,
                    init_bytes=len(INIT),
                    init_id=init_id,
                    mime=MIME,
                )
            )

    async def _tick(self) -> None:
        number = 0
        while True:
            await self.publish(key=number % GOP_CHUNKS == 0)
            number += 1
            await asyncio.sleep(CHUNK_US / 1e6)

    async def _want(self, message: Msg) -> None:
        want = LiveWant.decode(message.data)
        if want.stream != self.stream:
            return
        self.wants.append(want)
        if self.problem is not None:
            refused = LiveOpened(ok=False, problem=self.problem, since_us=1_700_000_000_000_000)
            await self.bus.reply_parts(message, [refused.encode()])
            return
        parts: list[bytes] = []
        if want.first:
            init = LiveChunk(LiveChunk.INIT, False, self._seq, now_us(), now_us(), 0, self.init)
            # As the real one does: the number of all is that of the newest.
            parts = [init.pack(), *(chunk._replace(seq=self._seq).pack() for chunk in self._gop)]
        opened = LiveOpened(ok=True, mime=self.mime, seq=self._seq, parts=len(parts))
        await self.bus.reply_parts(message, [opened.encode(), *parts])

    async def _find(self, message: Msg) -> None:
        want = FindFragments.decode(message.data)
        found = [f for f in self.archive if f.start_us + f.duration_us > want.from_us]
        last = max((f.start_us + f.duration_us for f in self.archive), default=None)
        answer = FragmentList(
            fragments=found[: want.limit], more=len(found) > want.limit, recorded_until_us=last
        )
        await self.bus.reply(message, answer.encode())

    async def _read(self, message: Msg) -> None:
        want = ReadBytes.decode(message.data)
        self.reads += 1
        if self.refuses:
            await self.bus.reply_error(message, self.refuses)
            return
        whole = INIT + b"".join(
            bytes([f.ordinal]) * f.bytes for f in self.archive if f.segment == want.segment
        )
        await self.bus.reply(message, whole[want.offset : want.offset + want.length])
