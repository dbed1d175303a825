"""RTCP sender reports (RFC 3550 section 6.4.1): the camera's clock."""

from dataclasses import dataclass
from struct import Struct

_NTP_TO_UNIX_S = 2_208_988_800
_REPORT = Struct(">BBHIIII")  # V P RC, PT, length, SSRC, NTP seconds, NTP fraction, RTP timestamp
_SENDER_REPORT = 200


@dataclass(frozen=True, slots=True)
class SenderReport:
    """At RTP time `ts` (32 bits) the camera's clock showed `camera_us` (Unix, microseconds)."""

    ts: int
    camera_us: int


def sender_report(packet: bytes) -> SenderReport | None:
    """The first sender report of a compound packet; None when there is none, it is malformed or gives no
    time."""
    position = 0
    while len(packet) - position >= 4:
        first, kind = packet[position], packet[position + 1]
        length = 4 * (int.from_bytes(packet[position + 2 : position + 4], "big") + 1)
        if first >> 6 != 2 or position + length > len(packet):
            return None
        if kind == _SENDER_REPORT and length >= 28:
            _, _, _, _, seconds, fraction, ts = _REPORT.unpack_from(packet, position)
            # A camera without a wall clock sends 0 or its time since power-up (section 6.4.1).
            if seconds < _NTP_TO_UNIX_S:
                return None
            return SenderReport(ts, (seconds - _NTP_TO_UNIX_S) * 1_000_000 + (fraction * 1_000_000 >> 32))
        position += length
    return None
