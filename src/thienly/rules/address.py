"""Addresses of cameras as people type them: taken apart strictly, and kept apart from their credentials.

Only literal addresses are judged here. A name may point anywhere, so the recorder resolves it and judges the
result again at each connection.
"""

import re
from dataclasses import dataclass, field
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from pathlib import PurePosixPath
from urllib.parse import unquote

from thienly.rules.problems import Problem

FILE = "file"
"""A recording in the folder that the installation names, played as if it were a camera."""
DEFAULT_PORTS = {
    "rtsp": 554,  # RFC 2326 section 3.2
    "rtsps": 322,  # RFC 7826 section 22.15
    "rtmp": 1935,
    "srt": 0,  # none is registered
    "http": 80,
    "https": 443,
    FILE: 0,
}
"""The schemes that recorders can fetch, and the port of each when an address names none."""
MAX_LENGTH = 500

_ADDRESS = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://"
    r"(?:(?P<login>[^/?#]*)@)?"
    r"(?P<host>\[[^\]/?#@]*\]|[^:/?#@\[\]]*)"
    r"(?::(?P<port>[0-9]*))?"
    r"(?P<target>[/?][^#]*)?",
    re.IGNORECASE,
)
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.IGNORECASE)
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+", re.IGNORECASE)
_SECRET_IN_QUERY = re.compile(
    r"[/?&;_,](user(name)?|usr|login|pass(word|wd|phrase)?|pwd|auth|token)=", re.IGNORECASE
)


class BadAddressError(ValueError):
    """What is wrong: a `Problem`, and a detail that a page makes a sentence of. Holds no part of the text."""

    def __init__(self, problem: Problem, detail: str) -> None:
        super().__init__(f"{problem.value}: {detail}")
        self.problem = problem
        self.detail = detail


@dataclass(frozen=True, slots=True)
class StreamAddress:
    """A stream's address without credentials, and the credentials that stood in it."""

    host: str
    port: int
    target: str  # path and query, empty or beginning with /
    username: str = ""
    password: str = field(default="", repr=False)
    scheme: str = "rtsp"

    @property
    def encrypted(self) -> bool:
        """Whether the device shows a certificate."""
        return self.scheme in ("rtsps", "https")

    @property
    def path(self) -> PurePosixPath:
        """Of a file: below the folder that the installation names."""
        return PurePosixPath(unquote(self.target)).relative_to("/")

    @property
    def url(self) -> str:
        """What is stored and shown."""
        if self.scheme == FILE:
            return f"file://{self.target}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.target}"


def parse(text: str) -> StreamAddress:
    """Takes an address apart.

    Raises BadAddressError, always with BAD_URL, and one of the details `characters`, `length`, `form`,
    `scheme`, `login`, `host`, `port`, `query_secret`, `file`.
    """
    text = text.strip()
    if not text.isascii() or not text.isprintable() or " " in text or "\\" in text:
        raise BadAddressError(Problem.BAD_URL, "characters")
    if len(text) > MAX_LENGTH:
        raise BadAddressError(Problem.BAD_URL, "length")
    match = _ADDRESS.fullmatch(text)
    if match is None:
        raise BadAddressError(Problem.BAD_URL, "form")
    scheme = match["scheme"].lower()
    if scheme not in DEFAULT_PORTS:
        raise BadAddressError(Problem.BAD_URL, "scheme")
    if scheme == FILE:
        return _file(match)
    port = DEFAULT_PORTS[scheme] if match["port"] is None else int(match["port"] or 0)
    if not 0 < port < 65536:
        raise BadAddressError(Problem.BAD_URL, "port")
    target = match["target"] or ""
    if _SECRET_IN_QUERY.search(target):
        raise BadAddressError(Problem.BAD_URL, "query_secret")
    username, password = _login(match["login"])
    return StreamAddress(
        host=_host(match["host"]),
        port=port,
        target="/" + target if target.startswith("?") else target,
        username=username,
        password=password,
        scheme=scheme,
    )


def is_file(url: str) -> bool:
    """Whether a stored address is that of a file, and no camera."""
    return url.startswith(f"{FILE}:")


def points_inside(host: str) -> bool:
    """Whether a host is, without asking any name server, this machine or its own link.

    Loopback, link-local, unspecified, multicast, reserved addresses, also in IPv6 clothes, and `localhost`.
    Private networks are where cameras live and are not meant.
    """
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith((".localhost", ".localdomain")):
        return True
    try:
        ip: IPv4Address | IPv6Address = IPv6Address(name) if ":" in name else IPv4Address(name)
    except AddressValueError:
        return False
    ip = undressed(ip)
    return ip.is_loopback or reserved(ip)


def reserved(ip: IPv4Address | IPv6Address) -> bool:
    """Link-local, unspecified, multicast, broadcast or reserved: nowhere a camera can be."""
    return ip.is_link_local or ip.is_unspecified or ip.is_multicast or ip.is_reserved


def undressed(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """An IPv4 address in IPv6 clothes (mapped, 6to4, Teredo, NAT64) is judged as what it is."""
    if not isinstance(ip, IPv6Address):
        return ip
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None) or _nat64(ip) or ip


def _nat64(ip: IPv6Address) -> IPv4Address | None:
    """The IPv4 address in 64:ff9b::/96 (RFC 6052 section 2.1)."""
    return IPv4Address(int(ip) & 0xFFFFFFFF) if int(ip) >> 32 == 0x0064FF9B << 64 else None


def _file(match: re.Match[str]) -> StreamAddress:
    """Nothing but a path, which leads downwards only."""
    target = match["target"] or ""
    parts = unquote(target).split("/")[1:]
    elsewhere = match["login"] is not None or match["host"] or match["port"] is not None or "?" in target
    if elsewhere or not parts or any(part in ("", ".", "..") or not part.isprintable() for part in parts):
        raise BadAddressError(Problem.BAD_URL, "file")
    return StreamAddress(host="", port=0, target=target, scheme=FILE)


def _login(text: str | None) -> tuple[str, str]:
    if text is None:
        return "", ""
    name, _, secret = text.partition(":")
    username, password = unquote(name), unquote(secret)
    if not (username + password).isprintable():
        # A line break in a name or password could break out of a request line.
        raise BadAddressError(Problem.BAD_URL, "login")
    return username, password


def _host(text: str) -> str:
    if text.startswith("["):
        try:
            # A zone names one of our own links: only a link-local address needs it.
            return str(IPv6Address(text[1:-1].replace("%", "/")))
        except AddressValueError:
            raise BadAddressError(Problem.BAD_URL, "host") from None
    labels = text.rstrip(".").split(".")
    if not text or len(text) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise BadAddressError(Problem.BAD_URL, "host")
    if _NUMBER.fullmatch(labels[-1]):
        # Resolvers also read 127.1, 2130706433 and 0x7f.1 as addresses: only the usual form is taken.
        try:
            return str(IPv4Address(text))
        except AddressValueError:
            raise BadAddressError(Problem.BAD_URL, "host") from None
    return text.lower()
