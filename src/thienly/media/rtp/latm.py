"""AAC over RTP, MP4A-LATM with its configuration in the description (RFC 6416 section 6, `cpresent=0`)."""

from collections.abc import Callable

from thienly.media.frames import Part
from thienly.media.rtp.aac import MAX_UNIT
from thienly.media.rtp.packet import HEADER, Buffer, MalformedPacketError, payload_bounds
from thienly.media.rtp.sequence import missing
from thienly.media.rtp.timestamps import Unwrapper


class LatmDepacketiser:
    """One audio track. `on_audio(ts, sizes, parts)` gets whole access units, `on_lost(packets)` what is
    missing."""

    def __init__(
        self, on_audio: Callable[[int, list[int], list[Part]], None], on_lost: Callable[[int], None]
    ) -> None:
        self.timestamps = Unwrapper()
        self.malformed = 0
        self._on_audio = on_audio
        self._on_lost = on_lost
        self._expected = -1
        self._open = b""  # of an audioMuxElement that comes in several packets
        self._damaged = False

    def packet(self, buffer: Buffer, start: int, end: int) -> None:
        """Take the RTP packet `buffer[start:end]`; a malformed one is counted and skipped."""
        try:
            payload, end = payload_bounds(buffer, start, end)
            _, marker, sequence, ts = HEADER.unpack_from(buffer, start)
            if self._expected not in (-1, sequence):
                self._on_lost(missing(self._expected, sequence))
                self._damaged = bool(self._open)
            self._expected = (sequence + 1) & 0xFFFF
            self._open += buffer[payload:end]
            if len(self._open) > 4 * MAX_UNIT:
                raise MalformedPacketError("an element without end")
            if not marker & 0x80:
                return
            data, damaged = self._open, self._damaged
            self._open, self._damaged = b"", False
            if not damaged:
                parts = _units(data)
                self._on_audio(self.timestamps.unwrap(ts), list(map(len, parts)), parts)
        except MalformedPacketError:
            self.malformed += 1
            self._open, self._damaged = b"", False


def _units(data: bytes) -> list[Part]:
    """PayloadLengthInfo is a sum of bytes up to the first that is not 255 (ISO/IEC 14496-3 section
    1.7.3.1)."""
    parts: list[Part] = []
    at = 0
    while at < len(data):
        size = 0
        while True:
            if at >= len(data):
                raise MalformedPacketError("length cut short")
            size += data[at]
            at += 1
            if data[at - 1] != 0xFF:
                break
        if not 0 < size <= min(MAX_UNIT, len(data) - at):
            raise MalformedPacketError("an empty or impossible access unit")
        parts.append(data[at : at + size])
        at += size
    if not parts:
        raise MalformedPacketError("no access unit")
    return parts
