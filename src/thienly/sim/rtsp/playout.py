"""The wall clock of one clip: every frame time it wakes and hands what is due to all listeners."""

import asyncio
import math
import time
import zlib
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Protocol

from thienly.sim.clip import VideoClip
from thienly.sim.rtsp.packets import LoopTrack, Slice

Kind = Literal["video", "sound"]


@dataclass
class Due:
    """Units that have come due since the last tick, of both tracks: first…last-1."""

    now: float
    playout: "Playout"
    first_video: int
    last_video: int
    first_sound: int
    last_sound: int

    @cached_property
    def video(self) -> list[Slice]:
        return self.playout.video.slices(self.first_video, self.last_video)

    @cached_property
    def sound(self) -> list[Slice]:
        track = self.playout.sound
        return track.slices(self.first_sound, self.last_sound) if track else []

    @cached_property
    def joined(self) -> bytes:
        """Both tracks on their default channels: what nearly every client gets, made once."""
        return b"".join(piece.data for piece in (*self.video, *self.sound))


class Listener(Protocol):
    def deliver(self, due: Due) -> None: ...


class Playout:
    """Frame n of the Unix epoch is captured and sent at n / fps; sound is sent when its unit is complete."""

    def __init__(self, clip: VideoClip, video: LoopTrack, sound: LoopTrack | None) -> None:
        self.clip, self.video, self.sound = clip, video, sound
        self.tracks: dict[Kind, LoopTrack] = {"video": video, **({"sound": sound} if sound else {})}
        self._listeners: dict[Listener, None] = {}
        self._task: asyncio.Task[None] | None = None

    def attach(self, listener: Listener) -> None:
        self._listeners[listener] = None
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    def detach(self, listener: Listener) -> None:
        self._listeners.pop(listener, None)

    def next_key_unit(self, now: float) -> int:
        """The first key frame not captured before `now`."""
        gop, first = self.clip.gop_frames, self.clip.first_key
        return math.ceil((now * self.clip.fps - first) / gop) * gop + first

    def next_unit(self, now: float) -> int:
        return math.ceil(now * self.clip.fps)

    async def close(self) -> None:
        self._listeners.clear()
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        video, sound = self._upto(time.time())
        # Loops of one length have their seams together: each clip prepares at a time of its own.
        prepare_at = video + zlib.crc32(self.clip.units[0]) % self.video.units
        while self._listeners:
            now = time.time()
            upto_video, upto_sound = self._upto(now)
            if upto_video > video:
                due = Due(now, self, video, upto_video, sound, max(sound, upto_sound))
                for listener in list(self._listeners):
                    listener.deliver(due)
                video, sound = upto_video, due.last_sound
            if video >= prepare_at:
                self.video.prepare_next_pass(video)
                prepare_at += self.video.units
            await asyncio.sleep(max(0.0, video / self.clip.fps - time.time()))

    def _upto(self, now: float) -> tuple[int, int]:
        return math.floor(now * self.clip.fps) + 1, math.floor(now / self.sound.unit_s) if self.sound else 0
