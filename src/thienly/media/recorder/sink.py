"""Where the muxed bytes of one camera go: to the store, to viewers, and into the camera's timeline."""

import asyncio
from collections.abc import Callable
from hashlib import sha256

from thienly.media.disks import Disks, Writing
from thienly.media.frames import Chunk, Fragment, Tracks
from thienly.media.live import LiveStream
from thienly.media.recorder.timeline import Timeline
from thienly.media.segments import init_id
from thienly.rules.problems import Problem


class CameraSink:
    """The FragmentSink of one camera's main stream, for all its connections."""

    def __init__(
        self,
        *,
        store: Disks,
        timeline: Timeline,
        live: LiveStream,
        lost: Callable[[], int],
        on_kept: Callable[[], None],
        on_not_kept: Callable[[Problem, str], None],
    ) -> None:
        """`lost`: RTP packets lost since the connection began."""
        self.tracks: Tracks | None = None
        self.offset_us: int | None = None
        self.frames = 0  # since the last status
        self.bytes = 0
        self.duration_us = 0
        self._store = store
        self._timeline = timeline
        self._live = live
        self._lost = lost
        self._lost_before = 0
        self._on_kept = on_kept
        self._on_not_kept = on_not_kept
        self._segment: Writing | None = None
        self._last: asyncio.Future[None] | None = None

    def finish_at_key(self) -> "asyncio.Future[None]":
        """The open GOP is the last one that is taken. Done when it was."""
        if self._last is None:
            self._last = asyncio.get_running_loop().create_future()
        return self._last

    def close(self) -> None:
        """Takes nothing any more."""
        self.finish_at_key()
        self._closed()

    def _closed(self) -> None:
        self.end(Problem.HANDOVER.value)
        if self._last is not None and not self._last.done():
            self._last.set_result(None)

    @property
    def _done(self) -> bool:
        return self._last is not None and self._last.done()

    @property
    def live(self) -> bool:
        return self._live.live

    # --- FragmentSink -----------------------------------------------------------------------------------
    def on_segment(self, init: bytes, mime: str, tracks: Tracks, start_us: int, reason: str) -> None:
        if self._done:
            return
        self.end(reason)
        self.tracks = tracks
        self._segment = self._store.begin(
            camera=self._timeline.camera,
            stream="main",
            media_us=start_us,
            init=init,
            init_id=init_id(sha256(init).digest()),
            mime=mime,
            owner=self,
        )
        self._live.on_segment(init, mime, start_us)

    def on_fragment(self, fragment: Fragment) -> None:
        if self._segment is None:
            return
        self.frames += fragment.frames
        self.bytes += len(fragment.data)
        self.duration_us += fragment.duration_us
        self.offset_us = fragment.camera_offset_us
        if not self._store.append(self._segment, fragment):
            self.on_not_kept(fragment.start_us, Problem.STORE_FAILED, "the disk is too slow")
        if self._last is not None:
            self._closed()

    def on_chunk(self, chunk: Chunk) -> None:
        if not self._done:
            self._live.on_chunk(chunk)

    # --- store.Kept -------------------------------------------------------------------------------------
    def on_kept(self, start_us: int, end_us: int) -> None:
        lost = self._lost()
        hole = Problem.CORRUPT if lost > self._lost_before else Problem.STALLED
        self._lost_before = lost
        self._timeline.kept(start_us, end_us, hole=hole)
        self._on_kept()

    def on_not_kept(self, start_us: int, problem: Problem, detail: str) -> None:
        self._timeline.begin(problem, at_us=start_us, detail=detail)
        self._on_not_kept(problem, detail)

    def on_lost(self, start_us: int, end_us: int, problem: Problem, detail: str) -> None:
        self._timeline.lost(start_us, end_us, problem, detail)
        self._on_not_kept(problem, detail)

    def end(self, reason: str, *, sync: bool = True) -> None:
        """The open segment ends for `reason` (see schema.sql, `end_reason`)."""
        if self._segment is not None:
            self._store.end(self._segment, reason, sync=sync)
            self._segment = None
