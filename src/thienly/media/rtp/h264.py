"""H.264 over RTP (RFC 6184, non-interleaved mode) to whole access units."""

from thienly.media.codecs import h264
from thienly.media.frames import Part, SourceError, VideoTrack
from thienly.media.rtp.packet import Buffer
from thienly.media.rtp.video import FrameHandler, VideoDepacketiser
from thienly.rules.problems import Problem

_STAP_A, _FU_A = 24, 28
_INTERLEAVED_KINDS = {25, 26, 27, 29}
"""STAP-B, MTAP16, MTAP24, FU-B: only in the interleaved mode (section 5.4)."""


class H264Depacketiser(VideoDepacketiser):
    """One H.264 track; `sps` and `pps` as the description gives them, or empty."""

    fragment_headers = 2  # FU indicator and FU header
    fragment_format = "H"

    def __init__(
        self, handler: FrameHandler, sps: bytes = b"", pps: bytes = b"", clock_rate: int = 90_000
    ) -> None:
        super().__init__(handler)
        self._clock_rate = clock_rate
        self._sps = self._pps = b""
        self._pps_id: int | None = None
        for nal in (sps, pps):
            if nal:
                self._note_parameters(nal)

    @property
    def track(self) -> VideoTrack | None:
        if not self._sps or not self._pps:
            return None
        size = h264.parse_sps(self._sps)
        return VideoTrack("h264", self._sps, self._pps, size.width, size.height, self._clock_rate)

    def _payload(self, buffer: Buffer, payload: int, end: int) -> None:
        """Table 1 of the RFC."""
        kind = buffer[payload] & 31
        if kind == _FU_A:
            if self._fu_at >= 0 and buffer[payload + 1] < 0x40:
                self._parts.append(buffer[payload + 2 : end])  # neither the first piece nor the last
            else:
                self._fragment(buffer, payload, end)
        elif 0 < kind < _STAP_A:
            self._whole(buffer[payload:end])
        elif kind == _STAP_A:
            self._aggregate(buffer, payload + 1, end)
        elif kind in _INTERLEAVED_KINDS:
            raise SourceError(Problem.UNSUPPORTED_CODEC, f"H.264 interleaved mode (packet kind {kind})")
        else:
            self._spoil()

    def _whole(self, nal: Part) -> None:
        kind = nal[0] & 31
        self._nal(nal)
        if kind <= h264.IDR:
            self._picture_slice(kind, nal[1] if len(nal) > 1 else 0)

    def _aggregate(self, buffer: Buffer, position: int, end: int) -> None:
        """STAP-A (section 5.7.1): several NAL units, each behind its length (16 bits)."""
        while position + 2 <= end:
            size = buffer[position] << 8 | buffer[position + 1]
            position += 2
            if not size or position + size > end:
                self._spoil()
                return
            self._whole(buffer[position : position + size])
            position += size

    def _fragment(self, buffer: Buffer, payload: int, end: int) -> None:
        """FU-A (section 5.8): a piece of a NAL unit."""
        indicator, flags = buffer[payload], buffer[payload + 1]
        if flags & 0x80:
            kind = flags & 31
            self._begin_fragmented(bytes((indicator & 0xE0 | kind,)), indicator << 8 | kind)
            if h264.SLICE <= kind <= h264.IDR:
                self._picture_slice(kind, buffer[payload + 2] if payload + 2 < end else 0)
        self._piece(buffer[payload + 2 : end], last=bool(flags & 0x40))

    def _picture_slice(self, kind: int, first_byte: int) -> None:
        """The first slice of a picture has first_mb_in_slice 0, coded as a 1 bit."""
        self._slice(first=bool(first_byte & 0x80), key=kind == h264.IDR)

    def _is_parameters(self, header: int) -> bool:
        return header & 31 in (h264.SPS, h264.PPS)

    def _note_parameters(self, nal: bytes) -> None:
        """Streams may define several picture parameter sets; the first one's id is followed, the others are
        in the stream anyway, and alternating ids must not look like a change."""
        if nal in (self._sps, self._pps):
            return
        try:
            if nal[0] & 31 == h264.SPS:
                h264.parse_sps(nal)
                self._sps, self._pps_id = nal, None
            else:
                set_id = h264.pps_id(nal)
                if self._pps_id not in (None, set_id):
                    return
                self._pps, self._pps_id = nal, set_id
        except ValueError:
            self.malformed += 1
            return
        self._new_parameters = True
