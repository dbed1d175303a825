"""The RTP header (RFC 3550 section 5.1)."""

from struct import Struct

HEADER = Struct(">BBHI")  # V P X CC, M PT, sequence number, timestamp; the SSRC follows
HEADER_LENGTH = 12
PLAIN = 0x80  # first byte of version 2 without padding, extension and contributing sources

Buffer = bytes | bytearray


class MalformedPacketError(ValueError):
    """A packet whose lengths or kinds make no sense; it is counted and skipped."""


def payload_bounds(buffer: Buffer, start: int, end: int) -> tuple[int, int]:
    """Where the payload of the packet `buffer[start:end]` begins and ends. Raises MalformedPacketError."""
    if end - start < HEADER_LENGTH or buffer[start] >> 6 != 2:
        raise MalformedPacketError("not RTP version 2")
    first = buffer[start]
    payload = start + HEADER_LENGTH + 4 * (first & 0x0F)
    if first & 0x10:
        if payload + 4 > end:
            raise MalformedPacketError("header extension cut short")
        payload += 4 + 4 * int.from_bytes(buffer[payload + 2 : payload + 4], "big")
    if first & 0x20 and end > start:
        end -= buffer[end - 1]
    if payload > end:
        raise MalformedPacketError("no payload")
    return payload, end
