"""The gateway process: pages, API and `/stream` behind one port."""

import resource
import socket
from typing import Any

import uvicorn

from thienly.conf import Conf


def config(
    conf: Conf, *, host: str | None = None, port: int | None = None, app: Any = "thienly.asgi:app"
) -> uvicorn.Config:
    """How uvicorn runs here.

    Video does not shrink, so no permessage-deflate. Addresses come from `core.access.peer`, so uvicorn
    must not believe forwarded headers by itself. A peer that answers no ping for 20 s is gone.
    """
    return uvicorn.Config(
        app,
        host=host or conf.file.host,
        port=conf.port if port is None else port,
        ws="websockets-sansio",
        ws_max_size=64 * 1024,
        ws_per_message_deflate=False,
        ws_ping_interval=10,
        ws_ping_timeout=20,
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_level="warning",
        lifespan="on",
        timeout_graceful_shutdown=5,
    )


def serve(conf: Conf, *, fd: int | None = None) -> None:
    """Runs until SIGINT or SIGTERM. `fd`: a listening socket of the supervisor, else one of its own."""
    # A viewer needs a socket; the usual soft limit of 1,024 files would turn the rest of a province away.
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    uvicorn.Server(config(conf)).run(sockets=None if fd is None else [socket.socket(fileno=fd)])
