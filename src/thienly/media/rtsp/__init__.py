"""The native RTSP client: RTSP 1.0 (RFC 2326) over TCP with interleaved RTP."""

from thienly.media.rtsp.limits import Limits
from thienly.media.rtsp.stream import record_stream
from thienly.media.rtsp.url import parse_url

__all__ = ["Limits", "parse_url", "record_stream"]
