"""How well one connection's packets come: counts once a second, jitter now and then.

Nothing is done for a packet: loss is what the depacketisers missed in the sequence numbers, what was received
is what the connection counts anyway. For jitter, which wants the arrival of packets and not the moment of
their reading, the connection is read whenever something comes for some seconds of every minute, with the
kernel's times; a few connections at a time.
"""

from typing import Protocol

from thienly.media.link import LinkMeter
from thienly.media.rtp.jitter import Interarrival
from thienly.media.rtp.video import VideoDepacketiser
from thienly.media.rtsp.connection import Connection
from thienly.media.rtsp.lanes import Lane

EVERY_S = 60.0
FOR_S = 1.0  # some 25 pictures of many packets
MOST_S = 12.0  # where pictures are few
_ENOUGH = 16  # packets; with fewer the estimate (gain 1/16) says nothing


class Counts(Protocol):
    """What the assembler counts of a connection."""

    lost: int
    reports: int  # RTCP packets
    clocks: int  # of them sender reports with a time


class LinkWatch:
    """`tick` about once a second, `end` at last. `now`: monotonic seconds."""

    def __init__(
        self,
        *,
        meter: LinkMeter,
        connection: Connection,
        lanes: list[Lane],
        counts: Counts,
        pictures: VideoDepacketiser,
        rate: int,
    ) -> None:
        """`lanes`: the first is that of the pictures, whose timestamps count at `rate` Hz."""
        self._meter = meter
        self._connection = connection
        self._lanes = lanes
        self._counts = counts
        self._pictures = pictures
        self._rate = rate
        self._counted = (0, 0, 0, 0)
        self._sequence = -1
        self._window: Interarrival | None = None
        self._next = 0.0
        self._until = 0.0

    def tick(self, now: float) -> None:
        self._count()
        if self._window is not None:
            enough = self._window.samples >= _ENOUGH
            if now >= (self._until if enough else self._until - FOR_S + MOST_S):
                self._close()
        elif now >= self._next and (self._meter.by_udp or self._connection.may_look):
            self._next, self._until = now + EVERY_S, now + FOR_S
            self._window = Interarrival(self._rate)
            self._lanes[0].look_closely(self._newest, self._window.arrived)

    def end(self) -> None:
        self._count()
        if self._window is not None:
            self._close()

    def _count(self) -> None:
        connection, counts = self._connection, self._counts
        late = sum(lane.late for lane in self._lanes)
        received = connection.packets - connection.stray - counts.reports - late
        now = (received, connection.bytes, counts.lost, counts.clocks)
        meter, before, self._counted = self._meter, self._counted, now
        meter.received += now[0] - before[0]
        meter.bytes += now[1] - before[1]
        meter.lost += now[2] - before[2]
        meter.reports += now[3] - before[3]

    def _close(self) -> None:
        window, self._window = self._window, None
        self._lanes[0].look_closely(self._newest, None)
        if window is not None and window.samples >= _ENOUGH:
            self._meter.measured(window.micros)

    def _newest(self) -> int | None:
        if self._pictures.sequence == self._sequence:
            return None  # what was read was sound
        self._sequence = self._pictures.sequence
        return self._pictures.newest
