"""When the kernel received what is read: exact also where it is read at a beat, or by a busy loop."""

import contextlib
import socket
from struct import Struct
from time import time_ns

_SO_TIMESTAMPNS = 35  # asm-generic/socket.h; the socket module does not name it
_TIMESPEC = Struct("@ll")
ROOM = socket.CMSG_SPACE(_TIMESPEC.size)
"""Bytes of ancillary data to ask for."""


def stamp(sock: socket.socket, *, on: bool) -> None:
    """Asks for the times; a kernel that has none is not an error, see `arrival_ns`."""
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, int(on))


def arrival_ns(ancillary: list[tuple[int, int, bytes]]) -> int:
    """The time of the last byte that was read (Unix, nanoseconds); now when the kernel does not tell."""
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS) and len(data) >= _TIMESPEC.size:
            seconds, nanoseconds = _TIMESPEC.unpack_from(data)
            return int(seconds * 1_000_000_000 + nanoseconds)
    return time_ns()
