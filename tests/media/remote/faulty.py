"""A faulty store: a proxy before the real one that hangs, lies or breaks off when the test says so."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

Fault = Literal["", "away", "hang", "full", "lie", "cut", "slow"]
_QUOTA = b"<Error><Code>QuotaExceeded</Code><Message>no room</Message></Error>"


class Faulty:
    """`fault` holds for requests that begin from now on. `lies` counts uploads it claimed to have kept."""

    def __init__(self, upstream: int) -> None:
        self.fault: Fault = ""
        self.lies = 0
        self.port = 0
        self._upstream = upstream

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while await self._one(reader, writer):
                pass
        writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        method = head.split(b" ", 1)[0]
        length = next(
            (
                int(line.split(b":")[1])
                for line in head.lower().split(b"\r\n")
                if line.startswith(b"content-length:")
            ),
            0,
        )
        if self.fault == "away":
            return False
        if self.fault == "hang":
            await asyncio.sleep(3600)
        body = b""
        if self.fault == "cut" and method == b"PUT":
            await reader.readexactly(length // 2)
            return False
        while len(body) < length:
            body += await reader.read(65_536)
            if self.fault == "slow":
                await asyncio.sleep(0.05)
        if self.fault == "full" and method in (b"PUT", b"POST"):
            answer = b"HTTP/1.1 507 Insufficient Storage\r\ncontent-length: %d\r\n\r\n%b" % (
                len(_QUOTA),
                _QUOTA,
            )
        elif self.fault == "lie" and method == b"PUT":
            self.lies += 1
            answer = (
                b'HTTP/1.1 200 OK\r\netag: "d41d8cd98f00b204e9800998ecf8427e"\r\ncontent-length: 0\r\n\r\n'
            )
        else:
            answer = await self._forward(head, body, method)
        writer.write(answer)
        await writer.drain()
        return True

    async def _forward(self, head: bytes, body: bytes, method: bytes) -> bytes:
        # The signature covers the host of the request: it goes through unchanged.
        reader, writer = await asyncio.open_connection("127.0.0.1", self._upstream)
        first, rest = head.split(b"\r\n", 1)
        writer.write(first + b"\r\nConnection: close\r\n" + rest + body)
        answer = await reader.read()
        writer.close()
        head_end = answer.find(b"\r\n\r\n")
        lines = [
            line for line in answer[:head_end].split(b"\r\n") if not line.lower().startswith(b"connection:")
        ]
        return b"\r\n".join(lines) + answer[head_end:]


@asynccontextmanager
async def faulty(upstream: int) -> AsyncIterator[Faulty]:
    made = Faulty(upstream)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0, limit=2**22)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
