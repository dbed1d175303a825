"""RTSP requests out of a stream that also carries interleaved packets (RFC 2326 sections 6 and 10.12)."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

_LARGEST_REQUEST = 16_384


class BadRequestError(Exception):
    """What was sent is not RTSP."""


@dataclass(frozen=True)
class Request:
    method: str
    uri: str
    headers: dict[str, str]  # names in lower case

    @property
    def path(self) -> str:
        return urlsplit(self.uri).path.rstrip("/")


class RequestReader:
    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Request]:
        """Whole requests so far; receiver reports are passed over. Raises BadRequestError."""
        self._buffer += data
        while self._buffer:
            if self._buffer[0] == 0x24:
                if len(self._buffer) < 4:
                    return
                size = 4 + int.from_bytes(self._buffer[2:4], "big")
                if len(self._buffer) < size:
                    return
                del self._buffer[:size]
                continue
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                if len(self._buffer) > _LARGEST_REQUEST:
                    raise BadRequestError("request too long")
                return
            request = _parse(bytes(self._buffer[:end]))
            body = int(request.headers.get("content-length", "0") or 0)
            if not 0 <= body <= _LARGEST_REQUEST:
                raise BadRequestError("body too long")
            if len(self._buffer) < end + 4 + body:
                return
            del self._buffer[: end + 4 + body]
            yield request


def _parse(head: bytes) -> Request:
    first, *rest = head.decode("utf-8", "replace").split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or not words[2].startswith("RTSP/"):
        raise BadRequestError(f"not an RTSP request: {first[:80]!r}")
    fields = (line.partition(":") for line in rest)
    headers = {name.strip().lower(): value.strip() for name, _, value in fields}
    if not headers.get("content-length", "0").isdigit():
        raise BadRequestError("Content-Length is not a number")
    return Request(words[0], words[1], headers)
