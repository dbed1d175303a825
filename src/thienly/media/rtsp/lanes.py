"""The two ways in which a camera sends a track: interleaved in the RTSP connection, or by UDP."""

import re
from typing import Protocol

from thienly.media.frames import SourceError
from thienly.media.rtsp.connection import Channel, Connection, Run
from thienly.rules.problems import Problem

_INTERLEAVED = re.compile(r"interleaved=(\d{1,3})(?:-(\d{1,3}))?")


class Lane(Protocol):
    """One track: first `offer`, then `accept`, then `route`, then `start`."""

    @property
    def offer(self) -> str:
        """The Transport header of SETUP (RFC 2326 section 12.39)."""

    def accept(self, answer: str) -> None:
        """The camera's Transport header, which may be empty. Raises SourceError."""

    def route(self, packets: Channel, run: Run | None, reports: Channel) -> None:
        """Where RTP packets go (see `Connection.route`), and where RTCP packets."""

    def start(self) -> None:
        """Called when PLAY is about to be sent."""

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

    def close(self) -> None:
        """The connection is closed by its owner."""
