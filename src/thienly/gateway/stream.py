"""The ASGI application behind `/stream`, and what it needs for as long as the process lives."""

import asyncio
import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.http.request import validate_host

from thienly.bus.client import end
from thienly.conf import Conf
from thienly.core.access.actor import Actor
from thienly.core.footage import streams, viewers
from thienly.gateway import numbers
from thienly.gateway.connection import OTHER_ORIGIN, UNKNOWN_PERSON, Connection, Receive, Send
from thienly.gateway.cookies import session_of
from thienly.gateway.database import query
from thienly.gateway.feed import Hub
from thienly.gateway.hls.server import Hls
from thienly.gateway.link import Link
from thienly.gateway.rights import Rights

log = structlog.get_logger(__name__)

PATH = "/stream"


class Gateway:
    """One per process. `name` stands in history, so that a later start can close what this one left open."""

    def __init__(self, conf: Conf, *, name: str | None = None) -> None:
        self.name = name or os.environ.get("THIENLY_GATEWAY", "gateway")
        self.link = Link(conf, self.name)
        self.hub = Hub(self.link.get)
        self.rights = Rights(self.link)
        self.hls = Hls(gateway=self.name, bus=self.link.get, hub=self.hub)
        self._tasks: list[asyncio.Task[Any]] = []
        numbers.running.add(self)

    # --- the process ------------------------------------------------------------------------------------
    async def start(self) -> None:
        """Does not wait for the bus: pages work, and say so, while it is away."""
        forgotten = await query(streams.close_forgotten, actor=Actor.machine(self.name), gateway=self.name)
        if forgotten:
            log.info("closed_forgotten_streams", count=forgotten)
        self._tasks = [
            asyncio.create_task(self.link.seek(), name="link"),
            asyncio.create_task(self.rights.run(), name="rights"),
            asyncio.create_task(self.hls.run(), name="hls"),
        ]

    async def stop(self) -> None:
        await end(*self._tasks)
        await self.hub.stop()
        await self.link.close()

    async def lifespan(self, receive: Receive, send: Send) -> None:
        """The ASGI lifespan protocol."""
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self.start()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    # --- one socket -------------------------------------------------------------------------------------
    async def websocket(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Accepts before it refuses: a browser is told the code only of a socket that was open."""
        await receive()
        if scope["path"] != PATH:
            await send({"type": "websocket.close", "code": 4404})
            return
        await send({"type": "websocket.accept"})
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
        }
        if not same_origin(headers):
            await send({"type": "websocket.close", "code": OTHER_ORIGIN})
            return
        viewer = await query(
            viewers.viewer_of,
            session=session_of(headers.get("cookie", "")),
            peer=(scope.get("client") or ("", 0))[0],
            forwarded=headers.get("x-forwarded-for", ""),
        )
        if viewer is None:
            await send({"type": "websocket.close", "code": UNKNOWN_PERSON})
            return
        connection = Connection(
            viewer=viewer, gateway=self.name, hub=self.hub, bus=self.link.get, receive=receive, send=send
        )
        self.rights.connections.add(connection)
        try:
            await connection.run()
        finally:
            self.rights.connections.discard(connection)


def same_origin(headers: Mapping[str, str]) -> bool:
    """Whether the page that opens the socket is ours; browsers always send Origin (RFC 6455, 10.2)."""
    host = headers.get("host", "")
    try:
        origin = urlsplit(headers.get("origin", ""))
        name = urlsplit(f"//{host}").hostname or ""
        ours = origin.scheme in ("http", "https") and validate_host(name, settings.ALLOWED_HOSTS)
        # Behind a proxy that ends TLS, Host may lack the port; elsewhere another port is another origin.
        proxied = settings.CONF.file.https and origin.hostname in settings.CONF.file.hosts
        return bool(ours and (origin.netloc == host or proxied))
    except ValueError:
        return False
