"""One client's TCP connection: answers requests by the table of RFC 2326 section 10."""

import asyncio
import logging
import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from thienly.sim.rtsp.digest import Challenger
from thienly.sim.rtsp.playout import Kind
from thienly.sim.rtsp.request import BadRequestError, Request, RequestReader
from thienly.sim.rtsp.sdp import AUDIO_CONTROL, VIDEO_CONTROL, describe
from thienly.sim.rtsp.udp import UdpOut, UdpTrack
from thienly.sim.rtsp.viewer import Lane, Viewer

if TYPE_CHECKING:
    from thienly.sim.camera import SimCamera
    from thienly.sim.server import SimServer

log = logging.getLogger(__name__)

_KINDS: dict[str, Kind] = {VIDEO_CONTROL: "video", AUDIO_CONTROL: "sound"}
_CONTROLS = {kind: control for control, kind in _KINDS.items()}
_METHODS = "OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, SET_PARAMETER, TEARDOWN"
_REASONS = {
    200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 405: "Method Not Allowed",
    454: "Session Not Found", 455: "Method Not Valid in This State", 461: "Unsupported Transport",
}  # fmt: skip
_CLIENT_PORT = re.compile(r"client_port=(\d{1,5})-")
_INTERLEAVED = re.compile(r"interleaved=(\d{1,3})-(\d{1,3})")

Answer = tuple[int, dict[str, str], str]


class Connection(asyncio.Protocol):
    """Keep-alive is any request that is granted; receiver reports do not count, so clients must ask."""

    def __init__(self, server: "SimServer") -> None:
        self._server = server
        self._reader = RequestReader()
        self._challenger = Challenger("Camera", server.nonce_lifetime_s)
        self._heard = time.monotonic()
        self._timer: asyncio.TimerHandle | None = None
        self.camera: SimCamera | None = None
        self.viewer: Viewer | None = None
        self.playing = False
        self._udp: UdpOut | None = None
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._server.connections.add(self)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.connections.discard(self)
        if self._timer:
            self._timer.cancel()
        self._leave()

    def data_received(self, data: bytes) -> None:
        try:
            for request in self._reader.feed(data):
                self._handle(request)
        except BadRequestError as error:
            log.info("rtsp: %s", error)
            self.transport.write(b"RTSP/1.0 400 Bad Request\r\n\r\n")
            self.transport.close()

    @property
    def out(self) -> asyncio.Transport | UdpOut:
        """Where its packets go."""
        return self._udp or self.transport

    def _watch(self) -> None:
        """Close a client that has not asked for anything within the session timeout."""
        left = self._heard + self._server.session_timeout_s - time.monotonic()
        if left <= 0:
            log.info("rtsp: no keep-alive within %s s", self._server.session_timeout_s)
            self.transport.abort()
            return
        self._timer = asyncio.get_running_loop().call_later(left + 0.01, self._watch)

    def _handle(self, request: Request) -> None:
        camera = self._server.find(request.path)
        if camera and camera.fault == "silence_after_connect":
            return
        if camera and camera.fault in ("refuse", "drop"):
            self.transport.abort()
            return
        status, headers, body = self._answer(request, camera)
        if status == 200:
            self._heard = time.monotonic()
        lines = [
            f"RTSP/1.0 {status} {_REASONS[status]}",
            f"CSeq: {request.headers.get('cseq', '0')}",
            "Server: thienly-sim",
        ]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        content = body.encode()
        if content:
            lines.append(f"Content-Length: {len(content)}")
        self.transport.write("\r\n".join([*lines, "", ""]).encode() + content)
        if request.method == "TEARDOWN" and status == 200:
            self.transport.close()

    def _answer(self, request: Request, camera: "SimCamera | None") -> Answer:
        if request.method == "OPTIONS":
            return 200, {"Public": _METHODS, **self._session_header()}, ""
        answers: dict[str, Callable[[Request, SimCamera], Answer]] = {
            "DESCRIBE": self._describe,
            "SETUP": self._setup,
            "PLAY": self._play,
            "GET_PARAMETER": self._keep_alive,
            "SET_PARAMETER": self._keep_alive,
            "TEARDOWN": self._teardown,
        }
        if request.method not in answers:
            return 405, {"Allow": _METHODS}, ""
        if camera is None:
            return 404, {}, ""
        allowed, stale = self._challenger.check(
            camera.spec, request.method, request.headers.get("authorization")
        )
        if not allowed:
            return 401, {"WWW-Authenticate": self._challenger.challenge(camera.spec, stale=stale)}, ""
        return answers[request.method](request, camera)

    def _describe(self, request: Request, camera: "SimCamera") -> Answer:
        host = self.transport.get_extra_info("sockname")[0]
        sdp = describe(camera.spec, camera.playout.clip, camera.sound, host)
        return 200, {"Content-Base": request.uri.rstrip("/") + "/", "Content-Type": "application/sdp"}, sdp

    def _setup(self, request: Request, camera: "SimCamera") -> Answer:
        kind = _KINDS.get(request.path.rpartition("/")[2])
        if kind is None or (kind == "sound" and camera.sound is None):
            return 404, {}, ""
        if self.playing or (self.camera and self.camera is not camera):
            return 455, {}, ""
        asked = request.headers.get("transport", "").split(",")
        offers = [offer for offer in asked if offer.strip().upper().startswith("RTP/AVP/TCP")]
        port = next((int(found[1]) for offer in asked if (found := _CLIENT_PORT.search(offer))), 0)
        way = "tcp" if offers else "udp" if port and not self._server.encrypted else ""
        if way not in camera.spec.transports or (self.viewer and (way == "udp") != bool(self._udp)):
            return 461, {}, ""
        if self.viewer is None:
            self.camera = camera
            self._udp = UdpOut() if way == "udp" else None
            self.viewer = Viewer(self.out, camera.playout, buffer_limit=camera.buffer_limit)
            self.viewer.clock_shift_s = camera.clock_shift_s
        elif not self._knows(request):
            return 454, {}, ""
        told = self._lane_udp(kind, port) if self._udp else self._lane_tcp(kind, offers[0])
        return (200, {"Transport": told, **self._session_header()}, "") if told else (461, {}, "")

    def _lane_tcp(self, kind: Kind, offer: str) -> str:
        """The Transport header; empty when the channel is taken."""
        assert self.viewer is not None  # noqa: S101 - made by the caller
        match = _INTERLEAVED.search(offer)
        channel = int(match[1]) if match else 2 * len(self.viewer.lanes)
        taken = {lane.channel for other, lane in self.viewer.lanes.items() if other != kind}
        if channel > 254 or channel in taken:
            return ""
        self.viewer.lanes[kind] = Lane(channel)
        ssrc = self.viewer.track(kind).ssrc
        return f"RTP/AVP/TCP;unicast;interleaved={channel}-{channel + 1};ssrc={ssrc:08X}"

    def _lane_udp(self, kind: Kind, client: int) -> str:
        assert self.viewer is not None  # noqa: S101 - made by the caller
        assert self._udp is not None  # noqa: S101
        ours, theirs = (self.transport.get_extra_info(name)[0] for name in ("sockname", "peername"))
        track = UdpTrack(ours, theirs, client)
        channel = 2 * len(self.viewer.lanes)
        self._udp.add(channel, track)
        self.viewer.lanes[kind] = Lane(channel)
        ssrc = self.viewer.track(kind).ssrc
        return f"RTP/AVP;unicast;client_port={client}-{client + 1};server_port={track.ports};ssrc={ssrc:08X}"

    def _play(self, request: Request, camera: "SimCamera") -> Answer:
        if self.viewer is None or not self._knows(request):
            return 454, {}, ""
        if self.camera is not camera:
            return 455, {}, ""
        if not self.playing:
            self.playing = True
            self.viewer.start(on_key_frame=camera.spec.starts_on_key_frame)
            camera.admit(self)
        base = request.uri.rstrip("/")
        infos = []
        for kind in self.viewer.lanes:
            seq, stamp = self.viewer.rtp_info(kind)
            infos.append(f"url={base}/{_CONTROLS[kind]};seq={seq};rtptime={stamp}")
        return 200, {"Range": "npt=now-", "RTP-Info": ",".join(infos), **self._session_header()}, ""

    def _keep_alive(self, request: Request, camera: "SimCamera") -> Answer:
        if "session" in request.headers and not self._knows(request):
            return 454, {}, ""
        return 200, self._session_header(), ""

    def _teardown(self, request: Request, camera: "SimCamera") -> Answer:
        if not self._knows(request):
            return 454, {}, ""
        self._leave()
        return 200, {}, ""

    def _knows(self, request: Request) -> bool:
        return (
            self.viewer is not None and request.headers.get("session", "").partition(";")[0] == self.viewer.id
        )

    def _session_header(self) -> dict[str, str]:
        if self.viewer is None:
            return {}
        return {"Session": f"{self.viewer.id};timeout={round(self._server.session_timeout_s)}"}

    def _leave(self) -> None:
        if self.viewer:
            self.viewer.stop()
        if self._udp:
            self._udp.abort()
        if self.camera:
            self.camera.dismiss(self)
        self.playing = False
