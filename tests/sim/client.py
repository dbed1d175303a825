"""A plain RTSP client for the tests: it shows everything that is on the wire and forgives nothing."""

import asyncio
import hashlib
import re
import struct
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import unquote, urlsplit


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: str


@dataclass
class Packet:
    """An RTP or RTCP packet as it came."""

    channel: int
    data: bytes

    @property
    def seq(self) -> int:
        return int.from_bytes(self.data[2:4], "big")

    @property
    def timestamp(self) -> int:
        return int.from_bytes(self.data[4:8], "big")

    @property
    def marker(self) -> bool:
        return bool(self.data[1] & 0x80)


@dataclass
class RtspClient:
    url: str
    reader: asyncio.StreamReader = field(init=False)
    writer: asyncio.StreamWriter = field(init=False)

    async def __aenter__(self) -> Self:
        parts = urlsplit(self.url)
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self.bare = f"rtsp://{parts.hostname}:{parts.port}{parts.path}"
        self.reader, self.writer = await asyncio.open_connection(parts.hostname, parts.port)
        self._cseq, self._session, self._challenge = 0, "", ""
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()

    async def ask(self, method: str, url: str = "", **headers: str) -> Answer:
        """One request, with credentials once the server has challenged. Packets meanwhile are dropped."""
        answer = await self._exchange(method, url or self.bare, headers)
        challenged = answer.headers.get("www-authenticate", "")
        if answer.status == 401 and self._user and (not self._challenge or "stale=true" in challenged):
            self._challenge = challenged
            answer = await self._exchange(method, url or self.bare, headers)
        return answer

    async def _exchange(self, method: str, url: str, headers: dict[str, str]) -> Answer:
        self._cseq += 1
        lines = [f"{method} {url} RTSP/1.0", f"CSeq: {self._cseq}"]
        if self._challenge:
            lines.append(f"Authorization: {self._proof(method, url)}")
        if self._session and "Session" not in headers:
            lines.append(f"Session: {self._session}")
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.writer.write("\r\n".join([*lines, "", ""]).encode())
        async with asyncio.timeout(5):
            while (first := await self.reader.readexactly(1)) == b"$":
                _, size = struct.unpack(">BH", await self.reader.readexactly(3))
                await self.reader.readexactly(size)
            head = (first + await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            fields = dict(line.split(": ", 1) for line in head[1:] if line)
            found = {name.lower(): value for name, value in fields.items()}
            body = await self.reader.readexactly(int(found.get("content-length", 0)))
        assert found["cseq"] == str(self._cseq)
        if "session" in found:
            self._session = found["session"].split(";")[0]
        return Answer(int(head[0].split(" ")[1]), found, body.decode())

    def _proof(self, method: str, url: str) -> str:
        def md5(text: str) -> str:
            return hashlib.md5(text.encode()).hexdigest()  # noqa: S324 - RFC 2617

        facts = dict(re.findall(r'(\w+)="([^"]*)"', self._challenge))
        first, second = md5(f"{self._user}:{facts['realm']}:{self._password}"), md5(f"{method}:{url}")
        proof = md5(f"{first}:{facts['nonce']}:{self._cseq:08x}:c0ffee:auth:{second}")
        return (
            f'Digest username="{self._user}", realm="{facts["realm"]}", nonce="{facts["nonce"]}", '
            f'uri="{url}", qop=auth, nc={self._cseq:08x}, cnonce="c0ffee", response="{proof}"'
        )

    async def play(self, *, channels: tuple[int, int] = (0, 2)) -> Answer:
        """DESCRIBE, SETUP of both tracks, PLAY."""
        assert (await self.ask("DESCRIBE")).status == 200
        for track, channel in enumerate(channels):
            transport = f"RTP/AVP/TCP;unicast;interleaved={channel}-{channel + 1}"
            assert (
                await self.ask("SETUP", f"{self.bare}/trackID={track}", Transport=transport)
            ).status == 200
        return await self.ask("PLAY", Range="npt=0.000-")

    async def packet(self) -> Packet:
        async with asyncio.timeout(5):
            head = await self.reader.readexactly(4)
            assert head[0] == 0x24, head
            return Packet(head[1], await self.reader.readexactly(int.from_bytes(head[2:4], "big")))

    async def packets(self, seconds: float) -> list[Packet]:
        """What comes within a time."""
        found: list[Packet] = []
        try:
            async with asyncio.timeout(seconds):
                while True:
                    found.append(await self.packet())
        except TimeoutError:
            return found
