"""Pictures of a container as the recorder wants them: length-prefixed NAL units, times at 90 kHz."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from av.packet import Packet
from av.video.stream import VideoStream

from thienly.media.codecs import h264
from thienly.media.frames import SourceError, VideoTrack
from thienly.media.sources.records import VIDEO_RATE
from thienly.rules.problems import Problem

_NOTHING = b""
_DELIMITER, _FILLER = 9, 12  # NAL unit types of no use in a file (ISO 14496-10 table 7-1)


@dataclass(frozen=True, slots=True)
class Picture:
    """`data`: one access unit of NAL units behind their lengths (4 bytes); `ts` at 90 kHz."""

    ts: int
    key: bool
    data: bytes


class Pictures:
    """An H.264 stream: `base` is the unit of its times (s), `rate` pictures a second if known, `extra` its
    parameter sets if the container keeps them apart."""

    def __init__(self, base: Fraction | None, rate: Fraction | None, extra: bytes) -> None:
        self._base = base
        self._step = round(VIDEO_RATE / float(rate)) if rate else VIDEO_RATE // 25
        self._last: int | None = None
        self._held: tuple[bool, bytes] | None = None  # the first picture often has no time of its own
        self._sps = self._pps = _NOTHING
        self._length = 0  # bytes of a NAL unit's length; 0: start codes (Annex B)
        self.track: VideoTrack | None = None
        if extra[:1] == b"\x01" and len(extra) > 6:
            self._length = (extra[4] & 3) + 1
            self._note(_configured(extra))
        elif extra:
            self._note(annex_b(extra))

    @classmethod
    def of_stream(cls, stream: VideoStream) -> "Pictures":
        """Raises SourceError(UNSUPPORTED_CODEC)."""
        codec = stream.codec_context
        if codec.name != "h264":
            raise SourceError(Problem.UNSUPPORTED_CODEC, f"video is {codec.name}"[:40])
        rate = stream.average_rate or stream.guessed_rate
        return cls(stream.time_base, rate, bytes(codec.extradata or b""))

    def pictures(self, packet: "Packet[VideoStream]") -> Iterator[Picture]:
        """What comes out when this packet goes in."""
        if not packet.size:
            return
        data = bytes(packet)
        nals = _prefixed(data, self._length) if self._length else annex_b(data)
        self._note([nal for nal in nals if nal[0] & 31 in (h264.SPS, h264.PPS)])
        key = any(nal[0] & 31 == h264.IDR for nal in nals)
        body = b"".join(
            len(nal).to_bytes(4, "big") + nal for nal in nals if nal[0] & 31 not in (_DELIMITER, _FILLER)
        )
        if not any(nal[0] & 31 in range(h264.SLICE, h264.IDR + 1) for nal in nals):
            return
        time = packet.pts if packet.pts is not None else packet.dts
        if time is None or self._base is None:
            if self._last is None:
                self._held = (key, body)
                return
            ts = self._last + self._step
        else:
            ts = round(time * self._base * VIDEO_RATE)
        if self._held is not None:
            held_key, held = self._held
            self._held = None
            yield Picture(ts - self._step, held_key, held)
        self._last = ts
        yield Picture(ts, key, body)

    def _note(self, nals: list[bytes]) -> None:
        """Parameter sets; those that make no sense are left out."""
        for nal in nals:
            kind = nal[0] & 31
            if kind == h264.SPS:
                try:
                    h264.parse_sps(nal)
                except ValueError:
                    continue
                self._sps = nal
            elif kind == h264.PPS:
                self._pps = self._pps or nal
        if self._sps and self._pps and (self.track is None or self.track.sps != self._sps):
            self._pps = next((nal for nal in nals if nal[0] & 31 == h264.PPS), self._pps)
            size = h264.parse_sps(self._sps)
            self.track = VideoTrack("h264", self._sps, self._pps, size.width, size.height, VIDEO_RATE)


def annex_b(data: bytes) -> list[bytes]:
    """The NAL units between start codes (ISO 14496-10 annex B)."""
    nals = []
    at = data.find(b"\0\0\1")
    while at >= 0:
        following = data.find(b"\0\0\1", at + 3)
        end = len(data) if following < 0 else following
        nal = data[at + 3 : end].rstrip(b"\0")
        if nal:
            nals.append(nal)
        at = following
    return nals


def _prefixed(data: bytes, length: int) -> list[bytes]:
    nals = []
    at = 0
    while at + length <= len(data):
        size = int.from_bytes(data[at : at + length], "big")
        at += length
        if not size or at + size > len(data):
            break
        nals.append(data[at : at + size])
        at += size
    return nals


def _configured(extra: bytes) -> list[bytes]:
    """The parameter sets of an AVCDecoderConfigurationRecord (ISO 14496-15 section 5.3.3.1)."""
    nals = []
    at, count = 6, extra[5] & 31
    for _ in range(2):
        for _ in range(count):
            size = int.from_bytes(extra[at : at + 2], "big")
            nal = extra[at + 2 : at + 2 + size]
            if len(nal) == size and nal:
                nals.append(nal)
            at += 2 + size
        count = extra[at] if at < len(extra) else 0
        at += 1
    return nals
