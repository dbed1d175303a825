"""Whole frames in, fMP4 out: cuts at key frames, rolls segments, keeps the time.

Media time is the server's time: `tfdt` of a fragment is its start minus the segment's start, so drift and
jumps of the camera's clock are taken up by the length of single frames and never ask for a new segment.
"""

from dataclasses import dataclass
from typing import Literal

from thienly.media.clock import ServerClock, StepDetector, StreamClock
from thienly.media.frames import Chunk, FragmentSink, Part, SourceError, Tracks
from thienly.media.gop import AudioLine, Gop
from thienly.media.mp4.init import init_segment
from thienly.media.mp4.mime import mime_of
from thienly.rules.problems import Problem

MAX_GOP_BYTES = 32 << 20
"""A GOP of 10 s at 16 Mbit/s has 20 MB."""
MAX_GOP_SAMPLES = 60_000
"""Ten minutes at 60 frames a second, with audio."""
_HOLE_US = 1_000_000
"""Less than this between two frames is not a gap."""
_AUDIO_SANE_US = 3_000_000
_REORDER_S = 1
"""B-frames go back in RTP time by less; more is a camera that reset its clock."""
_MAX_LEADING = 32


@dataclass(frozen=True, slots=True)
class _Held:
    ts: int
    arrived_us: int
    size: int
    parts: list[Part]


class Fragmenter:
    """The FrameSink of the recorder; hands fragments, and chunks while `sink.live`, to `sink`.

    `segment_us`: a segment ends at the first key frame after this long. `chunk_us`: length of frames in a
    chunk; at 25 frames a second 80 ms are two frames. `on_video` raises SourceError(FLOOD) when a GOP has
    no end.
    """

    def __init__(
        self,
        sink: FragmentSink,
        *,
        segment_us: int = 60_000_000,
        chunk_us: int = 80_000,
        clock: ServerClock | None = None,
    ) -> None:
        self._sink = sink
        self._segment_us = segment_us
        self._chunk_us = chunk_us
        self._clock = clock or ServerClock()
        self._steps = StepDetector(self._clock)
        self._tracks: Tracks | None = None
        self._video = StreamClock(90_000)
        self._audio = StreamClock(90_000)
        self._last_audio_ts: int | None = None
        self._audio_report: tuple[int, int] | None = None  # (ts, camera_us)
        self._video_report: tuple[int, int] | None = None  # not yet turned into an offset
        self._offset_us: int | None = None
        self._new_segment = "first"  # why the next GOP begins a segment, or ""
        self._start_us = 0
        self._end_us = 0
        self._audio_line = AudioLine()
        self._gop: Gop | None = None
        self._last_ts = 0
        self._reorders: bool | None = None  # B-frames were seen; None in the first GOP, before one came
        # A key frame, and the pictures behind it that are shown before it: the GOP before ends where the
        # first of them is shown.
        self._held: list[_Held] = []
        self._fragments = self._chunks = 0
        self.lost = 0

    # FrameSink

    def on_tracks(self, tracks: Tracks) -> None:
        """New parameter sets: the open GOP ends here, and the next one begins a segment."""
        if tracks == self._tracks:
            return
        self.finish()
        if self._tracks is not None:
            self._new_segment = "tracks"
        if self._tracks is None or tracks.video.clock_rate != self._tracks.video.clock_rate:
            self._video = StreamClock(tracks.video.clock_rate)
        if tracks.audio and (self._tracks is None or tracks.audio != self._tracks.audio):
            self._audio = StreamClock(tracks.audio.sample_rate)
            self._last_audio_ts = None
        if self._tracks is None or tracks.video.codec != self._tracks.video.codec:
            self._reorders = None
        self._tracks = tracks

    def on_video(self, ts: int, key: bool, size: int, parts: list[Part]) -> None:
        """See FrameSink; frames before the first key frame are dropped."""
        now = self._clock.wall_us()
        if self._held:
            if not key and ts < self._held[0].ts and self._may_hold(size):
                self._held.append(_Held(ts, now, size, parts))
                return
            self._release()
        if key:
            if self._reorders is None and self._gop is not None:
                self._reorders = False
            if self._reorders:
                self._held.append(_Held(ts, now, size, parts))
                return
            self._begin_gop(ts, now)
            self._last_ts = ts
            if self._gop is not None:
                self._add(self._gop, self._gop.start_us, size, parts)
        elif self._gop is not None:
            when = self._video.frame(ts, now)
            if 0 < self._last_ts - ts < _REORDER_S * self._gop.rate:
                self._reorders = True
            self._last_ts = ts
            self._add(self._gop, when, size, parts)

    def _may_hold(self, size: int) -> bool:
        held = self._held
        return len(held) < _MAX_LEADING and size + sum(frame.size for frame in held) < MAX_GOP_BYTES

    def _release(self) -> None:
        """The GOP begins with what of the held pictures is shown first."""
        held, self._held = self._held, []
        if not held:
            return
        self._begin_gop(min(frame.ts for frame in held), held[0].arrived_us)
        for frame in held:
            if self._gop is not None:
                self._last_ts = frame.ts
                when = self._video.frame(frame.ts, frame.arrived_us)
                self._add(self._gop, when, frame.size, frame.parts)

    def _add(self, gop: Gop, when: int, size: int, parts: list[Part]) -> None:
        gop.add_video(when if when > gop.start_us else gop.start_us, size, parts)
        if gop.bytes > MAX_GOP_BYTES or gop.samples > MAX_GOP_SAMPLES:
            self._endless(gop)
        if not self._sink.live:
            gop.sent = 0
        elif gop.pending_us() >= self._chunk_us:
            self._send_chunk(gop)

    def on_audio(self, ts: int, sizes: list[int], parts: list[Part]) -> None:
        """See FrameSink; audio outside a GOP is dropped."""
        if self._tracks is None or self._tracks.audio is None:
            return
        when = self._audio_time(ts, self._tracks.audio.sample_rate)
        if self._gop is not None:
            self._gop.add_audio(when, sizes, parts)
            if self._gop.samples > MAX_GOP_SAMPLES:
                self._endless(self._gop)

    def on_clock(self, track: Literal["video", "audio"], ts: int, camera_us: int, arrived_us: int) -> None:
        """See FrameSink; becomes `camera_offset_us` of the fragments that follow."""
        if track == "audio":
            self._audio_report = (ts, camera_us)
        else:
            self._video_report = (ts, camera_us)

    def on_lost(self, packets: int) -> None:
        """See FrameSink; counted in `lost`."""
        self.lost += packets

    # the recorder's side

    def finish(self) -> None:
        """Hand on the open GOP as it is: nothing that arrived is lost. More frames may follow, from a key
        frame on."""
        self._release()
        if self._gop is not None:
            self._end_gop(self._gop.last_us + self._gop.frame_us)

    def current_gop(self) -> list[Chunk]:
        """The open GOP so far, as one chunk that begins with its key frame: the first picture of a new
        viewer.

        Frames that wait for their chunk go to `on_chunk` first when the sink is live, so that viewers who are
        there already miss nothing; the chunks after the returned one continue it.
        """
        gop = self._gop
        if gop is None or not gop.ready:
            return []
        if self._sink.live and gop.sent and gop.sent < gop.ready:
            self._send_chunk(gop)
        self._chunks += 1
        return [gop.chunk(self._chunks, 0)]

    def _begin_gop(self, ts: int, now: int) -> None:
        if self._tracks is None:
            return
        reason = self._new_segment
        if self._steps.stepped():
            reason = reason or "clock"
            self._forget_clocks()
        when = self._video.frame(ts, now)
        if self._video.correct(ts):
            reason = reason or "clock"
            self._forget_clocks()
            when = self._video.frame(ts, now)
        else:
            when = self._video.at(ts)
        if self._last_audio_ts is not None:
            self._audio.correct(self._last_audio_ts)
        self._note_offset()
        gop = self._gop
        if gop is not None:
            if reason != "clock":
                when = max(when, gop.last_us + 1000)
            hole = not 0 <= when - gop.last_us <= max(_HOLE_US, 4 * gop.frame_us)
            self._end_gop(gop.last_us + gop.frame_us if hole else when)
        elif reason not in ("first", "clock"):
            when = max(when, self._end_us)
        if not reason and when - self._start_us >= self._segment_us:
            reason = "duration"
        if reason:
            self._begin_segment(when, reason)
        self._gop = Gop(
            self._tracks, self._start_us, when, self._audio_line, careful=self._reorders is not False
        )

    def _begin_segment(self, when: int, reason: str) -> None:
        assert self._tracks is not None  # noqa: S101 - _begin_gop has seen to it
        self._new_segment = ""
        self._start_us, self._fragments, self._audio_line = when, 0, AudioLine()
        init = init_segment(self._tracks)
        self._sink.on_segment(init, mime_of(init), self._tracks, when, reason)

    def _end_gop(self, end_us: int) -> None:
        gop, self._gop = self._gop, None
        if gop is None or not gop.frames:
            return
        if self._sink.live and gop.sent < gop.frames:
            self._send_chunk(gop, end_us)
        self._fragments += 1
        self._end_us = end_us
        self._sink.on_fragment(gop.fragment(self._fragments, end_us, self._offset_us))

    def _send_chunk(self, gop: Gop, end_us: int | None = None) -> None:
        self._chunks += 1
        self._sink.on_chunk(gop.chunk(self._chunks, gop.sent, end_us))

    def _endless(self, gop: Gop) -> None:
        """What is here is good and goes to disk; without a key frame nothing more can follow."""
        self.finish()
        raise SourceError(Problem.FLOOD, f"no key frame within {gop.samples} samples, {gop.bytes} bytes")

    def _note_offset(self) -> None:
        if self._video_report is not None:
            ts, camera_us = self._video_report
            self._offset_us = camera_us - self._video.at(ts)
            self._video_report = None

    def _forget_clocks(self) -> None:
        self._video.reset()
        self._audio.reset()

    def _audio_time(self, ts: int, rate: int) -> int:
        """By the camera's own clock when it reports it for both tracks, else by arrival."""
        now = self._clock.wall_us()
        when = self._audio.frame(ts, now)
        self._last_audio_ts = ts
        if self._audio_report is not None and self._offset_us is not None:
            at, camera_us = self._audio_report
            reported = camera_us + (ts - at) * 1_000_000 // rate - self._offset_us
            if abs(reported - now) < _AUDIO_SANE_US:
                return reported
        return when
