"""fMP4 in, fMP4 out: the same times, another codec. Blocks; belongs into a thread."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import Any

import av
from av.audio.codeccontext import AudioCodecContext
from av.video.codeccontext import VideoCodecContext

from thienly.media.frames import Chunk, Tracks
from thienly.media.mp4.fragment import AudioRun, VideoRun, media_fragment
from thienly.media.mp4.init import init_segment
from thienly.media.mp4.mime import mime_of
from thienly.media.transcode.picture import Encoded, ToH264
from thienly.media.transcode.sound import SAMPLES, ToAac

_CLOCK = 90_000  # Hz, of the pictures that are made
_USUAL_FRAME_US = 40_000


class CannotConvert(Exception):
    """The bytes are nothing that can be decoded here."""


UNREADABLE = (av.FFmpegError, ValueError, StopIteration, IndexError)
"""What libav and our own readers raise about bytes that are not what they should be."""


@dataclass(slots=True)
class Made:
    """`init` is not empty when what follows needs another one; then media time 0 is `segment_us`."""

    init: bytes = b""
    mime: str = ""
    segment_us: int = 0
    chunks: list[Chunk] = field(default_factory=list)


class Converter:
    """One stream. `base_us`: media time 0 of what is made; None: the first picture's time."""

    def __init__(self, *, base_us: int | None = None) -> None:
        self._base_us = base_us
        self._init = b""
        self._mime = ""
        self._decoder: VideoCodecContext | None = None
        self._hearer: AudioCodecContext | None = None
        self._encoder: ToH264 | None = None
        self._sound: ToAac | None = None
        self._told = b""
        self._frame_us = _USUAL_FRAME_US
        self._last_us = 0
        self._keys: set[int] = set()
        self._sequence = 0

    def begin(self, init: bytes, mime: str = "") -> None:
        """What follows belongs to this init segment."""
        self._init, self._mime = init, mime
        self._decoder = self._hearer = None
        self._keys.clear()

    def convert(self, data: bytes, segment_us: int, *, last: bool = False) -> Made:
        """What comes out for a fragment whose media time 0 is `segment_us`. `last`: nothing follows.

        Raises CannotConvert.
        """
        try:
            pictures, sounds = self._convert(data, segment_us, last=last)
        except UNREADABLE as error:
            raise CannotConvert(type(error).__name__) from error
        made = Made()
        if self._encoder is None or not pictures:
            return made
        tracks = Tracks(self._encoder.track, self._sound.track if self._sound else None)
        init = init_segment(tracks)
        if self._base_us is None:
            self._base_us = pictures[0].when_us
        if init != self._told:
            self._told = init
            made.init, made.mime, made.segment_us = init, mime_of(init), self._base_us
        made.chunks = self._cut(pictures, sounds)
        return made

    def _convert(
        self, data: bytes, segment_us: int, *, last: bool
    ) -> tuple[list[Encoded], list[tuple[int, bytes]]]:
        pictures: list[Encoded] = []
        sounds: list[tuple[int, bytes]] = []
        with av.open(io.BytesIO(self._init + data), "r", format="mp4") as container:
            for packet in container.demux():
                if packet.dts is None or packet.size == 0 or packet.pts is None or packet.time_base is None:
                    continue
                when_us = segment_us + round(packet.pts * packet.time_base * 1_000_000)
                context = packet.stream.codec_context
                if isinstance(context, VideoCodecContext):
                    if packet.is_keyframe:
                        self._keys.add(when_us)
                    packet.pts, packet.dts, packet.time_base = when_us, None, Fraction(1, 1_000_000)
                    pictures += self._see(packet, context)
                elif isinstance(context, AudioCodecContext):
                    sounds += self._hear(packet, context, when_us)
        if last and self._decoder is not None:
            pictures += self._see(None, self._decoder)
        return pictures, sounds

    def _see(self, packet: "av.Packet[Any] | None", context: VideoCodecContext) -> Iterator[Encoded]:
        if self._decoder is None:
            decoder = av.CodecContext.create(context.name, "r")
            assert isinstance(decoder, VideoCodecContext)  # noqa: S101 - the same codec as the stream's
            decoder.extradata = context.extradata
            decoder.thread_count = 1  # more would hold frames back
            self._decoder = decoder
        for frame in self._decoder.decode(packet):
            if frame.pts is None:
                continue
            if self._encoder is None or frame.width * frame.height != self._pixels:
                self._encoder, self._pixels = ToH264(frame.width, frame.height), frame.width * frame.height
            key = frame.pts in self._keys
            self._keys.discard(frame.pts)
            yield from self._encoder.feed(frame, frame.pts, key=key)

    _pixels = 0

    def _hear(
        self, packet: "av.Packet[Any]", context: AudioCodecContext, when_us: int
    ) -> Iterator[tuple[int, bytes]]:
        if self._hearer is None:
            hearer = av.CodecContext.create(context.name, "r")
            assert isinstance(hearer, AudioCodecContext)  # noqa: S101 - the same codec as the stream's
            hearer.extradata = context.extradata
            hearer.sample_rate, hearer.layout = context.sample_rate, context.layout
            self._hearer = hearer
            self._sound = self._sound or ToAac(context.sample_rate, context.layout.nb_channels)
        assert self._sound is not None  # noqa: S101 - made beside the decoder
        packet.pts = packet.dts = None
        for frame in self._hearer.decode(packet):
            yield from self._sound.feed(frame, when_us)
            when_us += round(frame.samples * 1_000_000 / frame.sample_rate)

    # --- cutting ----------------------------------------------------------------------------------------
    def _cut(self, pictures: list[Encoded], sounds: list[tuple[int, bytes]]) -> list[Chunk]:
        """Chunks that begin at key frames or follow the one before; the first takes the sound along."""
        groups: list[list[Encoded]] = []
        for picture in pictures:
            if picture.key or not groups:
                groups.append([])
            groups[-1].append(picture)
        return [self._chunk(group, [] if number else sounds) for number, group in enumerate(groups)]

    def _chunk(self, group: list[Encoded], sounds: list[tuple[int, bytes]]) -> Chunk:
        times = [picture.when_us for picture in group]
        if self._last_us and 0 < times[0] - self._last_us < 1_000_000:
            self._frame_us = times[0] - self._last_us
        self._last_us = times[-1]
        ends = [*times[1:], times[-1] + self._frame_us]
        ticks = [self._ticks(when, _CLOCK) for when in (*times, ends[-1])]
        sizes = [len(picture.data) for picture in group]
        video = VideoRun(
            ticks[0],
            [max(1, after - before) for before, after in pairwise(ticks)],
            sizes,
            [picture.key for picture in group],
            [picture.data for picture in group],
        )
        self._sequence += 1
        data = media_fragment(self._sequence, video, self._audio_run(sounds))
        return Chunk(times[0], ends[-1] - times[0], group[0].key, data)

    def _audio_run(self, sounds: list[tuple[int, bytes]]) -> AudioRun | None:
        heard = [(when, data) for when, data in sounds if when >= (self._base_us or 0)]
        if not heard or self._sound is None:
            return None
        rate = self._sound.track.sample_rate
        return AudioRun(
            self._ticks(heard[0][0], rate),
            [SAMPLES] * len(heard),
            [len(data) for _, data in heard],
            [data for _, data in heard],
        )

    def _ticks(self, when_us: int, rate: int) -> int:
        return max(0, (when_us - (self._base_us or 0)) * rate // 1_000_000)
