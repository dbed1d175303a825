"""A viewing with low latency: the parts of what a camera sends now, while somebody asks for them."""

import re
import time
from collections.abc import Callable

from thienly.gateway import archive, numbers
from thienly.gateway.feed import Hub
from thienly.gateway.hls.playlist import following, target_s
from thienly.gateway.hls.viewing import BEGIN_US, Viewing
from thienly.gateway.hls.window import Window
from thienly.gateway.hush import Hush

MOST_WAITING = 4
"""Requests of one player that may wait at once: for a playlist, for the next part, and each once more."""
FIRST_WITHIN_S = 6.0

_NAME = re.compile(r"^(\d{1,12})(?:\.(\d{1,4}))?\.m4s$")
_INIT = re.compile(r"^i(\d{1,6})\.mp4$")


class TooFarAhead(Exception):
    """The player asks for what will not be there for long."""


class TooManyWaiting(Exception):
    """The player has asked too often without waiting for the answer."""


class LowViewing(Viewing):
    """Make with `open`, then `join`."""

    _hub: Hub | None = None
    _window: Window
    _waiting = 0

    async def join(self, hub: Hub) -> None:
        """Watches the camera. Raises ArchiveAway, BusUnavailable."""
        camera, now_us = self.opening.camera, time.time_ns() // 1000
        before = following(None, await archive.find(self._bus(), camera, now_us - BEGIN_US))
        # A player that comes back after its viewing has ended finds higher numbers.
        self._window = Window(first=now_us // 1_000_000, target_s=target_s(before))
        self._hub = hub
        hub.join(camera, self._window)

    async def close(self, why: str) -> None:
        hub, self._hub = self._hub, None
        if hub is not None:
            hub.leave(self.opening.camera, self._window)
        await super().close(why)

    async def playlist(self, *, wait_for: int | None = None, part: int | None = None) -> str:
        """As `Viewing.playlist`. `part`: of that segment. Raises TooFarAhead, TooManyWaiting."""
        window = self._window
        await self._wait_until(lambda: window.whole, FIRST_WITHIN_S)  # some players begin with a segment
        if wait_for is not None:
            if wait_for > window.newest + 2:
                raise TooFarAhead
            await self._wait_until(lambda: window.has(wait_for, part), 3.0 * window.target_s)
        return window.render(self._folder) if window.shows else ""

    async def init(self, name: str) -> bytes | None:
        match = _INIT.match(name)
        picture = self._window.inits.get(int(match[1])) if match else None
        return None if picture is None else self._hush(int(match[1])).init(picture).chunk.data  # type: ignore[index]

    async def fragment(self, name: str) -> bytes | None:
        match = _NAME.match(name)
        if match is None:
            return None
        window, number = self._window, int(match[1])
        part = int(match[2]) if match[2] else None
        if number <= window.newest + 1 and not window.has(number, part):
            await self._wait_until(lambda: window.has(number, part), 3.0 * window.target_s)
        found = window.find(number, part)
        if found is None or self.closed:
            return None
        gop, pictures = found
        heard = self._hush(gop.init).pictures(pictures)
        if not heard:
            return None
        data = b"".join(picture.chunk.data for picture in heard)
        last = pictures[-1].chunk
        self._spans.add(pictures[0].chunk.start_us, last.start_us + last.duration_us)
        self._bytes += len(data)
        self._fragments += 1
        numbers.totals["bytes"] += len(data)
        numbers.totals["pictures"] += 1
        return data

    def _hush(self, init: int) -> Hush:
        name = str(init)
        hush = self._hushes.get(name)
        if hush is None:
            hush = self._hushes[name] = Hush()
            hush.begin(self._window.inits[init])
        hush.sound = self.sound
        return hush

    async def _wait_until(self, ready: Callable[[], bool], within_s: float) -> None:
        if ready():
            return
        if self._waiting >= MOST_WAITING:
            raise TooManyWaiting
        self._waiting += 1
        try:
            await self._window.wait(lambda: self.closed or ready(), within_s=within_s)
        finally:
            self._waiting -= 1
            self.asked = time.monotonic()
