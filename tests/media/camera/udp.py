"""The test camera's side of RTP over UDP."""

import asyncio
import contextlib
import socket
from collections.abc import Callable


class Ports:
    """The sockets of one track."""

    def __init__(self, rtp: socket.socket, rtcp: socket.socket, client: int, heard: list[bytes]) -> None:
        self.rtp, self.rtcp, self.client = rtp, rtcp, client
        self._heard = heard
        asyncio.get_running_loop().add_reader(rtcp, self._hear)

    @classmethod
    async def open(cls, client: int, heard: list[bytes]) -> "Ports":
        """`client`: the port that the recorder told; `heard` collects its reports."""
        pair = []
        for number in range(2):
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sock.bind(("127.0.0.1", 0))
            sock.connect(("127.0.0.1", client + number))
            sock.setblocking(False)
            pair.append(sock)
        return cls(pair[0], pair[1], client, heard)

    @property
    def told(self) -> str:
        return f";server_port={self.rtp.getsockname()[1]}-{self.rtcp.getsockname()[1]};ssrc=00001234"

    def _hear(self) -> None:
        with contextlib.suppress(OSError):
            self._heard.append(self.rtcp.recv(2048))

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self.rtcp)
        self.rtp.close()
        self.rtcp.close()


class UdpWriter:
    """Takes interleaved frames and sends each as a datagram: channel 0 to the first track's RTP port, and so
    on."""

    def __init__(self, ports: list[Ports], on_datagrams: Callable[[list[bytes]], list[bytes]]) -> None:
        self._sockets = [sock for pair in ports for sock in (pair.rtp, pair.rtcp)]
        self._on_datagrams = on_datagrams

    def write(self, data: bytes) -> None:
        frames = []
        while data:
            size = 4 + int.from_bytes(data[2:4], "big")
            frames.append(data[:size])
            data = data[size:]
        for frame in self._on_datagrams(frames):
            if frame[1] < len(self._sockets):
                with contextlib.suppress(OSError):  # the recorder has closed its port
                    self._sockets[frame[1]].send(frame[4:])

    async def drain(self) -> None:
        await asyncio.sleep(0)

    def close(self) -> None:
        """Nothing: a camera that stops sending says nothing."""
