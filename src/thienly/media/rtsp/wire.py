"""The bytes of an RTSP connection: plain TCP, or TLS over it."""

import asyncio
import socket
import ssl
from time import time_ns
from typing import Protocol

from thienly.media.frames import SourceError
from thienly.media.rtsp.arrival import ROOM, arrival_ns, stamp
from thienly.media.rtsp.sweep import Sweep
from thienly.rules.problems import Problem

_HANDSHAKE_READ = 16 << 10


class Wire(Protocol):
    """A non-blocking connection."""

    def recv_into(self, view: memoryview, /) -> int:
        """Bytes put into `view`; 0 at the end. Raises BlockingIOError when there are none yet, OSError."""

    def stamp(self, *, on: bool) -> None:
        """Whether `recv_stamped` is about to be used."""

    def recv_stamped(self, view: memoryview, /) -> tuple[int, int]:
        """As `recv_into`, and when the last byte arrived (Unix, nanoseconds)."""

    async def send(self, data: bytes) -> None:
        """Raises OSError."""

    def fileno(self) -> int:
        """-1 when it is closed."""

    @property
    def addresses(self) -> tuple[str, str]:
        """Our IP address and the camera's."""

    def close(self) -> None: ...


class PlainWire:
    """TCP. `recv_into` is the socket's own: the hot path has no call of ours in it."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self.recv_into = sock.recv_into
        self.fileno = sock.fileno
        self.close = sock.close
        self.addresses = _addresses(sock)

    def stamp(self, *, on: bool) -> None:
        stamp(self._sock, on=on)

    def recv_stamped(self, view: memoryview, /) -> tuple[int, int]:
        got, ancillary, _, _ = self._sock.recvmsg_into([view], ROOM)
        return got, arrival_ns(ancillary)

    async def send(self, data: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self._sock, data)


class TlsWire:
    """TLS by a pair of memory buffers, because a `ssl.SSLSocket` costs two system calls for each record and
    cameras make a record of each packet."""

    def __init__(self, sock: socket.socket, context: ssl.SSLContext, host: str) -> None:
        self._sock = sock
        self._cipher = Sweep.running().cipher
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_hostname=host)
        self.fileno = sock.fileno
        self.close = sock.close
        self.addresses = _addresses(sock)

    async def handshake(self) -> bytes:
        """Shake hands; returns the camera's certificate (DER).

        Raises SourceError: CERTIFICATE_UNTRUSTED, CLOSED, PROTOCOL when the other side does not speak TLS.
        """
        loop = asyncio.get_running_loop()
        try:
            while True:
                try:
                    self._tls.do_handshake()
                    break
                except ssl.SSLWantReadError:
                    await self._flush()
                    data = await loop.sock_recv(self._sock, _HANDSHAKE_READ)
                    if not data:
                        raise SourceError(Problem.CLOSED, "closed during the TLS handshake") from None
                    self._in.write(data)
            await self._flush()
        except ssl.SSLCertVerificationError as error:
            raise SourceError(Problem.CERTIFICATE_UNTRUSTED, str(error.verify_message)[:80]) from error
        except ssl.SSLError as error:
            raise SourceError(Problem.PROTOCOL, f"no TLS: {error.reason or 'refused'}"[:80]) from error
        except OSError as error:
            raise SourceError(Problem.CLOSED, "lost during the TLS handshake") from error
        return self._tls.getpeercert(binary_form=True) or b""

    def stamp(self, *, on: bool) -> None:
        """What is decrypted together arrived as several packets: the time of reading has to do."""

    def recv_stamped(self, view: memoryview, /) -> tuple[int, int]:
        return self.recv_into(view), time_ns()

    def recv_into(self, view: memoryview, /) -> int:
        ended = False
        try:
            got = self._sock.recv_into(self._cipher)
            if got:
                self._in.write(self._cipher[:got])
            ended = not got
        except (BlockingIOError, InterruptedError):
            pass
        room, filled = len(view), 0
        read = self._tls.read
        try:
            while filled < room:
                more = read(room - filled, view[filled:])
                if not more:
                    ended = True
                    break
                filled += int(more)
        except ssl.SSLWantReadError:
            pass
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            ended = True
        if not filled and not ended:
            raise BlockingIOError
        return filled

    async def send(self, data: bytes) -> None:
        self._tls.write(data)  # behind what TLS itself has to answer, e.g. to a key update
        await self._flush()

    async def _flush(self) -> None:
        if self._out.pending:
            await asyncio.get_running_loop().sock_sendall(self._sock, self._out.read())


def _addresses(sock: socket.socket) -> tuple[str, str]:
    return str(sock.getsockname()[0]), str(sock.getpeername()[0])
