"""Where frames come from: one function for each URL scheme."""

from collections.abc import Awaitable, Callable
from typing import Protocol
from urllib.parse import urlsplit

from thienly.bus.messages import DesiredCamera
from thienly.media.frames import FrameSink, SourceError
from thienly.media.rtsp.stream import record_stream
from thienly.rules.problems import Problem


class Source(Protocol):
    """Feeds `sink` until cancelled (then says goodbye to the device). Raises SourceError.

    `live`: whether somebody watches now, so that latency counts more than cost.
    """

    def __call__(
        self, camera: DesiredCamera, password: str, sink: FrameSink, live: Callable[[], bool]
    ) -> Awaitable[None]: ...


async def rtsp(camera: DesiredCamera, password: str, sink: FrameSink, live: Callable[[], bool]) -> None:
    await record_stream(
        camera.url,
        camera.username,
        password,
        sink,
        audio=camera.audio,
        allow_local=camera.allow_local,
        live=live,
    )


SOURCES: dict[str, Source] = {"rtsp": rtsp}


async def by_scheme(camera: DesiredCamera, password: str, sink: FrameSink, live: Callable[[], bool]) -> None:
    """The Source that looks at the URL. Raises SourceError(BAD_URL) for a scheme that nobody serves."""
    try:
        scheme = urlsplit(camera.url).scheme.lower()
    except ValueError as error:
        raise SourceError(Problem.BAD_URL) from error
    source = SOURCES.get(scheme)
    if source is None:
        raise SourceError(Problem.BAD_URL, f"no source for {scheme or 'an address without a scheme'}"[:80])
    await source(camera, password, sink, live)
