"""RTSP messages (RFC 2326 sections 6 and 7), parsed within bounds."""

import re
from dataclasses import dataclass

from thienly.media.frames import SourceError
from thienly.rules.problems import Problem

MAX_HEAD = 16 << 10
MAX_BODY = 64 << 10
MAX_HEADERS = 64
MIN_START = 9
"""Bytes after which garbage can be told from a message."""

_STATUS = re.compile(r"RTSP/1\.[0-9] ([1-9][0-9]{2})(?: .*)?")
_REQUEST = re.compile(r"[A-Z_]{2,20} \S{1,4096} RTSP/1\.[0-9]")
_START = re.compile(rb"RTSP/1\.[0-9] |[A-Z_]{2,}[ /]|[A-Z_]{9}")


@dataclass(frozen=True, slots=True)
class Message:
    """A response, or a request by the camera (`status` 0). Header names are in lower case."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def get(self, name: str) -> str:
        """The first header of that name (lower case), or an empty string."""
        return next((value for key, value in self.headers if key == name), "")

    def all(self, name: str) -> list[str]:
        """All headers of that name (lower case)."""
        return [value for key, value in self.headers if key == name]


@dataclass(frozen=True, slots=True)
class Head:
    """What stands before the empty line, and how long the body after it is."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body_length: int


def plausible_start(data: bytes) -> bool:
    """Whether `data` (at least MIN_START bytes) can begin a message."""
    return _START.match(data) is not None


def parse_head(data: bytes) -> Head:
    """Parse start line and headers, without the empty line. Raises SourceError(PROTOCOL)."""
    text = data.decode("utf-8", "replace")
    first, *lines = re.split("\r?\n", text)
    status = _STATUS.fullmatch(first)
    if status is None and _REQUEST.fullmatch(first) is None:
        raise SourceError(Problem.PROTOCOL, "the answer is not RTSP")
    if len(lines) > MAX_HEADERS:
        raise SourceError(Problem.PROTOCOL, "too many headers")
    headers: list[tuple[str, str]] = []
    for line in lines:
        name, colon, value = line.partition(":")
        if line[:1] in (" ", "\t") and headers:
            headers[-1] = (headers[-1][0], f"{headers[-1][1]} {line.strip()}")  # a folded header
        elif colon:
            headers.append((name.strip().lower(), value.strip()))
    length = next((value for name, value in headers if name == "content-length"), "0")
    if not re.fullmatch("[0-9]{1,9}", length) or int(length) > MAX_BODY:
        raise SourceError(Problem.PROTOCOL, "a body too long, or of no length")
    return Head(int(status[1]) if status else 0, tuple(headers), int(length))


def format_request(method: str, uri: str, headers: dict[str, str]) -> bytes:
    """A request without body. The caller vouches that `uri` and `headers` hold no line breaks."""
    lines = [f"{method} {uri} RTSP/1.0", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
