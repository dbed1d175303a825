"""One viewer that times what it receives, and decodes it to read the burnt-in clock."""

import io
import json
import struct
import time
from dataclasses import dataclass

import av
from websockets.asyncio.client import ClientConnection, connect

from thienly.sim import clockbar

_HEADER = struct.Struct(">BBBxHHQQQQ")
INIT, MEDIA = 1, 2


@dataclass(frozen=True)
class Received:
    """A binary frame and when it was complete here (Unix seconds)."""

    kind: int
    key: bool
    data: bytes
    at: float


async def open_socket(port: int, session: str) -> ClientConnection:
    headers = {"Cookie": f"sessionid={session}", "Origin": f"http://127.0.0.1:{port}"}
    return await connect(
        f"ws://127.0.0.1:{port}/stream", additional_headers=headers, max_size=None, compression=None
    )


async def first_picture_ms(port: int, session: str, camera: str) -> float:
    """From the command `open` on a socket that is up to the first whole key frame."""
    socket = await open_socket(port, session)
    try:
        began = time.perf_counter()
        await _open(socket, camera)
        async for message in socket:
            if isinstance(message, bytes) and message[1] == MEDIA and message[2] & 1:
                return (time.perf_counter() - began) * 1000
    finally:
        await socket.close()
    raise RuntimeError("the socket closed before a picture came")


async def watch(port: int, session: str, camera: str, *, seconds: float) -> list[Received]:
    """Everything received in `seconds`."""
    socket = await open_socket(port, session)
    received: list[Received] = []
    try:
        await _open(socket, camera)
        until = time.monotonic() + seconds
        async for message in socket:
            if isinstance(message, bytes):
                head = _HEADER.unpack_from(message)
                received.append(Received(head[1], bool(head[2] & 1), message[_HEADER.size :], time.time()))
            if time.monotonic() > until:
                break
    finally:
        await socket.close()
    return received


def glass_to_chunk_ms(received: list[Received], *, loop_s: float) -> list[float]:
    """For each frame that came live: from the moment it shows to the moment its chunk was here.

    The GOP that is sent at the opening is left out: it is old by design.
    """
    init = next(item.data for item in received if item.kind == INIT)
    media = [item for item in received if item.kind == MEDIA]
    live_from = media[0].at + 0.5
    frames_at: list[float] = []
    for item in media:
        with av.open(io.BytesIO(init + item.data)) as one:
            frames_at += [item.at] * sum(1 for packet in one.demux(video=0) if packet.size)
    latencies: list[float] = []
    with av.open(io.BytesIO(init + b"".join(item.data for item in media))) as container:
        for arrived, frame in zip(frames_at, container.decode(video=0), strict=False):
            position = clockbar.read(frame.to_ndarray(format="gray"))
            if position is not None and arrived > live_from:
                latencies.append((arrived - position / 1000) % loop_s * 1000)
    return latencies


async def _open(socket: ClientConnection, camera: str) -> None:
    await socket.send(json.dumps({"op": "open", "ch": 1, "run": 1, "camera": camera, "mode": "live"}))
