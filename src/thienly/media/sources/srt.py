"""SRT, by the system's ffmpeg: the libav that PyAV brings cannot speak it. It only carries the bytes; they
are judged by our own process like those of HTTP."""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlencode

from thienly.media.frames import SourceError
from thienly.media.sources.origin import Origin
from thienly.rules.address import StreamAddress
from thienly.rules.problems import Problem

PIECE = 64 << 10
_ARGUMENTS = (
    *("-v", "quiet", "-protocol_whitelist", "pipe,srt,udp"),
    *("-analyzeduration", "300000", "-fpsprobesize", "0", "-f", "concat", "-safe", "0", "-i", "pipe:0"),
    *("-map", "0", "-c", "copy", "-f", "mpegts", "-flush_packets", "1", "pipe:1"),
)
_STREAM_ID = "streamid"


class Carried:
    """Bytes from a process; as `http.Body`."""

    def __init__(self, out: asyncio.StreamReader) -> None:
        self._out = out

    async def pieces(self) -> AsyncIterator[bytes]:
        """Until it ends."""
        while piece := await self._out.read(PIECE):
            yield piece


@asynccontextmanager
async def carrying(origin: Origin, address: StreamAddress, ip: str) -> AsyncIterator[Carried]:
    """The stream of the device at `ip`, the address that was checked. Raises SourceError(BAD_URL)."""
    program = shutil.which("ffmpeg")
    if program is None:
        raise SourceError(Problem.BAD_URL, "srt needs the program ffmpeg on the recorder")
    process = await asyncio.create_subprocess_exec(
        program,
        *_ARGUMENTS,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={"LANG": "C.UTF-8"},
        limit=PIECE,
    )
    try:
        assert process.stdin is not None  # noqa: S101 - pipes
        assert process.stdout is not None  # noqa: S101
        process.stdin.write(_playlist(origin, address, ip).encode())
        process.stdin.close()
        yield Carried(process.stdout)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _playlist(origin: Origin, address: StreamAddress, ip: str) -> str:
    """The address goes by the standard input: anybody on the machine can read a program's arguments."""
    # Nothing else of the query: `mode=listener` would open a port of ours.
    told = {"mode": "caller", "transtype": "live"}
    query = parse_qs(address.target.partition("?")[2])
    if _STREAM_ID in query:
        told[_STREAM_ID] = query[_STREAM_ID][0]
    if password := origin.password or address.password:
        told["passphrase"] = password
    host = f"[{ip}]" if ":" in ip else ip
    # urlencode leaves no quote, no space and no line break behind.
    return f"ffconcat version 1.0\nfile 'srt://{host}:{address.port}?{urlencode(told)}'\n"
