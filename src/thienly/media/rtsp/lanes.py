"""The two ways in which a camera sends a track: interleaved in the RTSP connection, or by UDP."""

import re
from collections.abc import Callable
from typing import Protocol

from thienly.media.frames import SourceError
from thienly.media.rtsp.connection import Channel, Connection, Run
from thienly.rules.problems import Problem

_INTERLEAVED = re.compile(r"interleaved=(\d{1,3})(?:-(\d{1,3}))?")


Newest = Callable[[], int | None]
"""The timestamp of the last packet that was handed on; None when none was since it was asked last."""
Arrived = Callable[[int, int], None]
"""Takes the RTP timestamp (32 bits) of a packet and when it arrived (Unix, nanoseconds)."""


class Lane(Protocol):
    """One track: first `offer`, then `accept`, then `route`, then `start`."""

    @property
    def late(self) -> int:
        """Packets that came too late or twice, and were not handed on."""

    @property
    def offer(self) -> str:
        """The Transport header of SETUP (RFC 2326 section 12.39)."""

    def accept(self, answer: str) -> None:
        """The camera's Transport header, which may be empty. Raises SourceError."""

    def route(self, packets: Channel, run: Run | None, reports: Channel) -> None:
        """Where RTP packets go (see `Connection.route`), and where RTCP packets."""

    def start(self) -> None:
        """Called when PLAY is about to be sent."""

    def look_closely(self, newest: Newest, arrived: Arrived | None) -> None:
        """From now on tell when packets arrive; None: no more."""

    def close(self) -> None: ...


class Interleaved:
    """The channels `number` and `number + 1` of the connection, or those that the camera chooses."""

    def __init__(self, connection: Connection, number: int) -> None:
        self._connection = connection
        self._rtp, self._rtcp = number, number + 1

    @property
    def offer(self) -> str:
        return f"RTP/AVP/TCP;unicast;interleaved={self._rtp}-{self._rtcp}"

    def accept(self, answer: str) -> None:
        if answer and "TCP" not in answer.upper():
            raise SourceError(Problem.TRANSPORT_REFUSED, "the device does not send over TCP")
        numbers = _INTERLEAVED.search(answer)
        if numbers is not None:
            self._rtp = int(numbers[1])
            self._rtcp = int(numbers[2]) if numbers[2] else self._rtp + 1
        if self._rtp > 255 or self._rtcp > 255:
            raise SourceError(Problem.PROTOCOL, "no such interleaved channel")
        if self._connection.taken(self._rtp):
            # Two tracks in one channel cannot be told apart.
            raise SourceError(Problem.TRANSPORT_REFUSED, "two tracks on one channel")

    def route(self, packets: Channel, run: Run | None, reports: Channel) -> None:
        self._connection.route(self._rtp, packets, run)
        if self._rtcp != self._rtp:
            self._connection.route(self._rtcp, reports)

    def start(self) -> None:
        """Nothing to do."""

    @property
    def late(self) -> int:
        return 0

    def look_closely(self, newest: Newest, arrived: Arrived | None) -> None:
        """The last packet of each reading is seen."""

        def seen(at_ns: int) -> None:
            ts = newest()
            if ts is not None and arrived is not None:
                arrived(ts, at_ns)

        self._connection.look_closely(seen if arrived is not None else None)

    def close(self) -> None:
        """The connection is closed by its owner."""
