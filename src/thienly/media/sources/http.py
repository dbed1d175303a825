"""A picture stream by HTTP or HTTPS, fetched by ourselves: libav would follow redirects and resolve names
anew, past the check of the address."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from thienly.media.address import connect
from thienly.media.frames import SourceError
from thienly.media.rtsp.auth import Authenticator, strongest
from thienly.media.rtsp.limits import Limits
from thienly.media.rtsp.url import Credentials
from thienly.media.sources.origin import Origin
from thienly.rules.address import DEFAULT_PORTS, StreamAddress, parse
from thienly.rules.problems import Problem

MAX_HEAD = 16 << 10
PIECE = 64 << 10
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-9][0-9]{2})\b")
_PROBLEMS = {
    401: Problem.AUTH_FAILED,
    403: Problem.AUTH_FAILED,
    404: Problem.NOT_FOUND,
    410: Problem.NOT_FOUND,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """`kind`: Content-Type without parameters, in lower case."""

    status: int
    headers: list[tuple[str, str]]

    def get(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")

    @property
    def kind(self) -> str:
        return self.get("content-type").partition(";")[0].strip().lower()


class Body:
    """What comes after the head, as pieces of at most PIECE bytes."""

    def __init__(self, reader: asyncio.StreamReader, answer: Answer) -> None:
        self._reader = reader
        self._chunked = answer.get("transfer-encoding").lower() == "chunked"

    async def pieces(self) -> AsyncIterator[bytes]:
        """Until the device ends. Raises SourceError(CLOSED, PROTOCOL)."""
        try:
            while True:
                left = await self._chunk() if self._chunked else PIECE
                if not left:
                    return
                while left:
                    piece = await self._reader.read(min(left, PIECE))
                    if not piece:
                        return
                    yield piece
                    left = left - len(piece) if self._chunked else PIECE
        except (OSError, asyncio.IncompleteReadError) as error:
            raise SourceError(Problem.CLOSED, "connection lost") from error

    async def _chunk(self) -> int:
        """The length of the next chunk (RFC 9112 section 7.1); 0 at the end."""
        line = b"\r\n"
        while line == b"\r\n":
            try:
                line = await self._reader.readuntil(b"\n")
            except asyncio.LimitOverrunError:
                line = b"?"
        size = line.partition(b";")[0].strip()
        if not re.fullmatch(rb"[0-9a-fA-F]{1,8}", size):
            raise SourceError(Problem.PROTOCOL, "a chunk of no length")
        return int(size, 16)


@asynccontextmanager
async def fetching(origin: Origin, limits: Limits) -> AsyncIterator[tuple[Answer, Body]]:
    """The device's answer to GET, signed in where it asks for it. Raises SourceError."""
    address = parse(origin.url)
    name, password = origin.username or address.username, origin.password or address.password
    authenticator = Authenticator(Credentials(name, password)) if name or password else None
    for attempt in range(3):
        async with _asked(origin, address, authenticator, limits) as (reader, answer):
            if answer.status == 401 and authenticator is not None:
                offered = [value for key, value in answer.headers if key == "www-authenticate"]
                challenge = strongest(offered)
                if challenge is not None and (not attempt or challenge.stale):
                    authenticator.take(challenge)
                    continue
            _expect_ok(answer)
            yield answer, Body(reader, answer)
            return
    raise SourceError(Problem.AUTH_FAILED, "every challenge is stale")


@asynccontextmanager
async def _asked(
    origin: Origin, address: StreamAddress, authenticator: Authenticator | None, limits: Limits
) -> AsyncIterator[tuple[asyncio.StreamReader, Answer]]:
    reader, writer = await _connected(origin, address, limits)
    try:
        try:
            async with asyncio.timeout(limits.answer_s):
                writer.write(_request(address, authenticator))
                await writer.drain()
                answer = _parse(await reader.readuntil(b"\r\n\r\n"))
        except TimeoutError:
            raise SourceError(Problem.TIMEOUT, "no answer to GET") from None
        except asyncio.LimitOverrunError:
            raise SourceError(Problem.PROTOCOL, "headers without end") from None
        except (OSError, asyncio.IncompleteReadError) as error:
            raise SourceError(Problem.CLOSED, "connection lost") from error
        yield reader, answer
    finally:
        writer.transport.abort()


async def _connected(
    origin: Origin, address: StreamAddress, limits: Limits
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to whom we believe. Raises SourceError."""
    sock = await connect(
        address.host, address.port, allow_local=origin.allow_local, timeout_s=limits.connect_s
    )
    context = origin.trust.context() if address.encrypted else None
    try:
        async with asyncio.timeout(limits.connect_s):
            reader, writer = await asyncio.open_connection(
                sock=sock,
                ssl=context,
                server_hostname=address.host if context else None,
                limit=MAX_HEAD,
            )
    except ssl.SSLCertVerificationError as error:
        raise SourceError(Problem.CERTIFICATE_UNTRUSTED, str(error.verify_message)[:80]) from error
    except ssl.SSLError as error:
        raise SourceError(Problem.PROTOCOL, f"no TLS: {error.reason or 'refused'}"[:80]) from error
    except TimeoutError:
        raise SourceError(Problem.TIMEOUT, "no TLS handshake") from None
    except OSError as error:
        raise SourceError(Problem.CLOSED, "lost during the TLS handshake") from error
    if context is not None:
        certificate = writer.get_extra_info("ssl_object").getpeercert(binary_form=True) or b""
        try:
            origin.trust.check(certificate)
        except SourceError:
            writer.transport.abort()
            raise
    return reader, writer


def _request(address: StreamAddress, authenticator: Authenticator | None) -> bytes:
    target = address.target or "/"
    host = f"[{address.host}]" if ":" in address.host else address.host
    port = "" if address.port == DEFAULT_PORTS[address.scheme] else f":{address.port}"
    lines = [f"GET {target} HTTP/1.1", f"Host: {host}{port}", "User-Agent: thienly", "Accept: */*"]
    lines.append("Connection: close")
    if authenticator is not None and (authorization := authenticator.header("GET", target)):
        lines.append(f"Authorization: {authorization}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _parse(head: bytes) -> Answer:
    status = _STATUS.match(head)
    if status is None:
        raise SourceError(Problem.PROTOCOL, "the answer is not HTTP")
    headers = []
    for line in head.decode("latin-1").split("\r\n")[1:65]:
        key, colon, value = line.partition(":")
        if colon:
            headers.append((key.strip().lower(), value.strip()))
    return Answer(int(status[1]), headers)


def _expect_ok(answer: Answer) -> None:
    if answer.status == 200:
        return
    if 300 <= answer.status < 400:
        # Followed, it would lead around the check of the address.
        raise SourceError(Problem.PROTOCOL, "the device redirects to another address")
    raise SourceError(_PROBLEMS.get(answer.status, Problem.PROTOCOL), f"GET answered {answer.status}")
