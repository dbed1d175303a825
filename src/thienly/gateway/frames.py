"""Binary frames as they go to a page; see docs/stream-protocol.md."""

import struct
from typing import Final

from thienly.bus.messages import LiveChunk
from thienly.gateway.sound import silent_init, silent_media

_HEADER = struct.Struct(">BBBxHHQQQQ")
VERSION: Final = 1
KEY: Final = 1
DISCONTINUITY: Final = 2
SEQ_MASK: Final = 2**64 - 1


class Picture:
    """Bytes on their way to many viewers. The header differs only by channel, run and flags."""

    __slots__ = ("_framed", "_framed_for", "_silent", "chunk")

    def __init__(self, chunk: LiveChunk) -> None:
        self.chunk = chunk
        self._framed_for = (-1, -1, False)
        self._framed = b""
        self._silent: Picture | None = None

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.chunk.data)

    def silent(self, tracks: frozenset[int]) -> "Picture":
        """The same without sound; made once for all who may not listen. Raises ValueError."""
        if self._silent is None:
            c = self.chunk
            data = silent_init(c.data) if c.kind == LiveChunk.INIT else silent_media(c.data, tracks)
            self._silent = Picture(c._replace(data=data))
        return self._silent

    def framed(self, channel: int, run: int, *, jump: bool) -> bytes:
        """The frame for one channel. Pages number alike, so the last one often serves the next viewer."""
        wanted = (channel, run, jump)
        if wanted != self._framed_for:
            c = self.chunk
            flags = (KEY if c.key else 0) | (DISCONTINUITY if jump else 0)
            head = _HEADER.pack(
                VERSION,
                c.kind,
                flags,
                channel,
                run,
                c.seq & SEQ_MASK,
                c.segment_us,
                c.start_us,
                c.duration_us,
            )
            self._framed = head + c.data
            self._framed_for = wanted
        return self._framed


def init_picture(data: bytes, *, segment_us: int, seq: int = 0) -> Picture:
    return Picture(LiveChunk(LiveChunk.INIT, False, seq, segment_us, segment_us, 0, data))
