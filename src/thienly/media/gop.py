"""The open GOP: samples as they come, and the bytes that are made of them.

The same samples are cut twice: into chunks while somebody watches, and into one fragment when the GOP is
complete. All times that come in are the server's (Unix, microseconds); media time in ticks counts from the
segment's start.
"""

from itertools import pairwise

from thienly.media.frames import Chunk, Fragment, Part, Tracks
from thienly.media.mp4.fragment import AudioRun, VideoRun, media_fragment

_USUAL_FRAME_US = 40_000
_AUDIO_TOLERANCE_US = 100_000
"""Audio stays evenly spaced unless its clock says that it is off by more than this."""


class AudioLine:
    """Where the audio of a segment goes on: the tick after the last sample."""

    def __init__(self) -> None:
        self.next = 0


class Gop:
    """Samples from one IDR frame up to the next."""

    def __init__(self, tracks: Tracks, segment_us: int, start_us: int, audio_line: AudioLine) -> None:
        self.start_us = start_us
        self.bytes = 0
        self.samples = 0  # video and audio
        self.sent = 0  # frames that went out as chunks
        self.reordered = False
        self._rate = tracks.video.clock_rate
        self._audio = tracks.audio
        self._segment_us = segment_us
        self._times: list[int] = []
        self._sizes: list[int] = []
        self._parts: list[Part] = []
        self._ends: list[int] = []  # for each frame, the index in _parts behind its last
        self._line = audio_line
        self._audio_ticks: list[int] = []
        self._audio_sizes: list[int] = []
        self._audio_parts: list[Part] = []
        self._audio_sent = 0

    @property
    def frames(self) -> int:
        """Video frames so far."""
        return len(self._times)

    @property
    def last_us(self) -> int:
        """Time of the frame shown last so far."""
        return max(self._times) if self.reordered else self._times[-1]

    @property
    def frame_us(self) -> int:
        """The usual distance of frames, from what is here."""
        count = len(self._times) - 1
        return max(1000, (self.last_us - self.start_us) // count) if count > 0 else _USUAL_FRAME_US

    def add_video(self, when_us: int, size: int, parts: list[Part]) -> None:
        """One more frame, in decoding order."""
        if self._times and when_us <= self._times[-1]:
            self.reordered = True
        self._times.append(when_us)
        self._sizes.append(size)
        self._parts += parts
        self._ends.append(len(self._parts))
        self.bytes += size
        self.samples += 1

    def add_audio(self, when_us: int, sizes: list[int], parts: list[Part]) -> None:
        """Access units, the first of which sounds at `when_us`; those from before the segment are left
        out."""
        if self._audio is None:
            return
        rate, step = self._audio.sample_rate, self._audio.samples_per_frame
        tick = (when_us - self._segment_us) * rate // 1_000_000
        tolerance = _AUDIO_TOLERANCE_US * rate // 1_000_000
        if tick < self._line.next - tolerance and not self._line.next:
            return
        if tick <= self._line.next + tolerance:
            tick = self._line.next
        for size, part in zip(sizes, parts, strict=True):
            self._audio_ticks.append(tick)
            self._audio_sizes.append(size)
            self._audio_parts.append(part)
            self.bytes += size
            tick += step
        self.samples += len(sizes)
        self._line.next = tick

    def pending_us(self) -> int:
        """Length of the frames that did not go out as chunks."""
        return self.last_us + self.frame_us - self._times[self.sent] if self.sent < len(self._times) else 0

    def fragment(self, sequence: int, end_us: int, camera_offset_us: int | None) -> Fragment:
        """The whole GOP; its last frame is shown until `end_us`."""
        start, ticks = self._ticks(0, end_us)
        data = media_fragment(sequence, self._video_run(0, start, ticks), self._audio_run(0))
        return Fragment(self.start_us, end_us - self.start_us, data, len(self._times), camera_offset_us)

    def chunk(self, sequence: int, first: int, end_us: int | None = None) -> Chunk:
        """The frames from index `first` on. With 0 it begins with the IDR frame and takes all audio along."""
        end = self.last_us + self.frame_us if end_us is None else end_us
        start, ticks = self._ticks(first, end)
        audio = self._audio_run(self._audio_sent if first else 0)
        self.sent, self._audio_sent = len(self._times), len(self._audio_sizes)
        data = media_fragment(sequence, self._video_run(first, start, ticks), audio)
        start_us = min(self._times[first:])
        return Chunk(start_us, max(0, end - start_us), first == 0, data)

    def _tick(self, when_us: int) -> int:
        return (when_us - self._segment_us) * self._rate // 1_000_000

    def _ticks(self, first: int, end_us: int) -> tuple[int, list[int]]:
        """Decoding time of frame `first`, and the ends of it and all that follow: strictly increasing."""
        times = self._times[first:]
        if self.reordered:
            times.sort()  # decoding times: the presentation times in their order; the shifts make up for it
        ticks = [self._tick(time) for time in times]
        ticks.append(self._tick(end_us))
        for index in range(1, len(ticks)):
            if ticks[index] <= ticks[index - 1]:
                ticks[index] = ticks[index - 1] + 1
        return ticks[0], ticks[1:]

    def _video_run(self, first: int, start: int, ends: list[int]) -> VideoRun:
        begins = [start, *ends[:-1]]
        sizes = self._sizes[first:]
        parts = self._parts[self._ends[first - 1] :] if first else self._parts
        shifts: list[int] = []
        if self.reordered:
            shifts = [self._tick(t) - b for t, b in zip(self._times[first:], begins, strict=True)]
        keys = [not first] + [False] * (len(sizes) - 1)
        durations = [end - begin for begin, end in zip(begins, ends, strict=True)]
        return VideoRun(start, durations, sizes, keys, parts, shifts)

    def _audio_run(self, first: int) -> AudioRun | None:
        ticks = self._audio_ticks[first:]
        if not ticks or self._audio is None:
            return None
        durations = [after - tick for tick, after in pairwise(ticks)]
        durations.append(self._audio.samples_per_frame)
        return AudioRun(ticks[0], durations, self._audio_sizes[first:], self._audio_parts[first:])
