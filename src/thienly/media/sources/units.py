"""Pictures of a container as the recorder wants them: length-prefixed NAL units, times at 90 kHz."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from av.packet import Packet
from av.video.stream import VideoStream

from thienly.media.frames import SourceError, VideoTrack
from thienly.media.sources.parameters import H264Sets, H265Sets, ParameterSets
from thienly.media.sources.records import VIDEO_RATE
from thienly.rules.problems import Problem

_SETS: dict[str, type[ParameterSets]] = {"h264": H264Sets, "hevc": H265Sets}


@dataclass(frozen=True, slots=True)
class Picture:
    """`data`: one access unit of NAL units behind their lengths (4 bytes); `ts` at 90 kHz."""

    ts: int
    key: bool
    data: bytes


class Pictures:
    """An H.264 or H.265 stream: `base` is the unit of its times (s), `rate` pictures a second if known,
    `extra` its parameter sets if the container keeps them apart.

    As over RTSP, pictures before the first key frame are left out, and so are those after it that refer to
    what came before it (H.265's RASL).
    """

    def __init__(
        self, base: Fraction | None, rate: Fraction | None, extra: bytes, sets: ParameterSets | None = None
    ) -> None:
        self._base = base
        self._step = round(VIDEO_RATE / float(rate)) if rate else VIDEO_RATE // 25
        self._last: int | None = None
        self._held: tuple[bool, bytes] | None = None  # the first picture often has no time of its own
        self._sets = sets or H264Sets()
        self._length = 0  # bytes of a NAL unit's length; 0: start codes (Annex B)
        self._keys = 0
        if extra[:1] == b"\x01" and len(extra) > 6:
            self._length, nals = self._sets.configured(extra)
            self._sets.note(nals)
        elif extra:
            self._sets.note(annex_b(extra))

    @classmethod
    def of_stream(cls, stream: VideoStream) -> "Pictures":
        """Raises SourceError(UNSUPPORTED_CODEC)."""
        codec = stream.codec_context
        name = codec.codec.canonical_name
        if name not in _SETS:
            raise SourceError(Problem.UNSUPPORTED_CODEC, f"video is {name}"[:40])
        rate = stream.average_rate or stream.guessed_rate
        return cls(stream.time_base, rate, bytes(codec.extradata or b""), _SETS[name]())

    @property
    def track(self) -> VideoTrack | None:
        """As far as its parameter sets are known."""
        return self._sets.track

    def pictures(self, packet: "Packet[VideoStream]") -> Iterator[Picture]:
        """What comes out when this packet goes in."""
        if not packet.size:
            return
        sets, data = self._sets, bytes(packet)
        nals = _prefixed(data, self._length) if self._length else annex_b(data)
        sets.note(nals)
        kinds = [sets.kind(nal) for nal in nals]
        key = any(map(sets.key, kinds))
        if not any(map(sets.slice, kinds)):
            return
        self._keys += key
        if not self._keys or (self._keys == 1 and any(map(sets.leading, kinds))):
            return
        body = b"".join(
            len(nal).to_bytes(4, "big") + nal
            for nal, kind in zip(nals, kinds, strict=True)
            if not sets.useless(kind)
        )
        yield from self._timed(packet, key, body)

    def _timed(self, packet: "Packet[VideoStream]", key: bool, body: bytes) -> Iterator[Picture]:
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
