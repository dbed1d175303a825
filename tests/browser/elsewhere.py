"""A second way to the pages that comes from another address, as from another machine."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

ADDRESS = "127.0.0.2"  # also this machine; its peer sees another address than the browser's own


@contextmanager
def from_elsewhere(port: int) -> Iterator[str]:
    """The base address of the pages at `port` of this machine, reached from `ADDRESS`."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        threading.Thread(target=_serve, args=(door, port), daemon=True).start()
        yield f"http://127.0.0.1:{door.getsockname()[1]}"


def _serve(door: socket.socket, port: int) -> None:
    while True:
        try:
            near, _peer = door.accept()
        except OSError:
            return  # the door was shut
        far = socket.create_connection(("127.0.0.1", port), source_address=(ADDRESS, 0))
        for one, other in ((near, far), (far, near)):
            threading.Thread(target=_pass, args=(one, other), daemon=True).start()


def _pass(one: socket.socket, other: socket.socket) -> None:
    try:
        while data := one.recv(65536):
            other.sendall(data)
        other.shutdown(socket.SHUT_WR)
    except OSError:
        other.close()  # either side went away
