"""The sink of a successor: receives what the camera sends while another process still keeps it."""

import asyncio
from dataclasses import dataclass, field

from thienly.media.frames import Chunk, Fragment, Tracks
from thienly.media.recorder.sink import CameraSink
from thienly.media.recorder.timeline import TOLERANCE_US
from thienly.rules.problems import Problem

MOST_HELD = 4
"""Fragments kept in memory for each camera: the answer to a release takes far less than a GOP."""


@dataclass(slots=True)
class _Begun:
    """A segment that began while waiting, and its last fragments."""

    init: bytes
    mime: str
    tracks: Tracks
    start_us: int
    reason: str
    fragments: list[Fragment] = field(default_factory=list)


class WaitingSink(CameraSink):
    """Holds the last fragments back until `go_on` says from when on they are ours."""

    _begun: _Begun | None = None
    _waiting = True
    _first: "asyncio.Future[None] | None" = None
    _after_us: int | None = None  # the end of what the other kept, until our first fragment
    _last_us: int | None = None  # the start of its last fragment

    @property
    def ready(self) -> "asyncio.Future[None]":
        """Done with the first key frame: from the next on, everything is here."""
        if self._first is None:
            self._first = asyncio.get_running_loop().create_future()
        return self._first

    def go_on(self, after_us: int | None, *, last_us: int | None) -> None:
        """Keeps what begins at `after_us` or later, but not the GOP that began at `last_us`."""
        self._waiting, self._after_us, self._last_us = False, after_us, last_us
        begun, self._begun = self._begun, None
        if begun is None:
            return
        super().on_segment(begun.init, begun.mime, begun.tracks, begun.start_us, begun.reason)
        for fragment in begun.fragments:
            self.on_fragment(fragment)

    @property
    def live(self) -> bool:
        return not self._waiting and self._live.live

    def on_segment(self, init: bytes, mime: str, tracks: Tracks, start_us: int, reason: str) -> None:
        if not self._waiting:
            super().on_segment(init, mime, tracks, start_us, reason)
            return
        self._begun = _Begun(init, mime, tracks, start_us, reason)
        if not self.ready.done():
            self.ready.set_result(None)

    def on_fragment(self, fragment: Fragment) -> None:
        if self._waiting:
            if self._begun is not None:
                self._begun.fragments = [*self._begun.fragments[1 - MOST_HELD :], fragment]
            return
        if self._after_us is not None:
            # The same key frame arrives at two processes some milliseconds apart. A connection that broke
            # behind it left the other a GOP of a frame or two, which ends about where it began.
            apart_us = min(TOLERANCE_US, fragment.duration_us // 2)
            last_us = self._last_us if self._last_us is not None else self._after_us - 2 * apart_us
            if fragment.start_us < max(self._after_us - apart_us, last_us + apart_us):
                return  # the other has it
            if self._timeline.gap is None and fragment.start_us - self._after_us > TOLERANCE_US:
                self._timeline.begin(Problem.HANDOVER, at_us=self._after_us)
            self._after_us = None
        super().on_fragment(fragment)

    def on_chunk(self, chunk: Chunk) -> None:
        if not self._waiting:
            super().on_chunk(chunk)

    def end(self, reason: str, *, sync: bool = True) -> None:
        self._begun = None
        super().end(reason, sync=sync)
