"""Where a recorder's frames come from: the desired camera as an origin."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

from thienly.bus.messages import DesiredCamera
from thienly.media.frames import FrameSink
from thienly.media.link import LinkMeter
from thienly.media.sources.origin import Origin
from thienly.media.sources.streams import record_origin
from thienly.media.trust import Trust


class Source(Protocol):
    """Feeds `sink` until cancelled (then says goodbye to the device). Raises SourceError.

    `live`: whether somebody watches now, so that latency counts more than cost. `meter` is counted on.
    """

    def __call__(
        self,
        camera: DesiredCamera,
        password: str,
        sink: FrameSink,
        live: Callable[[], bool],
        meter: LinkMeter | None = None,
    ) -> Awaitable[None]: ...


def by_scheme(ca_file: Path | None = None, files: Path | None = None) -> Source:
    """The Source that looks at the URL. `ca_file`: the installation's own authorities of cameras (PEM);
    `files`: see `Origin`."""

    async def source(
        camera: DesiredCamera,
        password: str,
        sink: FrameSink,
        live: Callable[[], bool],
        meter: LinkMeter | None = None,
    ) -> None:
        origin = Origin(
            camera.url,
            camera.username,
            password,
            audio=camera.audio,
            allow_local=camera.allow_local,
            transport=camera.transport,
            trust=Trust(camera.fingerprint, ca_file),
            files=files,
        )
        await record_origin(origin, sink, live=live, meter=meter)

    return source
