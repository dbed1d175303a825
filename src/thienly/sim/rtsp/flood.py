"""Junk at a high rate: fragments of a picture that never ends."""

import asyncio
import os
import struct
from typing import Protocol

from thienly.sim.spec import VideoCodec

_FRAGMENT = 1400
_BATCH = 64
_IDR_MIDDLE = {"h264": bytes((0x7C, 0x05)), "h265": bytes((0x62, 0x01, 0x13))}
"""A middle fragment of an IDR slice (RFC 6184 section 5.8, RFC 7798 section 4.4.3)."""
_BACKLOG = 1_000_000


class Out(Protocol):
    """A TCP transport, or datagrams."""

    def write(self, data: bytes) -> None: ...
    def get_write_buffer_size(self) -> int: ...
    def is_closing(self) -> bool: ...


async def flood(
    transport: Out, *, codec: VideoCodec, channel: int, ssrc: int, seq: int, timestamp: int
) -> None:
    """Until cancelled. Never more than about a megabyte waits in the transport."""
    body = _IDR_MIDDLE[codec] + os.urandom(_FRAGMENT)
    while not transport.is_closing():
        batch = []
        for _ in range(_BATCH):
            header = struct.pack(
                ">BBHBBHII", 0x24, channel, 12 + len(body), 0x80, 96, seq & 0xFFFF, timestamp, ssrc
            )
            batch.append(header + body)
            seq += 1
        if transport.get_write_buffer_size() < _BACKLOG:
            transport.write(b"".join(batch))
        await asyncio.sleep(0.002)
