"""One function for each URL scheme."""

from collections.abc import Callable

from thienly.media.frames import FrameSink, SourceError
from thienly.media.link import LinkMeter
from thienly.media.rtsp.limits import Limits
from thienly.media.rtsp.stream import record_stream
from thienly.media.sources.libav import record_libav
from thienly.media.sources.origin import Origin, StreamInfo
from thienly.rules.address import BadAddressError, parse


async def record_origin(
    origin: Origin,
    sink: FrameSink,
    *,
    limits: Limits | None = None,
    live: Callable[[], bool] = lambda: False,
    on_open: Callable[[StreamInfo], None] = lambda _: None,
    meter: LinkMeter | None = None,
) -> None:
    """Feed `sink` until cancelled. Always ends by raising: SourceError with the reason, or CancelledError.

    `live`: whether somebody watches now, so that latency counts more than cost. `on_open` is called when the
    device has begun to play. `meter` is counted on where packets are RTP.
    """
    try:
        scheme = parse(origin.url).scheme
    except BadAddressError as error:
        raise SourceError(error.problem, error.detail) from None
    record = record_stream if scheme in ("rtsp", "rtsps") else record_libav
    await record(origin, sink, limits=limits, live=live, on_open=on_open, meter=meter)
