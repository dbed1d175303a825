"""H.265 over RTP (RFC 7798, single stream, no decoding order numbers) to whole access units."""

from thienly.media.codecs import h265
from thienly.media.frames import Part, SourceError, VideoTrack
from thienly.media.rtp.packet import Buffer
from thienly.media.rtp.video import FrameHandler, VideoDepacketiser
from thienly.rules.problems import Problem

_AP, _FU, _PACI = 48, 49, 50
_HEADER = 2  # bytes of a NAL unit's header


class H265Depacketiser(VideoDepacketiser):
    """One H.265 track; `vps`, `sps` and `pps` as the description gives them, or empty.

    Only the base layer is followed. RASL pictures of the first key frame are left out: what they refer to
    never came.
    """

    fragment_headers = 3  # payload header and FU header
    fragment_format = "3s"

    def __init__(
        self,
        handler: FrameHandler,
        vps: bytes = b"",
        sps: bytes = b"",
        pps: bytes = b"",
        clock_rate: int = 90_000,
    ) -> None:
        super().__init__(handler)
        self._clock_rate = clock_rate
        self._vps = self._sps = self._pps = b""
        self._vps_id: int | None = None
        self._pps_id: int | None = None
        for nal in (vps, sps, pps):
            if nal:
                self._note_parameters(nal)

    @property
    def track(self) -> VideoTrack | None:
        if not self._vps or not self._sps or not self._pps:
            return None
        size = h265.parse_sps(self._sps)
        return VideoTrack("h265", self._sps, self._pps, size.width, size.height, self._clock_rate, self._vps)

    def _payload(self, buffer: Buffer, payload: int, end: int) -> None:
        """Section 4.4 of the RFC."""
        kind = buffer[payload] >> 1 & 63
        if kind == _FU:
            self._fragment(buffer, payload, end)
        elif kind < _AP:
            self._whole(buffer[payload:end])
        elif kind == _AP:
            self._aggregate(buffer, payload + _HEADER, end)
        elif kind == _PACI:
            raise SourceError(Problem.UNSUPPORTED_CODEC, "H.265 payload content information (PACI)")
        else:
            self._spoil()

    def _whole(self, nal: Part) -> None:
        if len(nal) <= _HEADER:
            self._spoil()
            return
        kind = h265.kind_of(nal)
        self._nal(nal)
        if kind <= h265.LAST_SLICE:
            self._picture_slice(kind, nal[_HEADER])

    def _aggregate(self, buffer: Buffer, position: int, end: int) -> None:
        """AP (section 4.4.2): several NAL units, each behind its length (16 bits)."""
        while position + 2 <= end:
            size = buffer[position] << 8 | buffer[position + 1]
            position += 2
            if size <= _HEADER or position + size > end:
                self._spoil()
                return
            self._whole(buffer[position : position + size])
            position += size

    def _fragment(self, buffer: Buffer, payload: int, end: int) -> None:
        """FU (section 4.4.3): a piece of a NAL unit."""
        if payload + 3 > end:
            self._spoil()
            return
        first, second, flags = buffer[payload : payload + 3]
        if flags & 0x80:
            kind = flags & 63
            header = bytes((first & 0x81 | kind << 1, second))
            self._begin_fragmented(header, bytes((first, second, kind)))
            if kind <= h265.LAST_SLICE:
                self._picture_slice(kind, buffer[payload + 3] if payload + 3 < end else 0)
        self._piece(buffer[payload + 3 : end], last=bool(flags & 0x40))

    def _picture_slice(self, kind: int, first_byte: int) -> None:
        """The first bit behind the header is first_slice_segment_in_pic_flag."""
        if kind in (h265.RASL_N, h265.RASL_R):
            self._needs_past = True
        self._slice(first=bool(first_byte & 0x80), key=h265.FIRST_IRAP <= kind <= h265.LAST_IRAP)

    def _is_parameters(self, header: int) -> bool:
        return h265.VPS <= header >> 1 & 63 <= h265.PPS

    def _note_parameters(self, nal: bytes) -> None:
        """As with H.264, the ids of the first sets are followed."""
        if nal in (self._vps, self._sps, self._pps) or nal[0] & 1 or nal[1] & 0xF8:
            return  # known, or of another layer
        try:
            kind = h265.kind_of(nal)
            if kind == h265.SPS:
                h265.parse_sps(nal)
                self._sps, self._pps_id = nal, None
            elif kind == h265.PPS:
                set_id = h265.pps_id(nal)
                if self._pps_id not in (None, set_id):
                    return
                self._pps, self._pps_id = nal, set_id
            else:
                set_id = h265.vps_id(nal)
                if self._vps_id not in (None, set_id):
                    return
                self._vps, self._vps_id = nal, set_id
        except ValueError:
            self.malformed += 1
            return
        self._new_parameters = True
