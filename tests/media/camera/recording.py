"""Runs the client against a camera until a condition holds."""

import asyncio
from collections.abc import Callable
from typing import Any

from tests.media.camera.server import Camera
from thienly.media.frames import FrameSink, Part
from thienly.media.rtsp import record_stream
from thienly.media.sources.origin import Origin

LIMIT_S = 20


async def record(camera: Camera, sink: FrameSink, until: Callable[[], bool], **options: Any) -> None:
    """Record until `until()` holds, then cancel as a recorder does. Raises what the stream raises."""
    url = options.pop("url", camera.url)
    user, password = options.pop("user", camera.username), options.pop("password", camera.password)
    named = {name: options.pop(name) for name in ("audio", "transport", "trust") if name in options}
    origin = Origin(url, user, password, allow_local=True, **named)
    async with asyncio.timeout(LIMIT_S):
        task = asyncio.create_task(record_stream(origin, sink, **options))
        while not until() and not task.done():  # noqa: ASYNC110 - any condition of a test
            await asyncio.sleep(0.01)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            return


class Counter:
    """Counts frames on their way to another FrameSink."""

    def __init__(self, sink: FrameSink) -> None:
        self._sink = sink
        self.video = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sink, name)

    def on_video(self, ts: int, key: bool, size: int, parts: list[Part]) -> None:
        self.video += 1
        self._sink.on_video(ts, key, size, parts)
