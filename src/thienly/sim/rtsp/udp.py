"""Packets of a viewer that asked for UDP: taken as they would go over TCP, sent as datagrams."""

import contextlib
import socket


class UdpTrack:
    """The two sockets of one track, connected to the client's ports."""

    def __init__(self, ours: str, theirs: str, client: int) -> None:
        family = socket.AF_INET6 if ":" in ours else socket.AF_INET
        self.rtp, self.rtcp = (socket.socket(family, socket.SOCK_DGRAM) for _ in range(2))
        for number, sock in enumerate((self.rtp, self.rtcp)):
            sock.setblocking(False)
            sock.bind((ours, 0))
            sock.connect((theirs, client + number))

    @property
    def ports(self) -> str:
        return f"{self.rtp.getsockname()[1]}-{self.rtcp.getsockname()[1]}"

    def close(self) -> None:
        self.rtp.close()
        self.rtcp.close()


class UdpOut:
    """What a viewer writes to instead of its connection. Channel 2n is RTP of track n, 2n+1 its RTCP."""

    def __init__(self) -> None:
        self._sockets: dict[int, socket.socket] = {}
        self._tracks: list[UdpTrack] = []

    def add(self, channel: int, track: UdpTrack) -> None:
        self._tracks.append(track)
        self._sockets[channel], self._sockets[channel + 1] = track.rtp, track.rtcp

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return not self._sockets

    def write(self, data: bytes | memoryview) -> None:
        """Whole interleaved frames. What the kernel does not take is lost, as on any network."""
        view = memoryview(data)
        at = 0
        while at + 4 <= len(view):
            following = at + 4 + (view[at + 2] << 8 | view[at + 3])
            sock = self._sockets.get(view[at + 1])
            if sock is not None:
                with contextlib.suppress(OSError):
                    sock.send(view[at + 4 : following])
            at = following

    def abort(self) -> None:
        self._sockets.clear()
        for track in self._tracks:
            track.close()
        self._tracks.clear()
