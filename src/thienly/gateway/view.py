"""What a channel shows live: which stream of its camera, and which other one when that cannot be shown."""

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Literal

from thienly.gateway.feed import Hub
from thienly.gateway.frames import Picture
from thienly.gateway.hush import Hush
from thienly.gateway.outbox import PictureQueue
from thienly.gateway.sound import can_play
from thienly.rules.pace import Pace

Wish = Literal["main", "sub"]
Stream = Literal["main", "sub", "h264", "aac"]
"""`h264` and `aac` are made by the transcoder: pictures anew, or the same pictures with other sound."""
Why = Literal["", "codec", "sound", "no_sound", "slow", "sub_failed"]

HEAD_START_S = 0.6
"""So long the second stream, which the device may first have to be asked for, comes alone. Then the main one,
which is there already, is shown until it comes."""


def candidates(
    wish: Wish, *, has_sub: bool, slow: bool, deaf: bool, unplayable: Iterable[Stream]
) -> list[Stream]:
    """The streams that could be shown, best first. `deaf`: the viewer listens and cannot hear the camera's
    own codec; `unplayable`: streams whose pictures the browser cannot decode."""
    both: list[Stream] = ["sub", "main"] if wish == "sub" or slow else ["main", "sub"]
    own = [one for one in both if one not in unplayable and (has_sub or one != "sub")]
    if deaf:
        made: list[Stream] = ["h264"] if "main" in unplayable else ["aac"]
        return [*made, *own]
    return [*own, "h264"] if "main" in unplayable else own


class Leg:
    """The watcher of one feed on behalf of the view."""

    def __init__(self, view: "LiveView", stream: Stream) -> None:
        self._view = view
        self._stream: Stream = stream

    def begin(self, mime: str, init: Picture, gop: list[Picture]) -> None:
        self._view.begun(self._stream, mime, init, gop)

    def offer(self, picture: Picture) -> None:
        self._view.offered(self._stream, picture)

    def lost(self) -> None:
        self._view.lost(self._stream)

    def dark(self, problem: str, since_us: int) -> None:
        self._view.dark(self._stream, problem, since_us)


class LiveView:
    """A change of stream never ends the picture: the old one runs on until the new one has begun.

    `on_dark` is told that there is no picture, and why; `on_stream`, before the first byte of it, which
    stream is shown and why it is not the one asked for.
    """

    def __init__(
        self,
        *,
        camera: str,
        has_sub: bool,
        plays: frozenset[str] | None,
        hub: Hub,
        queue: PictureQueue,
        hush: Hush,
        on_dark: Callable[[str, int], None],
        on_stream: Callable[[Stream, Why], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`plays`: beginnings of codec names that the browser can play; None: it has not said, so all."""
        self.shown: Stream | None = None
        self.seen: list[Stream] = []  # every stream that was shown, in the order of first showing
        self._camera = camera
        self._has_sub = has_sub
        self._plays = plays
        self._hub = hub
        self._queue = queue
        self._hush = hush
        self._on_dark = on_dark
        self._on_stream = on_stream
        self._clock = clock
        self._pace = Pace()
        self._wish: Wish = "main"
        self._legs: dict[Stream, Leg] = {}
        self._failed: dict[Stream, tuple[str, int]] = {}
        self._unplayable: set[Stream] = set()
        self._deaf = False
        self._listening = False
        self._impatient = False
        self._head_start: asyncio.TimerHandle | None = None
        self._queue.on_skipped = self._skipped

    def wish(self, stream: Wish) -> None:
        """What the tile is large enough for. Also begins."""
        self._wish = stream
        if self.shown is None and self._head_start is None:
            self._head_start = asyncio.get_running_loop().call_later(HEAD_START_S, self._hurry)
        self._aim()

    def _hurry(self) -> None:
        self._impatient = True
        if self.shown is None:
            self._aim()

    def listen(self, *, on: bool) -> None:
        """With sound or without it, from the next picture on."""
        self._listening = on
        self._hush.sound = on
        if not on:
            self._deaf = False
        shown = self.shown
        if shown is not None and not (shown == "aac" and not on):
            # Joined anew, the feed begins with its init segment, which now has a sound track or none.
            before, self._legs[shown] = self._legs[shown], Leg(self, shown)
            self._hub.join(self._camera, self._legs[shown], shown)
            self._hub.leave(self._camera, before, shown)
        elif shown is not None:
            self._queue.restart(self._queue.run)  # not one more byte of sound: what waits has it
            self._leave(shown)
            self.shown = None
        self._aim()

    def stop(self) -> None:
        if self._head_start is not None:
            self._head_start.cancel()
        for stream in list(self._legs):
            self._leave(stream)
        self.shown = None
        self._queue.on_skipped = None

    # --- aiming -----------------------------------------------------------------------------------------
    def _candidates(self) -> list[Stream]:
        return candidates(
            self._wish,
            has_sub=self._has_sub,
            slow=self._pace.low,
            deaf=self._deaf,
            unplayable=self._unplayable,
        )

    def _aim(self) -> None:
        """Joins the best stream, and beside one that has failed, so that it comes back, the next best."""
        wanted: list[Stream] = []
        for stream in self._candidates():
            wanted.append(stream)
            late = self._impatient and self.shown is None and stream == "sub"
            if stream == "main" or not (late or stream in self._failed):
                break
        for stream in list(self._legs):
            if stream not in wanted and stream != self.shown:
                self._leave(stream)
        for stream in wanted:
            if stream not in self._legs:
                self._legs[stream] = Leg(self, stream)
                self._hub.join(self._camera, self._legs[stream], stream)
        self._settle()

    def _leave(self, stream: Stream) -> None:
        leg = self._legs.pop(stream, None)
        self._failed.pop(stream, None)
        if leg is not None:
            self._hub.leave(self._camera, leg, stream)

    def _settle(self) -> None:
        """What is shown is the best that there is: the others are not needed."""
        if self.shown is not None and self.shown == next(iter(self._candidates()), None):
            for stream in list(self._legs):
                if stream != self.shown:
                    self._leave(stream)

    def _why(self, stream: Stream) -> Why:
        if self._deaf:
            return "sound" if stream in ("aac", "h264") else "no_sound"
        if stream == self._wish:
            return ""
        if stream == "main":
            if "sub" in self._unplayable:
                return "codec"
            return "sub_failed" if "sub" in self._failed else ""
        return "codec" if "main" in self._unplayable else "slow"

    # --- what the feeds say -----------------------------------------------------------------------------
    def begun(self, stream: Stream, mime: str, init: Picture, gop: list[Picture]) -> None:
        if stream not in self._legs:
            return
        self._failed.pop(stream, None)
        if not self._playable(stream, mime):
            if stream == self.shown:
                self.shown = None
            self._leave(stream)
            self._aim()
            return
        order = self._candidates()
        if self.shown in order and stream in order and order.index(self.shown) < order.index(stream):
            return  # a better one is shown already
        changed = stream != self.shown or not self.seen
        self.shown = stream
        if stream not in self.seen:
            self.seen.append(stream)
        if changed:
            self._on_stream(stream, self._why(stream))
        # Sound that the browser cannot decode is left out until the converted one has begun.
        self._hush.sound = self._listening and (stream in ("aac", "h264") or not self._deaf)
        self._hush.begin(init)
        self._queue.begin(self._hush.mime(mime), self._hush.init(init), self._hush.pictures(gop))
        for other in list(self._legs):
            if other != stream and (other not in order or order.index(other) > order.index(stream)):
                self._leave(other)
        self._settle()

    def _playable(self, stream: Stream, mime: str) -> bool:
        """Notes what the browser cannot do with this type; False when another stream has to be shown."""
        if stream in ("h264", "aac"):
            return True
        if not can_play(mime, self._plays, sound=False):
            self._unplayable.add(stream)
            return False
        if self._listening and not self._deaf and not can_play(mime, self._plays, sound=True):
            self._deaf = True
            asyncio.get_running_loop().call_soon(self._aim)
        return True

    def offered(self, stream: Stream, picture: Picture) -> None:
        if stream != self.shown:
            return
        for heard in self._hush.pictures([picture]):
            self._queue.offer(heard)
        if picture.chunk.key and self._pace.low and self._pace.calm(self._clock()):
            self._aim()

    def lost(self, stream: Stream) -> None:
        if stream == self.shown:
            self._queue.lost()

    def dark(self, stream: Stream, problem: str, since_us: int) -> None:
        if stream not in self._legs:
            return
        news = stream not in self._failed
        self._failed[stream] = (problem, since_us)
        if stream == self.shown:
            self.shown = None
        self._aim()
        waiting = [one for one in self._legs if one not in self._failed]
        if self.shown is None and not waiting:
            self._on_dark(*self._failed.get("main", (problem, since_us)))
        elif self.shown is not None and news and stream == "aac":
            self._on_stream(self.shown, "no_sound")

    def _skipped(self) -> None:
        # Not at once: the queue is in the middle of taking a picture when it says so.
        asyncio.get_running_loop().call_soon(self._step_down)

    def _step_down(self) -> None:
        if self._legs and self._pace.skipped(self._clock()) and self._has_sub:
            self._aim()
