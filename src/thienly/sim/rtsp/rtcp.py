"""RTCP sender reports (RFC 3550 section 6.4.1) with a CNAME, framed for an interleaved channel."""

import struct

_NTP_EPOCH = 2_208_988_800  # seconds from 1900 to 1970
_SENDER_REPORT, _SOURCE_DESCRIPTION = 200, 202


def sender_report(*, channel: int, ssrc: int, now: float, timestamp: int, packets: int, octets: int) -> bytes:
    """`now`: Unix seconds; `timestamp`: the RTP timestamp of that very moment."""
    seconds = int(now)
    report = struct.pack(
        ">BBHIIIIII",
        0x80,
        _SENDER_REPORT,
        6,
        ssrc,
        seconds + _NTP_EPOCH & 0xFFFFFFFF,
        int((now - seconds) * 2**32) & 0xFFFFFFFF,
        timestamp & 0xFFFFFFFF,
        packets & 0xFFFFFFFF,
        octets & 0xFFFFFFFF,
    )
    name = b"camera@thienly.sim"
    item = bytes((1, len(name))) + name + b"\x00"
    item += b"\x00" * (-len(item) % 4)
    described = struct.pack(">BBHI", 0x81, _SOURCE_DESCRIPTION, 1 + len(item) // 4, ssrc) + item
    return struct.pack(">BBH", 0x24, channel, len(report) + len(described)) + report + described
