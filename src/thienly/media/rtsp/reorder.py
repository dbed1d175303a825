"""RTP packets that came by UDP, put back into their order."""

from collections.abc import Callable

from thienly.media.rtp.packet import Buffer
from thienly.media.rtp.sequence import MAX_DROPOUT

MAX_WAITING = 128
"""Packets that wait for an earlier one: at 4 Mbit/s a third of a second."""
MAX_BYTES = 512 << 10
PATIENCE_S = 0.25
"""How long a packet is waited for; a network that reorders does so by milliseconds."""


class Reorder:
    """One track. `deliver(buffer, start, end)` gets each packet once, in order; what did not come in time is
    left out, and the depacketiser sees the hole.

    `now`: monotonic seconds.
    """

    def __init__(self, deliver: Callable[[Buffer, int, int], None]) -> None:
        self.late = 0  # packets that came when they were no longer waited for, or twice
        self._deliver = deliver
        self._expected = -1
        self._waiting: dict[int, bytes] = {}
        self._size = 0
        self._since = 0.0  # when the oldest hole was seen
        self._restart = -1  # the number that would show that the camera counts anew

    @property
    def highest(self) -> int:
        """The newest sequence number that was delivered (16 bits); -1 before the first."""
        return -1 if self._expected < 0 else self._expected - 1 & 0xFFFF

    def packet(self, buffer: Buffer, end: int, now: float) -> None:
        """Take the packet `buffer[:end]`."""
        if end < 4:
            return
        sequence = buffer[2] << 8 | buffer[3]
        if sequence == self._expected or self._expected < 0:
            self._expected = sequence + 1 & 0xFFFF
            self._deliver(buffer, 0, end)
            if self._waiting:
                self._follow(now)
            return
        ahead = sequence - self._expected & 0xFFFF
        if ahead < MAX_DROPOUT:
            self._keep(sequence, bytes(buffer[:end]), now)
        elif ahead > 0x10000 - MAX_WAITING:
            self.late += 1
        elif sequence == self._restart:  # two in a row (RFC 3550 section A.1)
            self._flush()
            self._restart = -1
            self._expected = sequence + 1 & 0xFFFF
            self._deliver(buffer, 0, end)
        else:
            self._restart = sequence + 1 & 0xFFFF

    def tick(self, now: float) -> None:
        """Give up waiting when the time has come."""
        if self._waiting and now - self._since > PATIENCE_S:
            self._skip(now)

    def _keep(self, sequence: int, packet: bytes, now: float) -> None:
        if sequence in self._waiting:
            self.late += 1
            return
        if not self._waiting:
            self._since = now
        self._waiting[sequence] = packet
        self._size += len(packet)
        while len(self._waiting) > MAX_WAITING or self._size > MAX_BYTES:
            self._skip(now)

    def _skip(self, now: float) -> None:
        """The next packet that there is becomes the expected one."""
        self._expected = min(self._waiting, key=lambda sequence: sequence - self._expected & 0xFFFF)
        self._follow(now)

    def _follow(self, now: float) -> None:
        """Deliver what waits and is now in order."""
        while (packet := self._waiting.pop(self._expected, None)) is not None:
            self._size -= len(packet)
            self._expected = self._expected + 1 & 0xFFFF
            self._deliver(packet, 0, len(packet))
        self._since = now

    def _flush(self) -> None:
        for sequence in sorted(self._waiting, key=lambda number: number - self._expected & 0xFFFF):
            packet = self._waiting[sequence]
            self._deliver(packet, 0, len(packet))
        self._waiting.clear()
        self._size = 0
