"""Sound of which each RTP packet is one frame: G.711 (RFC 3551 section 4.5.14) and Opus (RFC 7587)."""

from collections.abc import Callable

from thienly.media.frames import Part
from thienly.media.rtp.packet import HEADER, Buffer, MalformedPacketError, payload_bounds
from thienly.media.rtp.sequence import missing
from thienly.media.rtp.timestamps import Unwrapper

MAX_FRAME = 16 << 10
"""Bytes; a second of G.711 has 8,000, 120 ms of Opus at most 7,662 (RFC 6716 section 3.4)."""


class SoundDepacketiser:
    """One audio track. `check` raises ValueError on a payload that cannot be one.

    `on_audio(ts, sizes, parts)` gets the frames, `on_lost(packets)` what is missing.
    """

    def __init__(
        self,
        check: Callable[[Part], object],
        on_audio: Callable[[int, list[int], list[Part]], None],
        on_lost: Callable[[int], None],
    ) -> None:
        self.timestamps = Unwrapper()
        self.malformed = 0
        self._check = check
        self._on_audio = on_audio
        self._on_lost = on_lost
        self._expected = -1

    def packet(self, buffer: Buffer, start: int, end: int) -> None:
        """Take the RTP packet `buffer[start:end]`; a malformed one is counted and skipped."""
        try:
            payload, end = payload_bounds(buffer, start, end)
        except MalformedPacketError:
            self.malformed += 1
            return
        _, _, sequence, ts = HEADER.unpack_from(buffer, start)
        if self._expected not in (-1, sequence):
            self._on_lost(missing(self._expected, sequence))
        self._expected = (sequence + 1) & 0xFFFF
        part = buffer[payload:end]
        try:
            self._check(part)
        except ValueError:
            self.malformed += 1
            return
        if len(part) > MAX_FRAME:
            self.malformed += 1
            return
        self._on_audio(self.timestamps.unwrap(ts), [len(part)], [part])
