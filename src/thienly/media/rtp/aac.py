"""AAC over RTP, mpeg4-generic (RFC 3640): AU headers of any widths, several or fragments of access units."""

from collections.abc import Callable
from dataclasses import dataclass
from struct import Struct

from thienly.media.codecs.bits import BitReader, BitsExhaustedError
from thienly.media.frames import Part
from thienly.media.rtp.packet import HEADER, PLAIN, Buffer, MalformedPacketError, payload_bounds
from thienly.media.rtp.sequence import missing
from thienly.media.rtp.timestamps import Unwrapper

MAX_UNIT = 16 << 10
"""Bytes of one access unit; AAC allows 768 bytes a channel."""
_MAX_UNITS = 64
_PLAIN_UNIT = Struct(">BBHIIHH")
"""The RTP header, the bits of the AU headers, and the one AU header of AAC-hbr: size (13), index (3)."""
_parse_plain_unit = _PLAIN_UNIT.unpack_from


@dataclass(frozen=True, slots=True)
class HeaderWidths:
    """Bits of the fields of an AU header (section 3.2.1); the defaults are those of AAC-hbr (section
    3.3.6)."""

    size: int = 13
    index: int = 3
    index_delta: int = 3


_HBR = HeaderWidths()


class AacDepacketiser:
    """One audio track. `on_audio(ts, sizes, parts)` gets whole access units, `on_lost(packets)` what is
    missing."""

    def __init__(
        self,
        widths: HeaderWidths,
        on_audio: Callable[[int, list[int], list[Part]], None],
        on_lost: Callable[[int], None],
    ) -> None:
        self.timestamps = Unwrapper()
        self.malformed = 0
        self._widths = widths
        self._hbr = widths == _HBR
        self._on_audio = on_audio
        self._on_lost = on_lost
        self._expected = -1
        self._fragments: list[Part] = []
        self._whole = 0  # bytes of the access unit that comes in fragments

    def packet(self, buffer: Buffer, start: int, end: int) -> None:
        """Take the RTP packet `buffer[start:end]`; a malformed one is counted and skipped."""
        unit = start + _PLAIN_UNIT.size
        if end > unit and self._hbr:
            first, _, sequence, ts, _, bits, header = _parse_plain_unit(buffer, start)
            # One whole access unit in order, as nearly always: its header says size and index 0.
            if (
                header == end - unit << 3
                and bits == 16
                and first == PLAIN
                and sequence == self._expected
                and not self._fragments
            ):
                self._expected = sequence + 1 & 0xFFFF
                self._on_audio(self.timestamps.unwrap(ts), [end - unit], [buffer[unit:end]])
                return
        try:
            payload, end = payload_bounds(buffer, start, end)
            _, marker, sequence, ts = HEADER.unpack_from(buffer, start)
            if self._expected not in (-1, sequence):
                self._on_lost(missing(self._expected, sequence))
                self._fragments.clear()
            self._expected = (sequence + 1) & 0xFFFF
            sizes, data = self._header(buffer, payload, end)
            if len(sizes) == 1 and (sizes[0] > end - data or self._fragments):
                self._fragment(ts, bool(marker & 0x80), sizes[0], buffer[data:end])
                return
            if data + sum(sizes) > end:
                raise MalformedPacketError("access units longer than the packet")
            parts: list[Part] = []
            for size in sizes:
                parts.append(buffer[data : data + size])
                data += size
            self._on_audio(self.timestamps.unwrap(ts), sizes, parts)
        except MalformedPacketError:
            self.malformed += 1
            self._fragments.clear()

    def _header(self, buffer: Buffer, position: int, end: int) -> tuple[list[int], int]:
        """Sizes of the access units, and where the first begins."""
        bits = int.from_bytes(buffer[position : position + 2], "big")
        data = position + 2 + (bits + 7) // 8
        if data > end or not bits:
            raise MalformedPacketError("AU headers longer than the packet")
        if bits == 16 and self._hbr:  # one access unit, as nearly always
            header = int.from_bytes(buffer[position + 2 : data], "big")
            if header & 7 or not header:
                raise MalformedPacketError("interleaved or empty access unit")
            return [header >> 3], data
        reader = BitReader(bytes(buffer[position + 2 : data]))
        sizes: list[int] = []
        used = 0
        try:
            while used < bits and len(sizes) < _MAX_UNITS:
                index_bits = self._widths.index_delta if sizes else self._widths.index
                size = reader.bits(self._widths.size)
                if reader.bits(index_bits) or not 0 < size <= MAX_UNIT:
                    raise MalformedPacketError("interleaved, empty or impossible access unit")
                sizes.append(size)
                used += self._widths.size + index_bits
        except BitsExhaustedError as error:
            raise MalformedPacketError("AU headers cut short") from error
        return sizes, data

    def _fragment(self, ts: int, last: bool, whole: int, part: Part) -> None:
        """A piece of an access unit that is larger than a packet (section 3.2.3)."""
        if self._fragments and whole != self._whole:
            raise MalformedPacketError("fragments of different access units")
        self._whole = whole
        self._fragments.append(part)
        have = sum(map(len, self._fragments))
        if have > whole or (last and have != whole) or len(self._fragments) > _MAX_UNITS:
            raise MalformedPacketError("fragments do not add up")
        if have == whole:
            parts, self._fragments = self._fragments, []
            self._on_audio(self.timestamps.unwrap(ts), [whole], [b"".join(parts)])
