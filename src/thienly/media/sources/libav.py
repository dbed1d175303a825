"""Streams that are not RTSP: RTMP, SRT, HTTP, files. Addresses are checked and HTTP is spoken here; what the
bytes mean is found out by libav in a process of its own (`child`)."""

import asyncio
import base64
import binascii
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any
from urllib.parse import quote

from thienly.media.address import resolve
from thienly.media.frames import AudioTrack, FrameSink, SourceError, Tracks, VideoTrack
from thienly.media.link import LinkMeter
from thienly.media.rtsp.limits import Limits
from thienly.media.sources.file import opened
from thienly.media.sources.http import Body, fetching
from thienly.media.sources.origin import Origin, StreamInfo
from thienly.media.sources.records import HEAD, MAX_PAYLOAD, Ask
from thienly.media.sources.srt import Carried, carrying
from thienly.rules.address import FILE, StreamAddress, parse
from thienly.rules.problems import Problem

_COMMAND = (sys.executable, "-I", "-m", "thienly.media.sources.child")
_WAITING = 256 << 10  # bytes of frames that wait here; then the process waits
_WATCH_S = 1.0
_LEAST_START_S = 20.0  # libav looks for two seconds, and a loaded machine takes its time to start a process


async def record_libav(
    origin: Origin,
    sink: FrameSink,
    *,
    limits: Limits | None = None,
    live: Callable[[], bool] = lambda: False,
    on_open: Callable[[StreamInfo], None] = lambda _: None,
    meter: LinkMeter | None = None,
) -> None:
    """See `sources.streams.record_origin`. Frames are handed on as they come, so `live` changes nothing;
    there are no packets for `meter`."""
    limits = limits or Limits()
    address = parse(origin.url)
    if address.scheme in ("http", "https"):
        async with fetching(origin, limits) as (answer, body):
            form = "mpjpeg" if answer.kind == "multipart/x-mixed-replace" else ""
            ask = Ask("", form, {"protocol_whitelist": "pipe"}, origin.audio, wall_clock=bool(form))
            await _run(ask, body, _Reader(sink, answer.get("server"), on_open, limits))
        return
    if address.scheme == FILE:
        with opened(origin.files, address.path) as file:
            ask = Ask("", "", {"protocol_whitelist": "pipe"}, origin.audio, file=file)
            await _run(ask, None, _Reader(sink, "", on_open, limits))
        return
    ip = await _checked(origin, address, limits)
    reader = _Reader(sink, "", on_open, limits)
    if address.scheme == "srt":
        async with carrying(origin, address, ip) as carried:
            ask = Ask("", "mpegts", {"protocol_whitelist": "pipe"}, origin.audio)
            await _run(ask, carried, reader)
    else:
        await _run(_rtmp(origin, address, ip), None, reader)


async def _checked(origin: Origin, address: StreamAddress, limits: Limits) -> str:
    """The IP address that is connected to, so that no second look-up gets around the check.

    Raises SourceError.
    """
    try:
        async with asyncio.timeout(limits.connect_s):
            found = await resolve(address.host, address.port, allow_local=origin.allow_local)
    except TimeoutError:
        raise SourceError(Problem.HOST_UNKNOWN, "the name server does not answer") from None
    return found[0][1]


def _rtmp(origin: Origin, address: StreamAddress, ip: str) -> Ask:
    host = f"[{ip}]" if ":" in ip else ip
    name, password = origin.username or address.username, origin.password or address.password
    login = f"{quote(name, safe='')}:{quote(password, safe='')}@" if name or password else ""
    url = f"rtmp://{login}{host}:{address.port}{address.target}"
    options = {"protocol_whitelist": "rtmp,tcp", "rtmp_live": "live"}
    return Ask(url, "", options, origin.audio)


async def _run(ask: Ask, body: Body | Carried | None, reader: "_Reader") -> None:
    """Until something ends. Raises SourceError."""
    files = () if ask.file < 0 else (ask.file,)
    async with _process(ask, body is not None, files) as process:
        assert process.stdin is not None  # noqa: S101 - pipes, see `_process`
        reading = asyncio.create_task(reader.run(process))
        tasks = [reading]
        if body is not None:
            tasks.append(asyncio.create_task(_pump(body, process.stdin)))
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if reading not in done:
                # The device has ended: what libav still holds is worth having.
                await asyncio.wait((reading,), timeout=_WATCH_S)
            for task in (reading, *tasks):
                if task.done():
                    task.result()
            raise SourceError(Problem.CLOSED, "the device ended the stream")
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            for task in tasks:
                if not task.cancelled():
                    task.exception()


@asynccontextmanager
async def _process(
    ask: Ask, piped: bool, files: tuple[int, ...]
) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *_COMMAND,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={"LANG": "C.UTF-8"},
        limit=_WAITING,
        pass_fds=files,
    )
    try:
        assert process.stdin is not None  # noqa: S101 - a pipe
        process.stdin.write(json.dumps(asdict(ask)).encode() + b"\n")
        if not piped:
            process.stdin.close()
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()


async def _pump(body: Body | Carried, out: asyncio.StreamWriter) -> None:
    """The device's bytes to libav; waits while libav does not take them."""
    try:
        async for piece in body.pieces():
            out.write(piece)
            await out.drain()
    except (ConnectionError, RuntimeError):
        return  # libav has ended, and says why
    out.close()


class _Reader:
    """From the records of a process to the sink. What it says is judged like what a camera says."""

    def __init__(
        self,
        sink: FrameSink,
        server: str,
        on_open: Callable[[StreamInfo], None],
        limits: Limits,
    ) -> None:
        self._sink = sink
        self._server = "".join(letter for letter in server if letter.isprintable())[:80]
        self._on_open = on_open
        self._limits = limits
        self._offered = ""
        self._tracks: Tracks | None = None
        self._bytes = 0
        self._second = 0.0

    async def run(self, process: asyncio.subprocess.Process) -> None:
        """Raises SourceError."""
        assert process.stdout is not None  # noqa: S101 - a pipe
        out = process.stdout
        loop = asyncio.get_running_loop()
        deadline = loop.time() + max(self._limits.answer_s + self._limits.stall_s, _LEAST_START_S)
        while True:
            try:
                async with asyncio.timeout_at(deadline):
                    kind, ts, size = HEAD.unpack(await out.readexactly(HEAD.size))
                    if size > MAX_PAYLOAD:
                        raise SourceError(Problem.FLOOD, "a frame without end")
                    payload = await out.readexactly(size)
            except TimeoutError:
                problem = Problem.STALLED if self._tracks else Problem.TIMEOUT
                raise SourceError(problem, "no whole picture") from None
            except asyncio.IncompleteReadError:
                raise SourceError(Problem.CORRUPT, "libav broke off at what the device sends") from None
            self._bound(size, loop.time())
            if kind in (b"K", b"V"):
                deadline = loop.time() + self._limits.stall_s
            self._take(kind, ts, payload)

    def _take(self, kind: bytes, ts: int, payload: bytes) -> None:
        match kind:
            case b"K" | b"V":
                self._sink.on_video(ts, kind == b"K", len(payload), [payload])
            case b"A":
                self._sink.on_audio(ts, [len(payload)], [payload])
            case b"T":
                first, self._tracks = self._tracks is None, _tracks(payload)
                if first:
                    audio = self._tracks.audio is not None
                    self._on_open(StreamInfo(self._server, self._offered, audio))
                self._sink.on_tracks(self._tracks)
            case b"I":
                self._offered = str(json.loads(payload)["audio"])[:20]
            case _:
                told = json.loads(payload)
                raise SourceError(Problem(told["problem"]), str(told["detail"])[:80])

    def _bound(self, size: int, now: float) -> None:
        """Raises SourceError(FLOOD)."""
        if now - self._second >= 1:
            self._second, self._bytes = now, 0
        self._bytes += size
        if self._bytes > self._limits.bytes_per_s:
            raise SourceError(Problem.FLOOD, f"{self._bytes} bytes in a second")


def _tracks(payload: bytes) -> Tracks:
    told = json.loads(payload)
    video, audio = _bytes(told["video"]), _bytes(told["audio"])
    assert video is not None  # noqa: S101 - our own process wrote it
    return Tracks(VideoTrack(**video), AudioTrack(**audio) if audio else None)


def _bytes(track: dict[str, Any] | None) -> dict[str, Any] | None:
    if track is None:
        return None
    binary = ("sps", "pps", "vps", "config")
    try:
        return {name: base64.b64decode(value) if name in binary else value for name, value in track.items()}
    except binascii.Error as error:
        raise SourceError(Problem.PROTOCOL, "libav's process makes no sense") from error
