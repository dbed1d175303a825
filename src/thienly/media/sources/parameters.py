"""What must be known of the NAL units of a container: which are parameter sets, slices, keys, or nothing."""

from abc import ABC, abstractmethod
from collections.abc import Iterable

from thienly.media.codecs import h264, h265
from thienly.media.frames import VideoTrack
from thienly.media.sources.records import VIDEO_RATE

_H264_FILLER = 12  # ISO 14496-10 table 7-1
_H265_DELIMITER, _H265_FILLER = 35, 38  # ITU-T H.265 table 7-1
_SET_ARRAYS = 64  # more than any encoder writes


class ParameterSets(ABC):
    """Of one stream. As over RTSP, the ids of the first sets are followed: others are in the stream anyway,
    and sets that alternate must not look like a change. Those that make no sense are left out."""

    track: VideoTrack | None = None

    @abstractmethod
    def kind(self, nal: bytes) -> int:
        """nal_unit_type."""

    @abstractmethod
    def useless(self, kind: int) -> bool:
        """Delimiters and filler, of no use in a file."""

    @abstractmethod
    def slice(self, kind: int) -> bool:
        """A piece of a picture."""

    @abstractmethod
    def key(self, kind: int) -> bool:
        """A piece of a picture that decoding can begin with."""

    def leading(self, kind: int) -> bool:
        """A piece of a picture that is shown before its key and refers to what was before it."""
        return False

    def note(self, nals: Iterable[bytes]) -> None:
        """Look for sets among these."""
        changed = False
        for nal in nals:
            try:
                changed |= self._note(nal)
            except ValueError:
                continue
        if changed:
            self.track = self._made() or self.track

    @abstractmethod
    def configured(self, extra: bytes) -> tuple[int, list[bytes]]:
        """Bytes of a NAL unit's length, and the sets, of a decoder configuration record."""

    @abstractmethod
    def _note(self, nal: bytes) -> bool:
        """Whether it is news. Raises ValueError."""

    @abstractmethod
    def _made(self) -> VideoTrack | None:
        """None while a set is missing."""


class H264Sets(ParameterSets):
    """ISO 14496-10."""

    def __init__(self) -> None:
        self._sps = self._pps = b""
        self._pps_id: int | None = None

    def kind(self, nal: bytes) -> int:
        return nal[0] & 31

    def useless(self, kind: int) -> bool:
        return kind in (h264.AUD, _H264_FILLER)

    def slice(self, kind: int) -> bool:
        return h264.SLICE <= kind <= h264.IDR

    def key(self, kind: int) -> bool:
        return kind == h264.IDR

    def configured(self, extra: bytes) -> tuple[int, list[bytes]]:
        """AVCDecoderConfigurationRecord (ISO 14496-15 section 5.3.3.1)."""
        nals: list[bytes] = []
        at, count = 6, extra[5] & 31
        for _ in range(2):
            at = _take(extra, at, count, nals)
            count = extra[at] if at < len(extra) else 0
            at += 1
        return (extra[4] & 3) + 1, nals

    def _note(self, nal: bytes) -> bool:
        kind = self.kind(nal)
        if nal in (self._sps, self._pps) or kind not in (h264.SPS, h264.PPS):
            return False
        if kind == h264.SPS:
            h264.parse_sps(nal)
            self._sps, self._pps_id = nal, None
            return True
        set_id = h264.pps_id(nal)
        if self._pps_id not in (None, set_id):
            return False
        self._pps, self._pps_id = nal, set_id
        return True

    def _made(self) -> VideoTrack | None:
        if not self._sps or not self._pps:
            return None
        size = h264.parse_sps(self._sps)
        return VideoTrack("h264", self._sps, self._pps, size.width, size.height, VIDEO_RATE)


class H265Sets(ParameterSets):
    """ITU-T H.265; sets of other layers than the base are no sets to these parsers."""

    def __init__(self) -> None:
        self._vps = self._sps = self._pps = b""
        self._vps_id: int | None = None
        self._pps_id: int | None = None

    def kind(self, nal: bytes) -> int:
        return h265.kind_of(nal)

    def useless(self, kind: int) -> bool:
        return kind in (_H265_DELIMITER, _H265_FILLER)

    def slice(self, kind: int) -> bool:
        return kind <= h265.LAST_SLICE

    def key(self, kind: int) -> bool:
        return h265.FIRST_IRAP <= kind <= h265.LAST_IRAP

    def leading(self, kind: int) -> bool:
        return kind in (h265.RASL_N, h265.RASL_R)

    def configured(self, extra: bytes) -> tuple[int, list[bytes]]:
        """HEVCDecoderConfigurationRecord (ISO 14496-15 section 8.3.3.1)."""
        nals: list[bytes] = []
        if len(extra) < 23:
            return 4, nals
        at = 23
        for _ in range(min(extra[22], _SET_ARRAYS)):
            at = _take(extra, at + 3, int.from_bytes(extra[at + 1 : at + 3], "big"), nals)
        return (extra[21] & 3) + 1, nals

    def _note(self, nal: bytes) -> bool:
        kind = self.kind(nal)
        if nal in (self._vps, self._sps, self._pps) or not h265.VPS <= kind <= h265.PPS:
            return False
        if kind == h265.SPS:
            h265.parse_sps(nal)
            self._sps, self._pps_id = nal, None
            return True
        if kind == h265.PPS:
            set_id = h265.pps_id(nal)
            if self._pps_id not in (None, set_id):
                return False
            self._pps, self._pps_id = nal, set_id
            return True
        set_id = h265.vps_id(nal)
        if self._vps_id not in (None, set_id):
            return False
        self._vps, self._vps_id = nal, set_id
        return True

    def _made(self) -> VideoTrack | None:
        if not self._vps or not self._sps or not self._pps:
            return None
        size = h265.parse_sps(self._sps)
        return VideoTrack("h265", self._sps, self._pps, size.width, size.height, VIDEO_RATE, self._vps)


def _take(extra: bytes, at: int, count: int, nals: list[bytes]) -> int:
    """`count` sets behind their lengths (16 bits) from `at` on; where they end."""
    for _ in range(count):
        size = int.from_bytes(extra[at : at + 2], "big")
        nal = extra[at + 2 : at + 2 + size]
        if not nal or len(nal) < size:
            return len(extra)
        nals.append(nal)
        at += 2 + size
    return at
