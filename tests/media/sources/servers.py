"""Real servers of other kinds: ffmpeg, and a small one of HTTP."""

import asyncio
import io
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import lru_cache
from pathlib import Path
from tempfile import NamedTemporaryFile

import av

FPS = 10
_PICTURE = f"testsrc2=size=320x180:rate={FPS}"
_LOW = ["-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "10"]
_VIDEOS = {
    "h264": ["-c:v", "libx264", *_LOW, "-tune", "zerolatency"],
    "h264-b": ["-c:v", "libx264", *_LOW, "-bf", "2"],
    "h265": ["-c:v", "libx265", *_LOW, "-tune", "zerolatency", "-x265-params", "pools=1:frame-threads=1"],
    "h265-b": ["-c:v", "libx265", *_LOW, "-x265-params", "pools=1:frame-threads=1:bframes=3:open-gop=0"],
    "h265-open": ["-c:v", "libx265", *_LOW, "-x265-params", "pools=1:frame-threads=1:bframes=3:open-gop=1"],
    "mpeg4": ["-c:v", "mpeg4"],
}
_SOUNDS = {
    "aac": ["-c:a", "aac", "-ar", "16000"],
    "pcma": ["-c:a", "pcm_alaw", "-ar", "8000"],
    "pcmu": ["-c:a", "pcm_mulaw", "-ar", "8000"],
    "opus": ["-c:a", "libopus", "-ar", "48000", "-b:a", "32k"],
    "mp3": ["-c:a", "libmp3lame", "-ar", "16000"],
}


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextmanager
def ffmpeg(*output: str, seconds: int = 60) -> Iterator[subprocess.Popen[bytes]]:
    """A test picture and a tone at the pace of life."""
    command = ["ffmpeg", "-v", "error", "-nostdin", "-re", "-f", "lavfi", "-i", _PICTURE, "-f", "lavfi"]
    command += ["-i", "sine=frequency=440:sample_rate=16000", "-t", str(seconds), *output]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def encoded(form: str, *more: str, video: str = "h264", sound: str = "aac") -> list[str]:
    """Options of ffmpeg: these codecs in this container. `-b`: with pictures that are sent out of order."""
    return [*_VIDEOS[video], *_SOUNDS[sound], "-ac", "1", "-f", form, *more]


@lru_cache
def bytes_of(form: str, seconds: int = 4, video: str = "h264", sound: str = "aac") -> bytes:
    """A clip in this container; `mpjpeg` without sound."""
    command = ["ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i", _PICTURE]
    if form == "mpjpeg":
        command += ["-f", form]
    else:
        tone = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=16000"]
        command += [*tone, *encoded(form, video=video, sound=sound)]
    if form in ("mp4", "avi"):  # must be sought in to be written
        with NamedTemporaryFile(suffix=f".{form}") as file:
            subprocess.run([*command, "-t", str(seconds), "-y", file.name], check=True, timeout=60)
            return Path(file.name).read_bytes()
    command += ["-t", str(seconds), "-"]
    return subprocess.run(command, capture_output=True, check=True, timeout=60).stdout


@lru_cache
def enhanced_flv(seconds: int) -> bytes:
    """H.265 as enhanced RTMP carries it, which Debian's ffmpeg cannot write yet and PyAV's can."""
    file = io.BytesIO()
    file.name = "x.flv"
    with (
        av.open(io.BytesIO(bytes_of("matroska", seconds, "h265", "aac"))) as source,
        av.open(file, "w", format="flv", options={"flvflags": "no_duration_filesize"}) as out,
    ):
        video = out.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = video
                out.mux(packet)
    return file.getvalue()


def sound_alone() -> bytes:
    """A Matroska file without a picture."""
    command = ["ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i", "sine", "-t", "1", *_SOUNDS["aac"]]
    done = subprocess.run([*command, "-f", "matroska", "-"], capture_output=True, check=True, timeout=60)
    return done.stdout


class Web:
    """A device that gives one stream over HTTP. Attributes may be changed before it is asked."""

    def __init__(self, body: bytes, kind: str) -> None:
        self.body, self.kind = body, kind
        self.status = "200 OK"
        self.headers = ""
        self.chunked = False
        self.seconds = 4.0  # over which the body is spread
        self.stays = False  # silent and open after the body
        self.port = 0
        self.heads: list[str] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            self.heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
            how = "Transfer-Encoding: chunked\r\n" if self.chunked else ""
            head = f"HTTP/1.1 {self.status}\r\nServer: WebCam\r\nContent-Type: {self.kind}\r\n"
            writer.write(f"{head}{how}{self.headers}\r\n".encode())
            size = max(1, len(self.body) // 80)
            for at in range(0, len(self.body), size):
                piece = self.body[at : at + size]
                writer.write(b"%x\r\n%s\r\n" % (len(piece), piece) if self.chunked else piece)
                await writer.drain()
                await asyncio.sleep(self.seconds / 80)
            if self.chunked:
                writer.write(b"0\r\n\r\n")
            if self.stays:
                await reader.read()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def web(device: Web, tls: object = None) -> AsyncIterator[Web]:
    server = await asyncio.start_server(device.serve, "127.0.0.1", 0, ssl=tls)  # type: ignore[arg-type]
    device.port = server.sockets[0].getsockname()[1]
    try:
        yield device
    finally:
        server.close()
