"""Camera addresses: strict, and never with a secret inside."""

from dataclasses import dataclass

from thienly.media.frames import SourceError
from thienly.rules.address import DEFAULT_PORTS, MAX_LENGTH, BadAddressError, parse
from thienly.rules.problems import Problem

_SCHEMES = ("rtsp", "rtsps")
MAX_CONTROL = 4 * MAX_LENGTH
"""Characters of a track's address: a description may put its own behind the stream's."""


@dataclass(frozen=True, slots=True)
class RtspUrl:
    """An rtsp:// or rtsps:// address without credentials. `target` is path and query, beginning with / or
    empty; `scheme` says whether the connection is encrypted."""

    host: str
    port: int
    target: str
    scheme: str = "rtsp"

    @property
    def encrypted(self) -> bool:
        return self.scheme == "rtsps"

    @property
    def text(self) -> str:
        """The address as it is sent to the camera."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.target}"

    def __repr__(self) -> str:
        # Some cameras want their password in the query, so path and query stay out of logs.
        return f"RtspUrl({self.host!r}, {self.port})"


@dataclass(frozen=True, slots=True)
class Credentials:
    """A name and password; the password never shows in a repr."""

    username: str
    password: str

    def __repr__(self) -> str:
        return "Credentials(…)"


def parse_url(text: str) -> tuple[RtspUrl, Credentials | None]:
    """Split an address into what may be kept and shown, and the credentials if it holds any.

    Raises SourceError(BAD_URL).
    """
    try:
        address = parse(text)
    except BadAddressError as error:
        raise SourceError(error.problem, error.detail) from None
    if address.scheme not in _SCHEMES:
        raise SourceError(Problem.BAD_URL, "scheme")
    url = RtspUrl(address.host, address.port, address.target, address.scheme)
    if not address.username and not address.password:
        return url, None
    return url, Credentials(address.username, address.password)


def is_absolute(text: str) -> bool:
    """Whether a control or base address is more than a path."""
    return text.lower().startswith(("rtsp://", "rtsps://"))


def control_url(base: str, control: str) -> str:
    """The address of a track: `control` of the SDP against Content-Base (RFC 2326 appendix C.1.1).

    Relative ones are appended after a slash, as cameras mean it, not resolved as RFC 3986 would: bases carry
    queries. Raises SourceError(PROTOCOL) when the camera's text could break out of the request line.
    """
    if control in ("", "*"):
        url = base
    elif is_absolute(control):
        url = control
    else:
        url = base.rstrip("/") + "/" + control.lstrip("/")
    if len(url) > MAX_CONTROL or not url.isascii() or not url.isprintable() or " " in url:
        raise SourceError(Problem.PROTOCOL, "impossible control address in the description")
    return url
