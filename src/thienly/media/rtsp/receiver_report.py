"""RTCP receiver reports (RFC 3550 section 6.4.2): cameras stop sending to who does not report."""

from struct import pack

from thienly.media.rtp.packet import Buffer

EVERY_S = 5.0
_RECEIVER_REPORT, _SENDER_REPORT, _DESCRIPTION, _CNAME = 201, 200, 202, 1
_MOST_LOST = 0x7FFFFF


class Reception:
    """What is counted of one track, and the reports made of it. `now`: monotonic seconds."""

    def __init__(self, ssrc: int, name: str) -> None:
        self.received = 0
        self._ssrc = ssrc
        self._name = name.encode()[:60]
        self._base = self._highest = -1  # sequence numbers, extended by the cycles (section A.1)
        self._before = (0, 0)  # expected and received at the last report
        self._heard = (0, 0.0)  # middle of the last sender report's time, and when it came

    def sequence(self, sequence: int) -> None:
        """The newest sequence number (16 bits)."""
        if self._base < 0:
            self._base = self._highest = sequence
            return
        step = sequence - self._highest & 0xFFFF
        if step < 0x8000:
            self._highest += step

    def report_came(self, packet: Buffer, now: float) -> None:
        """A compound packet of the camera's; remembered when it begins with a sender report."""
        if len(packet) >= 16 and packet[1] == _SENDER_REPORT:
            self._heard = (int.from_bytes(packet[10:14], "big"), now)

    def report(self, source: int, now: float) -> bytes:
        """A compound packet about the camera's SSRC `source`.

        The jitter is 0: packets are read at a beat, so that their arrival says nothing about the network.
        """
        description = pack(">BB", _CNAME, len(self._name)) + self._name + b"\0"
        description += b"\0" * (-len(description) % 4)
        described = pack(">BBHI", 0x81, _DESCRIPTION, 1 + len(description) // 4, self._ssrc) + description
        if self._base < 0:
            return pack(">BBHI", 0x80, _RECEIVER_REPORT, 1, self._ssrc) + described
        expected = self._highest - self._base + 1
        lost = expected - self.received
        was_expected, was_received = self._before
        self._before = (expected, self.received)
        interval = expected - was_expected
        missing = interval - (self.received - was_received)
        fraction = min(255, (missing << 8) // interval) if interval > 0 and missing > 0 else 0
        middle, at = self._heard
        since = int((now - at) * 65536) & 0xFFFFFFFF if middle else 0
        head = pack(">BBHII", 0x81, _RECEIVER_REPORT, 7, self._ssrc, source)
        losses = pack(">I", fraction << 24 | max(0, min(lost, _MOST_LOST)))
        return head + losses + pack(">IIII", self._highest & 0xFFFFFFFF, 0, middle, since) + described
