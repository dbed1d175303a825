"""A track by UDP (RFC 2326 section 12.39, RFC 3550): a pair of ports, packets from the camera alone."""

import contextlib
import random
import re
import socket
from time import monotonic

from thienly.media.frames import SourceError
from thienly.media.rtp.packet import HEADER, HEADER_LENGTH, Buffer
from thienly.media.rtsp.arrival import ROOM, arrival_ns, stamp
from thienly.media.rtsp.connection import Channel, Connection, Run
from thienly.media.rtsp.lanes import Arrived, Newest
from thienly.media.rtsp.receiver_report import EVERY_S, Reception
from thienly.media.rtsp.reorder import Reorder
from thienly.media.rtsp.sweep import Sweep
from thienly.rules.problems import Problem

PORTS = range(20_000, 30_000)
"""Where cameras send to; a firewall between cameras and recorders must let it pass. Below the ports that
Linux hands out by itself."""
QUEUE_BYTES = 2 << 20
"""Asked of the kernel for each track: a key frame of 4K arrives in one burst between two readings."""
_ROOMY = 1 << 20  # with a queue of this size the common beat is fast enough
_TRIES = 200
_A_TURN = 1500  # packets read at once; 50 turns a second let a flood be seen as one
_SERVER_PORT = re.compile(r"server_port=(\d{1,5})(?:-(\d{1,5}))?")
_SSRC = re.compile(r"ssrc=([0-9a-fA-F]{1,8})")
_HOLE_PUNCH = bytes((0x80, 0, 0, 0)) + bytes(8)  # an RTP header, which cameras pass over
_BYE = 203


class UdpLane:
    """Owns two sockets. Both are connected to the camera's address, so that the kernel throws away what comes
    from any other; before the camera has told its ports, `_learn` does the same."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._ours, self._camera = connection.addresses
        self._sweep = Sweep.running()
        self._rtp, self._rtcp = _pair(self._ours)
        self._buffer, self._view = self._sweep.buffer, self._sweep.view
        self._reports: Channel = _nowhere
        self._packets: Channel = _nowhere
        self._source = 0
        self._report_at = 0.0
        self._learning = False
        self._reorder = Reorder(self._deliver)
        self._reception = Reception(random.getrandbits(32), "thienly")
        self._arrived: Arrived | None = None
        queue = self._rtp.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
        self.live = self._live = connection.live if queue >= _ROOMY else _always

    @property
    def late(self) -> int:
        return self._reorder.late

    def look_closely(self, newest: Newest, arrived: Arrived | None) -> None:
        """Every packet is seen."""
        stamp(self._rtp, on=arrived is not None)
        self._arrived = arrived
        self.live = self._live if arrived is None else _always

    @property
    def offer(self) -> str:
        port = self._rtp.getsockname()[1]
        return f"RTP/AVP;unicast;client_port={port}-{port + 1}"

    def accept(self, answer: str) -> None:
        if "TCP" in answer.upper() or "MULTICAST" in answer.upper():
            raise SourceError(Problem.TRANSPORT_REFUSED, "the device does not send by UDP to one receiver")
        if ssrc := _SSRC.search(answer):
            self._source = int(ssrc[1], 16)
        ports = _SERVER_PORT.search(answer)
        if ports is None:
            self._learning = True
            return
        rtp = int(ports[1])
        rtcp = int(ports[2]) if ports[2] else rtp + 1
        if not (0 < rtp < 65536 and 0 < rtcp < 65536):
            raise SourceError(Problem.PROTOCOL, "no such port")
        self._bind_to(self._rtp, rtp)
        self._bind_to(self._rtcp, rtcp)

    def route(self, packets: Channel, run: Run | None, reports: Channel) -> None:
        self._packets, self._reports = packets, reports

    def start(self) -> None:
        """From now on packets are read; ours open the way through a firewall."""
        if not self._learning:
            for sock, data in ((self._rtp, _HOLE_PUNCH), (self._rtcp, self._reception.report(0, 0.0))):
                with contextlib.suppress(OSError):
                    sock.send(data)
        self._report_at = monotonic() + EVERY_S
        self._sweep.join(self)

    def close(self) -> None:
        self._sweep.leave(self)
        self._rtp.close()
        self._rtcp.close()
        self._packets = self._reports = _nowhere  # see `Connection.close`

    def read(self) -> None:
        """Take what the kernel holds; never raises."""
        if self._connection.ended.done():
            return
        try:
            now = monotonic()
            if self._learning:
                self._learn(now)
            else:
                self._read_packets(now)
            self._reorder.tick(now)
            self._read_reports(now)
        except Exception as error:
            self._connection.fail(error)

    def _read_packets(self, now: float) -> None:
        stamped = self._arrived is not None
        receive = self._receive_stamped if stamped else self._rtp.recv_into
        view, buffer = self._view, self._buffer
        packet = self._reorder.packet
        count = size = 0
        try:
            for _ in range(_A_TURN):
                got = receive(view)
                count += 1
                size += got
                packet(buffer, got, now)
        except (BlockingIOError, InterruptedError):
            pass
        except ConnectionRefusedError:
            pass  # nobody listens where we told the camera that we are here: many cameras only send
        self._connection.packets += count
        self._connection.bytes += size
        self._reception.received += count

    def _receive_stamped(self, view: memoryview) -> int:
        """In place of `recv_into` while arrivals are looked at."""
        got, ancillary, _, _ = self._rtp.recvmsg_into([view], ROOM)
        if self._arrived is not None and got >= HEADER_LENGTH:
            self._arrived(HEADER.unpack_from(self._buffer)[3], arrival_ns(ancillary))
        return got

    def _read_reports(self, now: float) -> None:
        try:
            for _ in range(_A_TURN):
                packet = self._rtcp.recv(2048)
                self._connection.bytes += len(packet)
                self._connection.packets += 1
                self._reception.report_came(packet, now)
                self._reports(packet, 0, len(packet))
                if len(packet) >= 8 and packet[1] == _BYE:
                    raise SourceError(Problem.CLOSED, "the device says goodbye")
        except (BlockingIOError, InterruptedError, ConnectionRefusedError):
            pass
        if now >= self._report_at and not self._learning:
            self._report_at = now + EVERY_S
            if self._reorder.highest >= 0:
                self._reception.sequence(self._reorder.highest)
            with contextlib.suppress(OSError):
                self._rtcp.send(self._reception.report(self._source, now))

    def _deliver(self, buffer: Buffer, start: int, end: int) -> None:
        self._packets(buffer, start, end)

    def _learn(self, now: float) -> None:
        """The camera has not told from where it sends: the first packet from its address tells."""
        port = 0
        try:
            for _ in range(_A_TURN):
                got, where = self._rtp.recvfrom_into(self._view)
                if where[0] != self._camera or where[1] != (port or where[1]):
                    continue  # what others sent before the socket was connected still stands in its queue
                if not port:
                    port = where[1]
                    self._rtp.connect((self._camera, port))
                    self._bind_to(self._rtcp, port + 1)
                self._connection.packets += 1
                self._connection.bytes += got
                self._reception.received += 1
                self._reorder.packet(self._buffer, got, now)
        except (BlockingIOError, InterruptedError):
            self._learning = not port

    def _bind_to(self, sock: socket.socket, port: int) -> None:
        """Take packets from this port of the camera alone, and forget what came before."""
        sock.connect((self._camera, port))
        with contextlib.suppress(BlockingIOError, ConnectionRefusedError):
            for _ in range(_A_TURN):
                sock.recv(1)


def _pair(address: str) -> tuple[socket.socket, socket.socket]:
    """Sockets on an even port and the next (RFC 3550 section 11).

    Raises SourceError(UNREACHABLE) when none are free.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    for _ in range(_TRIES):
        port = random.randrange(PORTS.start, PORTS.stop, 2)  # noqa: S311 - not a secret
        pair = socket.socket(family, socket.SOCK_DGRAM), socket.socket(family, socket.SOCK_DGRAM)
        try:
            for number, sock in enumerate(pair):
                sock.setblocking(False)
                sock.bind((address, port + number))
            pair[0].setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, QUEUE_BYTES)
        except OSError:
            for sock in pair:
                sock.close()
        else:
            return pair
    raise SourceError(Problem.UNREACHABLE, "no UDP port is free on the recorder")


def _nowhere(buffer: Buffer, start: int, end: int) -> None:
    """Before the track is routed."""


def _always() -> bool:
    return True
