"""The newest pictures of a live stream as segments and parts of low-latency HLS (RFC 8216bis). Pure but for
the waiting.

A segment is a GOP, a part some live chunks of it: what the recorder publishes for live viewers anyway, put
together to `PART_US`, so that a player asks for pictures about twice a second and not ten times.
"""

import asyncio
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from thienly.gateway.frames import Picture
from thienly.gateway.hls.playlist import LEAST_TARGET_S, SEAM_US, moment

PART_US = 600_000
_ENOUGH = 0.85  # of the longest part: what a part that does not end its segment must reach
LISTED = 6
"""Segments in the playlist."""
KEPT = 9
MOST_BYTES = 48 * 1024 * 1024
WITH_PARTS = 3
"""The newest segments are also listed in parts."""


@dataclass(slots=True)
class Part:
    pictures: list[Picture] = field(default_factory=list)
    duration_us: int = 0


@dataclass(slots=True)
class Gop:
    """`jump`: media time, or time itself, does not go on here. `init`: the number of its init segment.
    `whole`: it came in pieces too long for parts, as the GOP that is open when a feed begins does."""

    number: int
    jump: bool
    init: int
    start_us: int
    parts: list[Part] = field(default_factory=list)
    open: Part = field(default_factory=Part)
    done: bool = False
    whole: bool = False
    bytes: int = 0

    @property
    def duration_us(self) -> int:
        return sum(part.duration_us for part in self.parts)

    @property
    def pictures(self) -> list[Picture]:
        return [picture for part in self.parts for picture in part.pictures]


class Window:
    """A watcher of a feed (`gateway.feed.Watcher`). Segments are numbered from `first` on."""

    def __init__(self, *, first: int, target_s: int) -> None:
        self.gops: deque[Gop] = deque()
        self.inits: dict[int, Picture] = {}
        self._next = first
        self._target_s = target_s
        self._part_us = PART_US
        self._jumps_before = 0
        self._listed_from = first
        self._open: Gop | None = None
        self._last: Picture | None = None
        self._news = asyncio.Event()

    # --- what the feed tells ----------------------------------------------------------------------------
    def begin(self, mime: str, init: Picture, gop: list[Picture]) -> None:
        self._end()
        number = max(self.inits, default=-1)
        if number < 0 or self.inits[number].chunk.data != init.chunk.data:
            self.inits[number + 1] = init
        for picture in gop:
            if not self._known(picture):
                self.offer(picture)

    def offer(self, picture: Picture) -> None:
        chunk = picture.chunk
        if chunk.key:
            self._end()
            self._open = Gop(self._next, self._jumps(picture), max(self.inits), chunk.start_us)
            self._next += 1
            self.gops.append(self._open)
        if self._open is None:
            return  # until the next key frame
        part = self._open.open
        self._open.whole = self._open.whole or chunk.duration_us > PART_US
        part.pictures.append(picture)
        part.duration_us += chunk.duration_us
        self._open.bytes += picture.size
        self._last = picture
        if self._open.bytes > MOST_BYTES:  # a key frame that never comes: better no picture than no memory
            self._end()
        elif part.duration_us >= _ENOUGH * self._part_us:
            self._end_part(self._open)

    def lost(self) -> None:
        self._end()

    def dark(self, problem: str, since_us: int) -> None:
        self._end()

    def _known(self, picture: Picture) -> bool:
        """Told again, because the feed began anew."""
        if self._last is None:
            return False
        chunk, last = picture.chunk, self._last.chunk
        again = chunk.start_us < last.start_us + last.duration_us // 2
        return again and chunk.segment_us == last.segment_us

    def _jumps(self, picture: Picture) -> bool:
        last = self._last
        if last is None:
            return False
        chunk, before = picture.chunk, last.chunk
        hole = abs(chunk.start_us - before.start_us - before.duration_us) > SEAM_US
        return hole or chunk.segment_us != before.segment_us or self.gops[-1].init != max(self.inits)

    def _end_part(self, gop: Gop) -> None:
        if gop.open.pictures:
            gop.parts.append(gop.open)
            if not gop.whole:
                self._part_us = max(self._part_us, gop.open.duration_us)
            gop.open = Part()
            self._tell()

    def _end(self) -> None:
        gop, self._open = self._open, None
        if gop is None:
            return
        self._end_part(gop)
        gop.done = True
        self._target_s = max(self._target_s, math.ceil(gop.duration_us / 1e6))
        while len(self.gops) > KEPT or (
            len(self.gops) > WITH_PARTS and sum(one.bytes for one in self.gops) > MOST_BYTES
        ):
            self._unlist(self.gops[0])
            self.gops.popleft()
        for one in list(self.gops)[:-LISTED]:
            self._unlist(one)
        for number in [n for n in self.inits if n < self.gops[0].init]:
            del self.inits[number]
        self._tell()

    def _unlist(self, gop: Gop) -> None:
        if gop.number >= self._listed_from:
            self._listed_from = gop.number + 1
            self._jumps_before += gop.jump

    def _tell(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()

    # --- what players ask -------------------------------------------------------------------------------
    @property
    def target_s(self) -> int:
        return max(LEAST_TARGET_S, self._target_s)

    @property
    def shows(self) -> bool:
        return any(gop.done or (gop.parts and not gop.whole) for gop in self.gops)

    @property
    def whole(self) -> bool:
        """Whether there is a segment that has ended."""
        return any(gop.done for gop in self.gops)

    @property
    def newest(self) -> int:
        """Number of the segment that is open, or was last."""
        return self._next - 1

    def has(self, number: int, part: int | None = None) -> bool:
        """Whether the segment is whole, or the part there. What has gone was there."""
        if number != self.newest:
            return number < self.newest
        gop = self.gops[-1]
        return gop.done or (part is not None and not gop.whole and len(gop.parts) > part)

    async def wait(self, ready: Callable[[], bool], *, within_s: float) -> None:
        """Until it is ready, or time is over."""
        try:
            async with asyncio.timeout(within_s):
                while not ready():
                    await self._news.wait()
        except TimeoutError:
            pass

    def find(self, number: int, part: int | None = None) -> tuple[Gop, list[Picture]] | None:
        """The segment (once it is whole) or one of its parts."""
        for gop in self.gops:
            if gop.number == number:
                if part is None:
                    return (gop, gop.pictures) if gop.done else None
                there = not gop.whole and part < len(gop.parts)
                return (gop, gop.parts[part].pictures) if there else None
        return None

    def render(self, folder: str) -> str:
        """The playlist; its names lie in `folder`."""
        listed = [
            gop
            for gop in self.gops
            if gop.number >= self._listed_from and (gop.done or (gop.parts and not gop.whole))
        ]
        target, part_s = self.target_s, self._part_us / 1e6
        holds = f"PART-HOLD-BACK={part_s * 3:.3f},HOLD-BACK={target * 3}.0"
        lines = [
            "#EXTM3U",
            "#EXT-X-VERSION:9",
            f"#EXT-X-TARGETDURATION:{target}",
            f"#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,{holds}",
            f"#EXT-X-PART-INF:PART-TARGET={part_s:.3f}",
            f"#EXT-X-MEDIA-SEQUENCE:{listed[0].number if listed else self._next}",
            f"#EXT-X-DISCONTINUITY-SEQUENCE:{self._jumps_before}",
            "#EXT-X-INDEPENDENT-SEGMENTS",
        ]
        for place, gop in enumerate(listed):
            if gop.jump:
                lines.append("#EXT-X-DISCONTINUITY")
            if gop.jump or place == 0:
                lines.append(f'#EXT-X-MAP:URI="{folder}/i{gop.init}.mp4"')
                lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{moment(gop.start_us)}")
            if place >= len(listed) - WITH_PARTS and not gop.whole:
                for number, part in enumerate(gop.parts):
                    independent = "" if number else ",INDEPENDENT=YES"
                    name = f'URI="{folder}/{gop.number}.{number}.m4s"'
                    lines.append(f"#EXT-X-PART:DURATION={part.duration_us / 1e6:.6f},{name}{independent}")
            if gop.done:
                lines += [f"#EXTINF:{gop.duration_us / 1e6:.6f},", f"{folder}/{gop.number}.m4s"]
        number, part_number = (
            (self._open.number, len(self._open.parts))
            if self._open is not None and not self._open.whole
            else (self._next, 0)
        )
        lines.append(f'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="{folder}/{number}.{part_number}.m4s"')
        return "\n".join(lines) + "\n"
