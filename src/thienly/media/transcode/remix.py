"""The same pictures with other sound: copied sample by sample, only the sound is made anew as AAC."""

import io
from collections.abc import Iterator
from itertools import pairwise

import av
from av.audio.codeccontext import AudioCodecContext

from thienly.media.frames import AudioTrack, Chunk
from thienly.media.mp4.boxes import box
from thienly.media.mp4.fragment import VideoRun, media_fragment
from thienly.media.mp4.init import AUDIO_ID, VIDEO_ID, audio_trak, trex
from thienly.media.transcode.convert import UNREADABLE, CannotConvert, Converter, Made

_AAC = "mp4a.40.2"


class Remixer(Converter):
    """A Converter that leaves the pictures as they are, and their media time too."""

    def convert(self, data: bytes, segment_us: int, *, last: bool = False) -> Made:
        """See Converter."""
        moved, self._base_us = segment_us != self._base_us, segment_us
        try:
            video, when_us, sounds = self._copy(data, segment_us)
            made = Made()
            if video is None:
                return made
            if self._sound is None:
                raise CannotConvert("no sound in the stream")
            if moved:
                made.init = with_sound(self._init, self._sound.track)
                made.mime, made.segment_us = self._mime_with_aac(), segment_us
        except UNREADABLE as error:
            raise CannotConvert(type(error).__name__) from error
        self._sequence += 1
        length_us = round(sum(video.durations) * 1_000_000 / self._timescale)
        fragment = media_fragment(self._sequence, video, self._audio_run(sounds))
        made.chunks = [Chunk(when_us, length_us, video.keys[0], fragment)]
        return made

    def _copy(self, data: bytes, segment_us: int) -> tuple[VideoRun | None, int, list[tuple[int, bytes]]]:
        """The pictures as they are stored, when the first is shown (µs), and the sound as AAC."""
        samples: list[tuple[int, int, int, bool, bytes]] = []  # dts, pts, duration, key, bytes
        sounds: list[tuple[int, bytes]] = []
        with av.open(io.BytesIO(self._init + data), "r", format="mp4") as container:
            stream = container.streams.video[0]
            if stream.time_base is None:
                raise CannotConvert("a track without time")
            self._timescale = stream.time_base.denominator
            for packet in container.demux():
                if packet.dts is None or packet.size == 0 or packet.pts is None or packet.time_base is None:
                    continue
                context = packet.stream.codec_context
                if packet.stream.index == stream.index:
                    length = packet.duration or 1
                    samples.append((packet.dts, packet.pts, length, packet.is_keyframe, bytes(packet)))
                elif isinstance(context, AudioCodecContext):
                    when_us = segment_us + round(packet.pts * packet.time_base * 1_000_000)
                    sounds += self._hear(packet, context, when_us)
        if not samples:
            return None, 0, sounds
        durations = [max(1, after[0] - before[0]) for before, after in pairwise(samples)]
        shifts = [pts - dts for dts, pts, *_ in samples]
        run = VideoRun(
            samples[0][0],
            [*durations, samples[-1][2]],
            [len(sample[4]) for sample in samples],
            [sample[3] for sample in samples],
            [sample[4] for sample in samples],
            shifts if any(shifts) else [],
        )
        first = min(pts for _, pts, *_ in samples)
        return run, segment_us + round(first * 1_000_000 / self._timescale), sounds

    _timescale = 90_000  # Hz

    def _mime_with_aac(self) -> str:
        head, _, rest = self._mime.partition('codecs="')
        return f'{head}codecs="{rest.rstrip(chr(34)).split(",")[0]},{_AAC}"'


def with_sound(init: bytes, audio: AudioTrack) -> bytes:
    """An init segment of ours with `audio` in place of its sound. Raises ValueError."""
    out: list[bytes] = []
    for kind, whole in _boxes(init):
        if kind != b"moov":
            out.append(whole)
            continue
        inner = list(_boxes(whole[8:]))
        head = next((part for name, part in inner if name == b"mvhd"), b"")
        pictures = next((part for name, part in inner if name == b"trak" and _handler(part) == b"vide"), b"")
        if not head or not pictures:
            raise ValueError("no picture track")
        extends = box(b"mvex", trex(VIDEO_ID), trex(AUDIO_ID))
        out.append(box(b"moov", head, pictures, audio_trak(audio), extends))
    return b"".join(out)


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if size < 8 or at + size > len(data):
            raise ValueError("a box has a wrong size")
        yield data[at + 4 : at + 8], data[at : at + size]
        at += size


def _handler(trak: bytes) -> bytes:
    """The kind of a track (ISO/IEC 14496-12, section 8.4.3)."""
    at = trak.find(b"hdlr")
    return trak[at + 12 : at + 16] if at >= 0 else b""
