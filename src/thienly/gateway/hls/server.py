"""`/hls/…`: who asks, for what, and how it is answered (ASGI, GET and HEAD only).

    /hls/<camera>/live.m3u8                      the camera now
    /hls/<camera>/low.m3u8                       the camera now, in parts: some two seconds behind
    /hls/<camera>/<from>-<until>.m3u8            its recordings, e.g. 20261124T070000Z-20261124T071500Z
    /hls/<camera>/<playlist>/<name>.m4s|.mp4     a fragment, an init segment (named by the playlist)

Secrets travel in the cookie or in `Authorization`, never in an address.
"""

import asyncio
import contextlib
import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import structlog
from django.conf import settings
from django.http.request import validate_host
from django.utils import timezone

from thienly.bus.client import Bus, BusUnavailable
from thienly.core.access import epoch
from thienly.core.access.refusal import Refused
from thienly.core.footage import players, viewers
from thienly.core.footage.players import Player
from thienly.core.footage.standing import BY_METHOD, refuse_change
from thienly.gateway.archive import ArchiveAway
from thienly.gateway.connection import Receive, Send
from thienly.gateway.cookies import session_of
from thienly.gateway.database import query
from thienly.gateway.feed import Hub
from thienly.gateway.hls.low import LowViewing, TooFarAhead, TooManyWaiting
from thienly.gateway.hls.playlist import TYPE
from thienly.gateway.hls.viewing import MOST_SPAN_US, Span, Viewing

log = structlog.get_logger(__name__)

PREFIX = "/hls/"
NO_PICTURES = "Chưa lấy được hình · No pictures at the moment"
IDLE_S = 20.0
LOOK_EVERY_S = 2.0
ASK_EVERY_S = 20.0
MOST_VIEWINGS = 500
MOST_OF_ONE = 64

_PATH = re.compile(
    r"^/hls/([0-9a-f]{32})/(live|low|\d{8}T\d{6}Z-\d{8}T\d{6}Z)(?:\.m3u8|/([a-z0-9_.-]{1,80}))$"
)
_HEADERS = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_Key = tuple[str, str, str, str, str]


class Answer(Exception):
    """What is sent instead of pictures: a status and one sentence."""

    def __init__(self, status: int, text: str, **headers: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.headers = headers


class Hls:
    """All viewings of this process. `run` ends those that are idle or no longer allowed."""

    def __init__(self, *, gateway: str, bus: Callable[[], Bus], hub: Hub) -> None:
        self.viewings: dict[_Key, Viewing] = {}
        self._opening = asyncio.Lock()  # a player asks twice at once, and is one viewing
        self._gateway = gateway
        self._bus = bus
        self._hub = hub

    # --- one request ------------------------------------------------------------------------------------
    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        more: tuple[tuple[bytes, bytes], ...] = ()
        try:
            type_, body = await self._answer(scope)
            status = 200
        except Answer as answer:
            status, type_, body = answer.status, "text/plain; charset=utf-8", answer.text.encode()
            more = tuple((n.replace("_", "-").encode(), v.encode()) for n, v in answer.headers.items())
        head = scope["method"] == "HEAD"
        sizes = ((b"content-type", type_.encode()), (b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": status, "headers": [*sizes, *more, *_HEADERS]})
        await send({"type": "http.response.body", "body": b"" if head else body})

    async def _answer(self, scope: Mapping[str, Any]) -> tuple[str, bytes]:
        if scope["method"] not in ("GET", "HEAD", *BY_METHOD):
            raise Answer(405, "GET", allow="GET, HEAD")
        headers = {name.decode("latin-1").lower(): text.decode("latin-1") for name, text in scope["headers"]}
        if not validate_host(headers.get("host", "").rsplit(":", 1)[0], settings.ALLOWED_HOSTS):
            raise Answer(400, "Bad host")
        player = await self._player(scope, headers)
        match = _PATH.match(scope["path"])
        if match is None:
            raise Answer(404, "Không có · Not found")
        camera, which, name = match[1], match[2], match[3]
        if scope["method"] in BY_METHOD:
            await _refuse(player, camera, scope)
        viewing = await self._viewing(player, camera, which, begin=name is None)
        try:
            return await self._fetch(viewing, name, scope)
        except TooFarAhead as error:
            raise Answer(400, "Chưa có · Not yet") from error
        except TooManyWaiting as error:
            raise Answer(429, "Quá nhiều yêu cầu đang chờ · Too many wait", retry_after="1") from error
        except (ArchiveAway, BusUnavailable) as error:
            raise Answer(503, NO_PICTURES, retry_after="2") from error

    async def _player(self, scope: Mapping[str, Any], headers: Mapping[str, str]) -> Player:
        kind, _, bearer = headers.get("authorization", "").partition(" ")
        if kind and kind.lower() != "bearer":
            raise Answer(401, "Authorization: Bearer", www_authenticate="Bearer")
        player = await query(
            players.player_of,
            session=session_of(headers.get("cookie", "")),
            bearer=bearer.strip(),
            peer=(scope.get("client") or ("", 0))[0],
            forwarded=headers.get("x-forwarded-for", ""),
        )
        if player is None or (kind and not bearer.strip()):
            raise Answer(401, "Chưa đăng nhập · Not signed in", www_authenticate="Bearer")
        return player

    async def _fetch(self, viewing: Viewing, name: str | None, scope: Mapping[str, Any]) -> tuple[str, bytes]:
        if name is None:
            asked = parse_qs(scope.get("query_string", b"").decode("latin-1"))
            wanted, part = _number(asked, "_HLS_msn"), _number(asked, "_HLS_part")
            text = await viewing.playlist(wait_for=wanted, part=part)
            if viewing.closed:
                raise Answer(403, "Đã kết thúc · Ended")
            if not text:
                raise Answer(503, "Không có hình trong khoảng này · No pictures there", retry_after="2")
            return TYPE, text.encode()
        found = await (viewing.init(name) if name.endswith(".mp4") else viewing.fragment(name))
        if viewing.closed:
            raise Answer(403, "Đã kết thúc · Ended")
        if found is None:
            raise Answer(404, "Không có · Not found")
        return "video/mp4", found

    # --- viewings ---------------------------------------------------------------------------------------
    async def _viewing(self, player: Player, camera: str, which: str, *, begin: bool) -> Viewing:
        """The one that goes on, or a new one. Every request asks whether it may."""
        actor = player.actor
        key = (actor.id, player.client, actor.session or actor.address, camera, which)
        viewing = self.viewings.get(key)
        if viewing is not None:
            viewing.asked = time.monotonic()
            await self._confirm(key, viewing)
        if key in self.viewings:
            return self.viewings[key]
        if not begin:
            raise Answer(404, "Không có · Not found")
        async with self._opening:
            return self.viewings.get(key) or await self._open(player, camera, which, key)

    async def _open(self, player: Player, camera: str, which: str, key: _Key) -> Viewing:
        of_one = sum(other[0] == key[0] for other in self.viewings)
        if len(self.viewings) >= MOST_VIEWINGS or of_one >= MOST_OF_ONE:
            raise Answer(429, "Quá nhiều luồng cùng lúc · Too many at once", retry_after=str(int(IDLE_S)))
        span = None if which in ("live", "low") else _span(which)
        kind = LowViewing if which == "low" else Viewing
        try:
            viewing = await kind.open(
                player, camera, span, folder=which, bus=self._bus, gateway=self._gateway
            )
        except Refused as refused:
            raise _refusal(refused) from refused
        if isinstance(viewing, LowViewing):
            try:
                await viewing.join(self._hub)
            except (ArchiveAway, BusUnavailable) as error:
                await viewing.close("bus_away")
                raise Answer(503, NO_PICTURES, retry_after="2") from error
        self.viewings[key] = viewing
        return viewing

    async def run(self) -> None:
        """Until cancelled; then every viewing is closed."""
        try:
            while True:
                await asyncio.sleep(LOOK_EVERY_S)
                for key, viewing in list(self.viewings.items()):
                    with contextlib.suppress(Exception):  # the database is away: asked again, see `_confirm`
                        if time.monotonic() - viewing.asked > IDLE_S:
                            await self._end(key, viewing, "idle")
                        else:
                            await self._confirm(key, viewing)
        finally:
            for key, viewing in list(self.viewings.items()):
                await asyncio.shield(self._end(key, viewing, "gateway_stopped"))

    async def _confirm(self, key: _Key, viewing: Viewing) -> None:
        """Ends it when the right is gone."""
        actor, mode = viewing.player.actor, viewing.opening.mode
        mark, living = await query(_facts, actor.session)
        if not living:
            await self._end(key, viewing, "session_ended")
        elif viewing.mark != mark or time.monotonic() - viewing.checked > ASK_EVERY_S:
            camera = {viewing.opening.camera}
            if not await query(viewers.still_allowed, actor=actor, mode=mode, cameras=camera):
                await self._end(key, viewing, "right_withdrawn")
                return
            if viewing.sound and not await query(viewers.still_heard, actor=actor, cameras=camera):
                viewing.sound = False
            viewing.mark, viewing.checked = mark, time.monotonic()

    async def _end(self, key: _Key, viewing: Viewing, why: str) -> None:
        if self.viewings.get(key) is viewing:
            del self.viewings[key]
        await viewing.close(why)


async def _refuse(player: Player, camera: str, scope: Mapping[str, Any]) -> None:
    """Whoever would delete, change or copy a recording by its address. Always raises Answer."""
    try:
        await query(
            refuse_change,
            actor=player.actor,
            camera_id=camera,
            recording=scope["path"].removeprefix(f"{PREFIX}{camera}/"),
            act=BY_METHOD[scope["method"]],
            now=timezone.now(),
        )
    except Refused as refused:
        raise _refusal(refused) from refused


def _refusal(refused: Refused) -> Answer:
    if refused.status == 404:
        return Answer(404, "Không có · Not found")
    codes = "; ".join(f"{one.code} {one.cite}".strip() for one in refused.reasons)
    return Answer(403, f"Không được phép · Not allowed: {codes}")


def _facts(session: str) -> tuple[epoch.Mark, bool]:
    living = not session or session in viewers.living_sessions([session])
    return epoch.mark(timezone.now()), living


def _span(which: str) -> Span:
    try:
        start, until = (
            int(datetime.strptime(one, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp() * 1e6)
            for one in which.split("-")
        )
    except (ValueError, OverflowError) as error:
        raise Answer(400, "Thời gian không hợp lệ · Not a time") from error
    if not 0 <= start < until or until - start > MOST_SPAN_US:
        raise Answer(400, "Nhiều nhất 6 giờ, từ trước đến sau · At most six hours, from earlier to later")
    return Span(start, until)


def _number(asked: Mapping[str, list[str]], name: str) -> int | None:
    """A directive of a blocking reload; rubbish is as if it were not there."""
    try:
        return int(asked[name][0][:12])
    except (KeyError, ValueError):
        return None
