"""What the gateway serves: pages and API by Django, pictures by the gateway."""

import os
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "thienly.settings")

from django.core.asgi import get_asgi_application

pages = get_asgi_application()

from django.conf import settings  # noqa: E402 - only now is Django set up

from thienly.gateway.hls.server import PREFIX  # noqa: E402
from thienly.gateway.stream import Gateway  # noqa: E402

gateway = Gateway(settings.CONF)

Message = dict[str, Any]


async def app(
    scope: Message,
    receive: Callable[[], Awaitable[Message]],
    send: Callable[[Mapping[str, Any]], Awaitable[None]],
) -> None:
    """ASGI 3."""
    if scope["type"] == "websocket":
        await gateway.websocket(scope, receive, send)
    elif scope["type"] == "lifespan":
        await gateway.lifespan(receive, send)
    elif scope["path"].startswith(PREFIX):
        await gateway.hls(scope, receive, send)
    else:
        await pages(scope, receive, send)
