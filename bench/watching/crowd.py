"""Many viewers in one process that cost as little as can be: they read, count frames, and throw away.

    python -m bench.watching.crowd PORT SESSION VIEWERS SECONDS CAMERA…

Prints `ready` when every viewer has had a frame, then a JSON object of what came in the SECONDS after a line
on standard input.
"""

import base64
import json
import os
import selectors
import socket
import sys
import time


class Spectator:
    """A WebSocket client that counts binary frames by their headers (RFC 6455, section 5.2)."""

    def __init__(self, port: int, session: str, camera: str) -> None:
        self.frames = 0
        self.bytes = 0
        self.skips = 0  # times the gateway said that this viewer was too slow
        self._skip = 0  # bytes of the frame at hand still to come
        self._held = b""
        self.socket = socket.create_connection(("127.0.0.1", port))
        self._shake_hands(port, session)
        command = {"op": "open", "ch": 1, "run": 1, "camera": camera, "mode": "live"}
        self._say(json.dumps(command).encode())

    def _shake_hands(self, port: int, session: str) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET /stream HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nOrigin: http://127.0.0.1:{port}\r\n"
            f"Cookie: sessionid={session}\r\n\r\n".encode()
        )
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self.socket.recv(4096)
        if not answer.startswith(b"HTTP/1.1 101"):
            raise RuntimeError(answer.split(b"\r\n", 1)[0].decode())
        self._held = answer.split(b"\r\n\r\n", 1)[1]
        self.socket.setblocking(False)

    def _say(self, payload: bytes, opcode: int = 1) -> None:
        head = bytes([0x80 | opcode])
        length = len(payload)
        head += bytes([0x80 | length]) if length < 126 else bytes([0x80 | 126]) + length.to_bytes(2, "big")
        self.socket.sendall(head + b"\0\0\0\0" + payload)  # a mask of zeros is a mask

    def read(self) -> None:
        data = self.socket.recv(1 << 18)
        if not data:
            raise RuntimeError("the gateway closed the socket")
        self.bytes += len(data)
        if self._skip >= len(data) and not self._held:
            self._skip -= len(data)
            return
        data = self._held + data[self._skip :]
        self._skip = 0
        at = 0
        while len(data) - at >= 2:
            length, size = data[at + 1] & 0x7F, 2
            if length >= 126:
                size = 4 if length == 126 else 10
                if len(data) - at < size:
                    break
                length = int.from_bytes(data[at + 2 : at + size], "big")
            opcode = data[at] & 0x0F
            if opcode == 9:  # a ping, always short
                if len(data) - at < size + length:
                    break
                self._say(data[at + size : at + size + length], 10)
            self.frames += opcode == 2
            self.skips += opcode == 1 and b'"skipped"' in data[at + size : at + size + length]
            at += size + length
        self._held = data[at:]
        self._skip = max(0, at - len(data))


def main() -> None:
    port, session, viewers, seconds, *cameras = sys.argv[1:]
    chooser = selectors.DefaultSelector()
    crowd = []
    for number in range(int(viewers)):
        one = Spectator(int(port), session, cameras[number % len(cameras)])
        chooser.register(one.socket, selectors.EVENT_READ, one)
        crowd.append(one)
        _read(chooser, 0.001)
    while any(one.frames == 0 for one in crowd):
        _read(chooser, 0.1)
    print("ready", flush=True)
    chooser.register(sys.stdin, selectors.EVENT_READ, None)
    while not _read(chooser, 1):
        pass
    chooser.unregister(sys.stdin)
    for one in crowd:
        one.frames = one.bytes = one.skips = 0
    until = time.monotonic() + float(seconds)
    while time.monotonic() < until:
        _read(chooser, 0.1)
    counts = [one.frames for one in crowd]
    print(
        json.dumps(
            {
                "fewest": min(counts),
                "most": max(counts),
                "bytes": sum(one.bytes for one in crowd),
                "skips": sum(one.skips for one in crowd),
            }
        )
    )


def _read(chooser: selectors.BaseSelector, timeout: float) -> bool:
    """True when somebody spoke on standard input."""
    spoken = False
    for key, _ in chooser.select(timeout):
        if key.data is None:
            sys.stdin.readline()
            spoken = True
        else:
            key.data.read()
    return spoken


if __name__ == "__main__":
    main()
