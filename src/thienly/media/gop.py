"""The open GOP: samples as they come, and the bytes that are made of them.

The same samples are cut twice: into chunks while somebody watches, and into one fragment when the GOP is
complete. All times that come in are the server's (Unix, microseconds); media time in ticks counts from the
segment's start.
"""

from itertools import pairwise

from thienly.media.codecs import sound
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
    """Samples from one key frame up to the next.

    `start_us` is the time of what is shown first: of the key frame, or of pictures that come behind it and
    are shown before it. `careful`: pictures may come in another order than they are shown (B-frames), which
    `reordered` says once it is seen.
    """

    def __init__(
        self,
        tracks: Tracks,
        segment_us: int,
        start_us: int,
        audio_line: AudioLine,
        *,
        careful: bool = False,
    ) -> None:
        self.start_us = start_us
        self.bytes = 0
        self.samples = 0  # video and audio
        self.sent = 0  # frames that went out as chunks
        self.reordered = False
        self._careful = careful
        self.rate = tracks.video.clock_rate  # Hz
        self._audio = tracks.audio
        self._segment_us = segment_us
        self._times: list[int] = []
        self._highest = start_us - 1
        # Once a frame comes that is shown after all others, all those shown before it are here.
        self._closed, self._closed_us = 0, start_us
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
    def ready(self) -> int:
        """So many frames are known to be without a hole in their time, and may go out as a chunk."""
        return self._closed if self._careful else len(self._times)

    @property
    def last_us(self) -> int:
        """Time of the frame shown last so far."""
        return self._highest

    @property
    def frame_us(self) -> int:
        """The usual distance of frames, from what is here."""
        count, last = len(self._times), self._highest
        if self._careful:
            count, last = self._closed, self._closed_us
        return max(1000, (last - self.start_us) // (count - 1)) if count > 1 else _USUAL_FRAME_US

    def add_video(self, when_us: int, size: int, parts: list[Part]) -> None:
        """One more frame, in decoding order."""
        if when_us > self._highest:
            self._closed, self._closed_us = len(self._times), self._highest
            self._highest = when_us
        else:
            self.reordered = self._careful = True
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
        rate = self._audio.sample_rate
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
            tick += sound.samples(self._audio, part)
        self.samples += len(sizes)
        self._line.next = tick

    def pending_us(self) -> int:
        """Length of the frames that are ready and did not go out as chunks."""
        if self.sent >= self.ready:
            return 0
        if not self._careful:
            return self._highest + self.frame_us - self._times[self.sent]
        return self._closed_us + self.frame_us - min(self._times[self.sent : self._closed])

    def fragment(self, sequence: int, end_us: int, camera_offset_us: int | None) -> Fragment:
        """The whole GOP; its last frame is shown until `end_us`."""
        whole = len(self._times)
        start, ticks = self._ticks(0, whole, end_us)
        data = media_fragment(sequence, self._video_run(0, whole, start, ticks), self._audio_run(0))
        return Fragment(self.start_us, end_us - self.start_us, data, whole, camera_offset_us)

    def chunk(self, sequence: int, first: int, end_us: int | None = None) -> Chunk:
        """The frames from index `first` on: all when the GOP ends at `end_us`, else those that are ready.

        With 0 it begins with the key frame and takes all audio along.
        """
        if end_us is None:
            behind = self.ready
            end = (self._closed_us if self._careful else self._highest) + self.frame_us
        else:
            behind, end = len(self._times), end_us
        start, ticks = self._ticks(first, behind, end)
        audio = self._audio_run(self._audio_sent if first else 0)
        self.sent, self._audio_sent = behind, len(self._audio_sizes)
        data = media_fragment(sequence, self._video_run(first, behind, start, ticks), audio)
        start_us = min(self._times[first:behind])
        return Chunk(start_us, max(0, end - start_us), first == 0, data)

    def _tick(self, when_us: int) -> int:
        return (when_us - self._segment_us) * self.rate // 1_000_000

    def _ticks(self, first: int, behind: int, end_us: int) -> tuple[int, list[int]]:
        """Decoding time of frame `first`, and the ends of it and all others: strictly increasing."""
        times = self._times[first:behind]
        if self.reordered:
            times.sort()  # decoding times: the presentation times in their order; the shifts make up for it
        ticks = [self._tick(time) for time in times]
        ticks.append(self._tick(end_us))
        for index in range(1, len(ticks)):
            if ticks[index] <= ticks[index - 1]:
                ticks[index] = ticks[index - 1] + 1
        return ticks[0], ticks[1:]

    def _video_run(self, first: int, behind: int, start: int, ends: list[int]) -> VideoRun:
        begins = [start, *ends[:-1]]
        sizes = self._sizes[first:behind]
        parts = self._parts[self._ends[first - 1] if first else 0 : self._ends[behind - 1]]
        shifts: list[int] = []
        if self.reordered:
            shifts = [self._tick(t) - b for t, b in zip(self._times[first:behind], begins, strict=True)]
        keys = [not first] + [False] * (len(sizes) - 1)
        durations = [end - begin for begin, end in zip(begins, ends, strict=True)]
        return VideoRun(start, durations, sizes, keys, parts, shifts)

    def _audio_run(self, first: int) -> AudioRun | None:
        ticks = self._audio_ticks[first:]
        if not ticks or self._audio is None:
            return None
        durations = [after - tick for tick, after in pairwise(ticks)]
        durations.append(self._line.next - ticks[-1])
        return AudioRun(ticks[0], durations, self._audio_sizes[first:], self._audio_parts[first:])
