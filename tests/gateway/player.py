"""A player of others: what it sends, what it gets, and programs that play."""

import asyncio
import http.client
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.gateway.conftest import Running

KEY = "một-khóa-dài-của-bộ-công-an".encode().hex()


def key(text: str = KEY) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


@dataclass
class Site:
    running: "Running"
    camera: str

    def url(self, path: str = "live.m3u8", camera: str = "") -> str:
        return f"http://127.0.0.1:{self.running.port}/hls/{camera or self.camera}/{path}"

    async def get(
        self, path: str = "live.m3u8", *, camera: str = "", method: str = "GET", **headers: str
    ) -> "Got":
        target = f"/hls/{camera or self.camera}/{path}"
        return await asyncio.to_thread(_ask, self.running.port, method, target, headers)


@dataclass
class Got:
    status_code: int
    content: bytes
    headers: http.client.HTTPMessage

    @property
    def text(self) -> str:
        return self.content.decode()


def _ask(port: int, method: str, target: str, headers: dict[str, str]) -> Got:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, target, headers=headers)
        answer = connection.getresponse()
        return Got(answer.status, answer.read(), answer.headers)
    finally:
        connection.close()


def names(playlist: str) -> list[str]:
    return [line for line in playlist.splitlines() if line and not line.startswith("#")]


async def run(*words: str) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(
        subprocess.run, words, capture_output=True, text=True, timeout=60, check=False
    )
