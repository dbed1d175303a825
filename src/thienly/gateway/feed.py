"""The live stream of one camera, asked for once and shown to everybody who watches it here."""

import asyncio
import time
from collections.abc import Callable
from typing import Any, Protocol

import structlog
from nats.aio.msg import Msg
from pydantic import ValidationError

from thienly.bus import subjects
from thienly.bus.client import Bus, BusRefused, BusUnavailable, end
from thienly.bus.messages import LiveChunk, LiveOpened, LiveWant
from thienly.core.recording.words import CONNECTING, NO_BUS, NO_RECORDER, NO_TRANSCODER
from thienly.gateway.frames import Picture, init_picture
from thienly.rules.problems import Problem

log = structlog.get_logger(__name__)

RENEW_EVERY_S = 3.0
LEASE_S = 10.0
SILENCE_S = 2.5  # without a chunk, the recorder is asked again what is the matter
TICK_S = 0.5
RETRY_S = 1.0
ANSWER_WITHIN_S = 3.0
GOP_BYTES = 32 * 1024 * 1024  # a longer open GOP is not kept for those who come later


class Watcher(Protocol):
    """One viewer of the feed. None of these may block or raise."""

    def begin(self, mime: str, init: Picture, gop: list[Picture]) -> None: ...
    def offer(self, picture: Picture) -> None: ...
    def lost(self) -> None: ...
    def dark(self, problem: str, since_us: int) -> None: ...


class Feed:
    """Lives while it has watchers. Knows the init segment and the GOP that is open now."""

    def __init__(self, camera: str, stream: str, bus: Callable[[], Bus]) -> None:
        self.camera = camera
        self.stream = stream
        self.watchers: set[Watcher] = set()
        self._bus = bus
        self._mime = ""
        self._init: Picture | None = None
        self._gop: list[Picture] = []
        self._gop_bytes = 0
        self._seq = -1
        self._heard = 0.0  # monotonic time of the last chunk
        self._asked = 0.0  # and of the last opening
        self._problem: tuple[str, int] | None = None
        self._early: list[LiveChunk] | None = []  # chunks that come while the opening is under way
        self._again = asyncio.Event()
        self._task = asyncio.create_task(self._run(), name=f"feed {camera} {stream}")

    def join(self, watcher: Watcher) -> None:
        """Shows at once what is known: the open GOP, or why there is no picture."""
        self.watchers.add(watcher)
        if self._problem is not None:
            watcher.dark(*self._problem)
        elif self._init is not None:
            watcher.begin(self._mime, self._init, self._gop)

    def leave(self, watcher: Watcher) -> None:
        self.watchers.discard(watcher)

    async def stop(self) -> None:
        await end(self._task)

    # --- asking -----------------------------------------------------------------------------------------
    async def _run(self) -> None:
        subscription: Any = None
        try:
            while True:
                try:
                    bus = self._bus()
                    subscription = subscription or await bus.subscribe(
                        subjects.live(self.camera, self.stream), self._on_message
                    )
                    if await self._open(bus):
                        await self._keep(bus)
                        continue
                except BusUnavailable:
                    self._go_dark(self._nobody if self._link_up() else NO_BUS)
                except (BusRefused, ValidationError, ValueError) as error:
                    log.warning("live_refused", camera=self.camera, error=type(error).__name__)
                    self._go_dark(self._nobody)
                await asyncio.sleep(RETRY_S)
        finally:
            if subscription is not None and self._link_up():
                await subscription.unsubscribe()

    @property
    def _nobody(self) -> str:
        """Who is missing when nobody answers."""
        return NO_TRANSCODER if self.stream in subjects.TRANSCODED else NO_RECORDER

    def _want(self) -> str:
        return subjects.live_source(self.camera, self.stream)

    def _link_up(self) -> bool:
        try:
            self._bus()
        except BusUnavailable:
            return False
        return True

    async def _open(self, bus: Bus) -> bool:
        """Asks for picture and lease; False when the recorder says that there is none."""
        self._early = []
        self._again.clear()
        self._asked = time.monotonic()
        try:
            want = LiveWant(lease_s=LEASE_S, stream=self.stream, first=True).encode()
            parts = await bus.request_parts(self._want(), want, timeout_s=ANSWER_WITHIN_S)
            opened = LiveOpened.decode(parts[0])
            if not opened.ok:
                self._go_dark(opened.problem or opened.reason or CONNECTING, opened.since_us)
                return False
            self._install(opened, [LiveChunk.unpack(part) for part in parts[1:]])
            return True
        finally:
            early, self._early = self._early, None
            for chunk in early or ():
                if chunk.seq > self._seq:
                    self._on_chunk(chunk)

    async def _keep(self, bus: Bus) -> None:
        """Renews the lease until something has to be asked anew."""
        renewed = time.monotonic()
        while True:
            try:
                async with asyncio.timeout(TICK_S):
                    await self._again.wait()
                return
            except TimeoutError:
                pass
            now = time.monotonic()
            if now - max(self._heard, self._asked) > SILENCE_S:
                return
            if now - renewed > RENEW_EVERY_S:
                renewed = now
                await self._renew(bus)

    async def _renew(self, bus: Bus) -> None:
        want = LiveWant(lease_s=LEASE_S, stream=self.stream, first=False).encode()
        try:
            answer = await bus.request_parts(self._want(), want, timeout_s=ANSWER_WITHIN_S)
            if not LiveOpened.decode(answer[0]).ok:
                self._again.set()
        except (BusUnavailable, BusRefused, ValidationError):
            log.info("lease_not_renewed", camera=self.camera)  # chunks still flow, or silence will tell

    # --- hearing ----------------------------------------------------------------------------------------
    async def _on_message(self, message: Msg) -> None:
        try:
            chunk = LiveChunk.unpack(message.data)
        except ValueError:
            return
        if self._early is not None:
            self._early.append(chunk)
        else:
            self._on_chunk(chunk)

    def _on_chunk(self, chunk: LiveChunk) -> None:
        if chunk.kind == LiveChunk.INIT:
            if self._init is None or chunk.data != self._init.chunk.data:
                self._again.set()  # another format: ask for all of it, with its type
            self._seq = max(self._seq, chunk.seq)
            return
        if chunk.seq <= self._seq or self._init is None:
            return  # the answer to the opening already held it, but overtook it
        self._heard = time.monotonic()
        if self._problem is not None:
            self._again.set()  # there is a picture again: begin anew, for everybody
            return
        picture = Picture(chunk)
        if chunk.seq != self._seq + 1 and not chunk.key:
            self._gop, self._gop_bytes = [], 0
            for watcher in list(self.watchers):
                watcher.lost()
        self._seq = chunk.seq
        self._remember(picture)
        for watcher in tuple(self.watchers):  # one that steps down to another stream leaves meanwhile
            watcher.offer(picture)

    def _remember(self, picture: Picture) -> None:
        if picture.chunk.key:
            self._gop, self._gop_bytes = [], 0
        elif not self._gop:
            return
        self._gop.append(picture)
        self._gop_bytes += picture.size
        if self._gop_bytes > GOP_BYTES:
            self._gop, self._gop_bytes = [], 0

    def _install(self, opened: LiveOpened, chunks: list[LiveChunk]) -> None:
        init = next((chunk for chunk in chunks if chunk.kind == LiveChunk.INIT), None)
        media = [chunk for chunk in chunks if chunk.kind == LiveChunk.MEDIA]
        if init is None:
            raise ValueError("an opening without init segment")
        if opened.seq == self._seq and self._init is not None and self._init.chunk.data == init.data:
            # Asked because of silence, and nothing new: the recorder believes in a camera that says nothing.
            if time.monotonic() - self._heard > 2 * SILENCE_S:
                self._go_dark(Problem.STALLED)
            return
        self._heard = time.monotonic()
        self._problem = None
        self._mime = opened.mime
        self._init = init_picture(init.data, segment_us=init.segment_us)
        self._gop = [Picture(chunk) for chunk in media]
        self._gop_bytes = sum(picture.size for picture in self._gop)
        self._seq = opened.seq
        for watcher in tuple(self.watchers):
            watcher.begin(self._mime, self._init, self._gop)

    def _go_dark(self, problem: str, since_us: int = 0) -> None:
        if self._problem is not None and self._problem[0] == problem:
            return
        before = self._problem[1] if self._problem else 0
        last = self._gop[-1].chunk if self._gop else None
        ended = last.start_us + last.duration_us if last else 0
        self._problem = (str(problem), since_us or before or ended or time.time_ns() // 1000)
        self._gop, self._gop_bytes = [], 0
        for watcher in tuple(self.watchers):
            watcher.dark(*self._problem)


class Hub:
    """All feeds of this process: one for each stream of a camera that is being watched."""

    def __init__(self, bus: Callable[[], Bus]) -> None:
        self._bus = bus
        self._feeds: dict[tuple[str, str], Feed] = {}
        self._ending: set[asyncio.Task[None]] = set()

    def join(self, camera: str, watcher: Watcher, stream: str = "main") -> None:
        feed = self._feeds.get((camera, stream))
        if feed is None:
            feed = self._feeds[camera, stream] = Feed(camera, stream, self._bus)
        feed.join(watcher)

    def leave(self, camera: str, watcher: Watcher, stream: str = "main") -> None:
        """The last one to leave ends the lease."""
        feed = self._feeds.get((camera, stream))
        if feed is None:
            return
        feed.leave(watcher)
        if not feed.watchers:
            del self._feeds[camera, stream]
            task = asyncio.create_task(feed.stop())
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    @property
    def cameras(self) -> int:
        return len({camera for camera, _ in self._feeds})

    async def stop(self) -> None:
        await asyncio.gather(*(feed.stop() for feed in self._feeds.values()), *self._ending)
        self._feeds.clear()
