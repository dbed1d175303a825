"""A page as the gateway sees it: a WebSocket client that keeps what it hears."""

import asyncio
import json
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

HEADER = struct.Struct(">BBBxHHQQQQ")


@dataclass(frozen=True)
class Frame:
    kind: int
    key: bool
    jump: bool
    channel: int
    run: int
    seq: int
    segment_us: int
    start_us: int
    duration_us: int
    data: bytes

    @classmethod
    def parse(cls, message: bytes) -> "Frame":
        version, kind, flags, channel, run, seq, segment, start, duration = HEADER.unpack_from(message)
        assert version == 1
        data = message[HEADER.size :]
        return cls(kind, bool(flags & 1), bool(flags & 2), channel, run, seq, segment, start, duration, data)


class Page:
    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.events: list[dict[str, Any]] = []
        self.frames: list[Frame] = []
        self.close_code: int | None = None
        self._news = asyncio.Condition()
        self._reader = asyncio.create_task(self._read())

    async def say(self, op: str, **fields: object) -> None:
        await self.socket.send(json.dumps({"op": op, **fields}))

    async def event(self, name: str, *, within_s: float = 8, **fields: object) -> dict[str, Any]:
        """The first event of this name with these fields, heard already or still to come; it is taken."""

        def find() -> dict[str, Any] | None:
            for event in self.events:
                if event["ev"] == name and all(event.get(key) == value for key, value in fields.items()):
                    return event
            return None

        event = await self.until(find, within_s=within_s, what=f"event {name}")
        self.events.remove(event)
        return event

    async def media(self, count: int, *, channel: int = 1, run: int = 0, within_s: float = 8) -> list[Frame]:
        """The media frames of a channel, once there are `count`."""

        def find() -> list[Frame] | None:
            found = [f for f in self.frames if f.kind == 2 and f.channel == channel and f.run == run]
            return found if len(found) >= count else None

        return await self.until(find, within_s=within_s, what=f"{count} media frames")

    async def closed(self, *, within_s: float = 8) -> int:
        return await self.until(lambda: self.close_code, within_s=within_s, what="the socket closes")

    async def until(self, find: Callable[[], Any], *, within_s: float, what: str) -> Any:
        try:
            async with asyncio.timeout(within_s), self._news:
                while not (found := find()):
                    await self._news.wait()
                return found
        except TimeoutError:
            raise AssertionError(f"not within {within_s} s: {what}; heard {self.events[-5:]}") from None

    async def _read(self) -> None:
        try:
            async for message in self.socket:
                async with self._news:
                    if isinstance(message, bytes):
                        self.frames.append(Frame.parse(message))
                    else:
                        self.events.append(json.loads(message))
                    self._news.notify_all()
        except ConnectionClosed:
            pass
        async with self._news:
            self.close_code = self.socket.close_code
            self._news.notify_all()

    async def leave(self) -> None:
        await self.socket.close()
        await asyncio.gather(self._reader, return_exceptions=True)


@asynccontextmanager
async def page(port: int, session: str, *, origin: str | None = None) -> AsyncIterator[Page]:
    headers = {"Cookie": f"sessionid={session}", "Origin": origin or f"http://127.0.0.1:{port}"}
    socket = await connect(
        f"ws://127.0.0.1:{port}/stream", additional_headers=headers, max_size=None, compression=None
    )
    opened = Page(socket)
    try:
        yield opened
    finally:
        await opened.leave()
