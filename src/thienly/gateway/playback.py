"""Playback of one camera from a moment on, as fast as the viewer gives credit."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256

from thienly.bus.client import Bus, BusUnavailable
from thienly.bus.messages import LiveChunk
from thienly.core.footage.recordings import hole_between
from thienly.core.recording.words import NO_ARCHIVE, sentence
from thienly.gateway import archive
from thienly.gateway.archive import ArchiveAway, NotConverted, Stored
from thienly.gateway.database import query
from thienly.gateway.frames import Picture, init_picture
from thienly.gateway.hush import Hush
from thienly.gateway.keyframes import Short, key_only
from thienly.gateway.outbox import PictureQueue
from thienly.gateway.sound import can_play
from thienly.rules.problems import Problem

HOLE_US = 700_000
"""Less than this between two fragments is no gap: frames may be late."""
MOST_CREDIT = 128
KEY_BYTES = 256 * 1024
"""Of a fragment, read at once for its key frame: enough for most cameras."""
EDGE_POLL_S = 0.5
RETRY_S = 2.0

Tell = Callable[..., None]


class Playback:
    """A cursor in the archive. `tell` sends an event of this channel and run; `keys`: key frames only."""

    def __init__(
        self,
        *,
        camera: str,
        at_us: int,
        credit: int,
        queue: PictureQueue,
        bus: Callable[[], Bus],
        tell: Tell,
        hush: Hush,
        keys: bool = False,
        plays: frozenset[str] | None = None,
    ) -> None:
        """`plays`: beginnings of codec names that the browser can play; None: all."""
        self._plays = plays
        self._camera = camera
        self._cursor = at_us
        self._queue = queue
        self._bus = bus
        self._tell = tell
        # One picture a fragment has no sound to go with it.
        self._hush = Hush() if keys else hush
        self._keys = keys
        self._credit = min(credit, MOST_CREDIT)
        self._more_credit = asyncio.Event()
        self._ahead: deque[Stored] = deque()
        self._init_id = ""
        self._jump = True
        self._at_edge = False
        self._told_hole = -1

    def give(self, fragments: int) -> None:
        self._credit = min(self._credit + fragments, MOST_CREDIT)
        self._more_credit.set()

    def init_again(self) -> None:
        """What follows needs its init segment anew."""
        self._init_id = ""

    async def run(self) -> None:
        """Until cancelled."""
        away_since, told = 0, ""
        while True:
            while self._credit <= 0:
                self._more_credit.clear()
                await self._more_credit.wait()
            try:
                sent = await self._step()
            except (ArchiveAway, BusUnavailable, NotConverted) as error:
                self._ahead.clear()
                problem = NO_ARCHIVE
                if isinstance(error, ArchiveAway):
                    problem = error.problem
                elif isinstance(error, NotConverted):
                    problem = error.reason
                if not away_since or problem != told:
                    away_since, told = away_since or time.time_ns() // 1000, problem
                    self._tell("state", problem=problem, sentence=sentence(problem), since_us=away_since)
                await asyncio.sleep(RETRY_S)
                continue
            if away_since and sent:
                away_since = 0
            if not sent:
                await asyncio.sleep(EDGE_POLL_S)

    async def _step(self) -> bool:
        """Sends the next fragment; False when there is none yet. Raises ArchiveAway, BusUnavailable."""
        bus = self._bus()
        if not self._ahead:
            self._ahead.extend(await archive.find(bus, self._camera, self._cursor))
        while self._ahead and self._ahead[0].end_us <= self._cursor:
            self._ahead.popleft()  # another recorder has shown this time
        if not self._ahead:
            await self._tell_edge()
            return False
        fragment = self._ahead[0]
        if fragment.start_us > self._cursor + HOLE_US:
            await self._tell_hole(fragment.start_us)
            self._jump = True
        await self._send(bus, fragment)
        self._ahead.popleft()
        return True

    async def _send(self, bus: Bus, fragment: Stored) -> None:
        ref = fragment.ref
        if not can_play(ref.mime, self._plays, sound=self._hush.sound):
            await self._send_converted(bus, fragment)
            return
        init_id = f"{fragment.recorder}/{ref.init_id}"
        if init_id != self._init_id:
            init = await archive.read_init(bus, fragment)
            picture = init_picture(init, segment_us=ref.segment_us)
            self._hush.begin(picture)
            self._queue.put_init(self._hush.mime(ref.mime), self._hush.init(picture))
            self._init_id = init_id
        data = await (self._key_of(bus, fragment) if self._keys else archive.read(bus, fragment))
        await self._send_media(fragment, data)

    async def _send_converted(self, bus: Bus, fragment: Stored) -> None:
        mime, init, data = await archive.read_converted(bus, fragment)
        init_id = f"h264/{sha256(init).hexdigest()}"
        if init_id != self._init_id:
            picture = init_picture(init, segment_us=fragment.ref.segment_us)
            self._hush.begin(picture)
            self._tell("stream", stream="h264", why="codec")
            self._queue.put_init(self._hush.mime(mime), self._hush.init(picture))
            self._init_id = init_id
        await self._send_media(fragment, data)

    async def _send_media(self, fragment: Stored, data: bytes) -> None:
        ref = fragment.ref
        chunk = LiveChunk(
            LiveChunk.MEDIA, True, ref.ordinal, ref.segment_us, ref.start_us, ref.duration_us, data
        )
        # One at a time: what waits for a slow viewer is a fragment, not his whole credit.
        await self._queue.drained.wait()
        for heard in self._hush.pictures([Picture(chunk)]):
            self._queue.put(heard, jump=self._jump)
        self._credit -= 1
        self._jump = False
        self._cursor = max(self._cursor, fragment.end_us)

    async def _key_of(self, bus: Bus, fragment: Stored) -> bytes:
        """The fragment's first picture; the whole fragment where that is not to be had alone."""
        try:
            try:
                head = await archive.read(bus, fragment, at_most=KEY_BYTES)
                return key_only(head, self._hush.tracks)
            except Short:
                return key_only(await archive.read(bus, fragment), self._hush.tracks)
        except ValueError:
            return await archive.read(bus, fragment)

    async def _tell_hole(self, until_us: int) -> None:
        start = _moment(self._cursor)
        hole = await query(hole_between, camera=self._camera, start=start, until=_moment(until_us))
        reason = hole.reason if hole else Problem.UNEXPLAINED.value
        self._tell("gap", from_us=self._cursor, to_us=until_us, reason=reason, sentence=sentence(reason))

    async def _tell_edge(self) -> None:
        if not self._at_edge:
            self._at_edge = True
            self._tell("live_edge", at_us=self._cursor)
        hole = await query(hole_between, camera=self._camera, start=_moment(self._cursor), until=None)
        if hole and hole.until is None and self._told_hole != self._cursor:
            self._told_hole = self._cursor
            since = max(self._cursor, int(hole.start.timestamp() * 1e6))
            self._tell("gap", from_us=since, to_us=None, reason=hole.reason, sentence=sentence(hole.reason))


def _moment(us: int) -> datetime:
    return datetime.fromtimestamp(us / 1e6, UTC)
