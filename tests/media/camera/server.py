"""An RTSP server in the test's own loop. What it does beyond the rules is set by its attributes."""

import asyncio
import base64
import hashlib
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from struct import pack

from tests.media.camera.clip import AUDIO_RATE, Clip, clip
from tests.media.camera.packets import interleave, schedule
from tests.media.camera.udp import Ports, UdpWriter

Play = Callable[["Camera", asyncio.StreamWriter], Awaitable[None]]


async def play_clip(camera: "Camera", writer: asyncio.StreamWriter) -> None:
    """The clip at `camera.speed` times its pace, then silence with the connection open."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    camera.sent_frames = 0
    for at, data in schedule(camera.clip, audio=camera.audio):
        delay = started + at / camera.speed - loop.time()
        if delay > 0:
            await asyncio.sleep(delay)
        writer.write(data)
        await writer.drain()


@dataclass
class Camera:
    """Attributes may be changed before and between connections."""

    clip: Clip = field(default_factory=clip)
    audio: bool = True
    username: str = ""
    password: str = ""
    scheme: str = "digest"  # basic, digest, or digest-legacy (no qop)
    algorithm: str = "MD5"
    stale_every: int = 0  # a nonce is stale after so many uses
    sprop: bool = True
    base: str = ""  # Content-Base
    controls: tuple[str, str] = ("trackID=0", "trackID=1")
    channels: tuple[str, str] = ("", "")  # what SETUP answers instead of what was asked
    refused_control: str = ""  # a track that SETUP refuses
    session: str = "12345678;timeout=60"
    answers: dict[str, bytes] = field(default_factory=dict)  # raw bytes instead of the answer to a method
    play: Play = play_clip
    transports: tuple[str, ...] = ("tcp", "udp")
    tells_ports: bool = True  # SETUP answers with server_port
    on_datagrams: Callable[[list[bytes]], list[bytes]] = list  # loses, repeats, shuffles
    public: str = "OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN"
    description: str = ""  # instead of one of the clip
    early: bool = False  # plays before it answers PLAY
    tls: ssl.SSLContext | None = None
    receiver_reports: list[bytes] = field(default_factory=list)  # those by UDP
    speed: float = 20.0
    port: int = 0
    requests: list[str] = field(default_factory=list)  # methods that were allowed in
    heads: list[str] = field(default_factory=list)
    sent_frames: int = 0
    nonce_uses: int = 0
    nonce: str = "0a1b2c"

    @property
    def url(self) -> str:
        return f"rtsp{'s' if self.tls else ''}://127.0.0.1:{self.port}/cam?channel=1"

    def sdp(self) -> str:
        if self.description:
            return self.description
        sprop = ",".join(base64.b64encode(nal).decode() for nal in (self.clip.sps, self.clip.pps))
        lines = ["v=0", "o=- 0 0 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=control:*", "m=video 0 RTP/AVP 96"]
        lines += ["a=rtpmap:96 H264/90000", f"a=control:{self.controls[0]}"]
        lines.append(
            "a=fmtp:96 packetization-mode=1" + (f";sprop-parameter-sets={sprop}" if self.sprop else "")
        )
        if self.audio:
            lines += ["m=audio 0 RTP/AVP 97", f"a=rtpmap:97 MPEG4-GENERIC/{AUDIO_RATE}"]
            lines += [f"a=control:{self.controls[1]}"]
            lines.append(
                "a=fmtp:97 streamtype=5;mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3;"
                f"config={self.clip.audio_config.hex()}"
            )
        return "\r\n".join(lines) + "\r\n"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        playing: list[asyncio.Task[None]] = []
        ports: list[Ports] = []
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).decode():
                if not await self._request(head, writer, ports, playing):
                    break
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            for task in playing:
                task.cancel()
                await asyncio.wait((task,))
            for pair in ports:
                pair.close()
            writer.close()

    async def _request(
        self,
        head: str,
        writer: asyncio.StreamWriter,
        ports: list[Ports],
        playing: list[asyncio.Task[None]],
    ) -> bool:
        """Answer one; whether another may follow."""
        method, uri = head.split(" ", 2)[:2]
        cseq = re.search(r"CSeq: (\d+)", head)
        reply = f"\r\nCSeq: {cseq[1] if cseq else 0}\r\nServer: TestCam/1.0\r\n"
        self.heads.append(head)
        if method == "SETUP" and (
            uri.endswith(self.refused_control or "\0") or not self._sends_as_asked(head)
        ):
            writer.write(f"RTSP/1.0 461 Unsupported Transport{reply}\r\n".encode())
            return True
        if method in self.answers:
            writer.write(self.answers[method].replace(b"{cseq}", cseq[1].encode() if cseq else b"0"))
            return True
        if (challenge := self._challenge(method, uri, head)) and method != "OPTIONS":
            writer.write(f"RTSP/1.0 401 Unauthorized{reply}{challenge}\r\n\r\n".encode())
            return True
        self.requests.append(method)
        extra, body = await self._answer(method, head, ports)
        out = UdpWriter(ports, self.on_datagrams) if ports else writer
        if method == "PLAY":
            playing.append(asyncio.create_task(self._play(out, 0.0 if self.early else 0.05)))
            await asyncio.sleep(0.1 if self.early else 0)
        writer.write(f"RTSP/1.0 200 OK{reply}{extra}\r\n{body}".encode())
        return method != "TEARDOWN"

    def _sends_as_asked(self, head: str) -> bool:
        return ("tcp" if "interleaved" in head else "udp") in self.transports

    async def _play(self, out: object, after_s: float) -> None:
        await asyncio.sleep(after_s)
        await self.play(self, out)  # type: ignore[arg-type]  # or what writes by UDP

    async def _answer(self, method: str, head: str, ports: list[Ports]) -> tuple[str, str]:
        """Headers and body of a 200."""
        if method == "OPTIONS":
            return f"Public: {self.public}\r\n", ""
        if method == "DESCRIBE":
            body = self.sdp()
            base = f"Content-Base: {self.base}\r\n" if self.base else ""
            return f"{base}Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n", body
        if method != "SETUP":
            return "", ""
        setups = self.requests.count("SETUP") - 1
        if by_udp := re.search(r"client_port=(\d+)-(\d+)", head):
            ports.append(await Ports.open(int(by_udp[1]), self.receiver_reports))
            told = ports[-1].told if self.tells_ports else ""
            return f"Transport: RTP/AVP;unicast;{by_udp[0]}{told}\r\nSession: {self.session}\r\n", ""
        asked = re.search(r"interleaved=(\d+-\d+)", head)
        pair = self.channels[setups % 2] or (asked[1] if asked else "")
        return f"Transport: RTP/AVP/TCP;unicast;interleaved={pair}\r\nSession: {self.session}\r\n", ""

    def _challenge(self, method: str, uri: str, head: str) -> str:
        """The header that asks for (better) credentials; empty when they are right."""
        if not self.username:
            return ""
        given = re.search(r"Authorization: (.*)\r\n", head)
        if self.scheme == "basic":
            right = base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
            return "" if given and given[1] == f"Basic {right}" else 'WWW-Authenticate: Basic realm="cam"'
        qop = "" if self.scheme == "digest-legacy" else ', qop="auth"'
        asked = f'WWW-Authenticate: Digest realm="cam", nonce="%s", algorithm={self.algorithm}{qop}'
        if given is None:
            return asked % self.nonce
        fields = dict(re.findall(r'(\w+)="?([^",]*)"?', given[1]))
        digest = hashlib.sha256 if self.algorithm == "SHA-256" else hashlib.md5

        def h(text: str) -> str:
            return digest(text.encode()).hexdigest()

        ha1, ha2 = h(f"{self.username}:cam:{self.password}"), h(f"{method}:{uri}")
        middle = f"{fields['nc']}:{fields['cnonce']}:auth:" if qop else ""
        if fields["response"] != h(f"{ha1}:{fields['nonce']}:{middle}{ha2}") or fields["uri"] != uri:
            return asked % self.nonce
        self.nonce_uses += 1
        if fields["nonce"] != self.nonce or (self.stale_every and self.nonce_uses % self.stale_every == 0):
            self.nonce = f"{self.nonce}f"
            return asked % self.nonce + ", stale=true"
        return ""


@asynccontextmanager
async def serving(camera: Camera) -> AsyncIterator[Camera]:
    """Run the camera on a free loopback port."""
    server = await asyncio.start_server(camera.serve, "127.0.0.1", 0, limit=1 << 20, ssl=camera.tls)
    camera.port = server.sockets[0].getsockname()[1]
    try:
        yield camera
    finally:
        server.close()


def sender_report(channel: int, camera_us: int, ts: int) -> bytes:
    """An interleaved RTCP sender report."""
    seconds, rest = divmod(camera_us, 1_000_000)
    fraction = (rest << 32) // 1_000_000
    body = pack(">BBHIIIIII", 0x80, 200, 6, 0x1234, seconds + 2_208_988_800, fraction, ts & 0xFFFFFFFF, 0, 0)
    return interleave(channel, body)
