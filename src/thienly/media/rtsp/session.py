"""The RTSP dialogue: DESCRIBE, SETUP, PLAY, keep-alive, TEARDOWN (RFC 2326 section 10)."""

import re

from thienly.media.frames import SourceError
from thienly.media.rtsp.auth import Authenticator, strongest
from thienly.media.rtsp.connection import Connection
from thienly.media.rtsp.message import Message
from thienly.media.rtsp.sdp import Description, parse_sdp
from thienly.media.rtsp.url import Credentials, RtspUrl, control_url, is_absolute
from thienly.rules.problems import Problem

DEFAULT_TIMEOUT_S = 60
_SESSION = re.compile(r"([\x21-\x3a\x3c-\x7e]{1,256})\s*(?:;\s*timeout\s*=\s*(\d{1,6}))?.*")
_PROBLEMS = {
    401: Problem.AUTH_FAILED,
    403: Problem.AUTH_FAILED,
    404: Problem.NOT_FOUND,
    410: Problem.NOT_FOUND,
    454: Problem.CLOSED,
    461: Problem.TRANSPORT_REFUSED,
}


class Session:
    """The dialogue over one connection. Every method raises SourceError."""

    def __init__(self, connection: Connection, url: RtspUrl, credentials: Credentials | None) -> None:
        self._connection = connection
        self._url = url.text
        self._base = url.text
        self._authenticator = Authenticator(credentials) if credentials else None
        self._id = ""
        self._keep_alive_method = "GET_PARAMETER"
        self.server = ""
        self.timeout_s = DEFAULT_TIMEOUT_S

    async def options(self) -> None:
        """Ask what the camera can do; an answer other than 200 is no reason to give up."""
        answer = await self._request("OPTIONS", self._url)
        public = answer.get("public").upper()
        if public and "GET_PARAMETER" not in public:
            self._keep_alive_method = "OPTIONS"

    async def describe(self) -> Description:
        """Fetch and parse the description."""
        answer = await self._expect_ok("DESCRIBE", self._url, {"Accept": "application/sdp"})
        description = parse_sdp(answer.body.decode("utf-8", "replace"))
        told = (answer.get("content-base"), answer.get("content-location"))
        # A bare path, as some send it, is no base: it would lose the host.
        self._base = control_url(next((base for base in told if is_absolute(base)), self._url), "")
        if is_absolute(description.control):
            self._base = control_url(self._base, description.control)
        return description

    async def setup(self, control: str, transport: str) -> str:
        """Ask for one track in the way `transport` says; returns what the camera made of it, or nothing."""
        url = control_url(self._base, control)
        answer = await self._expect_ok("SETUP", url, {"Transport": transport})
        session = _SESSION.fullmatch(answer.get("session"))
        if session is None:
            raise SourceError(Problem.PROTOCOL, "no session in the answer to SETUP")
        self._id = session[1]
        self.timeout_s = max(2, int(session[2] or DEFAULT_TIMEOUT_S))
        return answer.get("transport")

    async def play(self) -> None:
        """Start the stream."""
        answer = await self._request("PLAY", self._base, {"Range": "npt=0.000-"})
        if answer.status == 457:  # a live stream has no zero
            answer = await self._request("PLAY", self._base)
        _expect_ok("PLAY", answer)

    async def keep_alive(self) -> None:
        """Tell the camera that we are still here. Only an ended session raises."""
        answer = await self._request(self._keep_alive_method, self._base)
        if answer.status == 454:
            raise SourceError(Problem.CLOSED, "the device ended the session")
        # Refused in whatever way, except for want of a password: then OPTIONS would be refused too.
        if answer.status >= 300 and answer.status != 401 and self._keep_alive_method != "OPTIONS":
            self._keep_alive_method = "OPTIONS"
            await self._request("OPTIONS", self._base)

    async def teardown(self) -> None:
        """End the session."""
        await self._request("TEARDOWN", self._base)

    async def _expect_ok(self, method: str, url: str, headers: dict[str, str] | None = None) -> Message:
        return _expect_ok(method, await self._request(method, url, headers))

    async def _request(self, method: str, url: str, headers: dict[str, str] | None = None) -> Message:
        """One request; a challenge is answered once, and once more when only the nonce was stale."""
        for attempt in range(3):
            answer = await self._connection.request(method, url, self._headers(method, url, headers))
            self.server = self.server or _printable(answer.get("server"))
            if answer.status != 401 or self._authenticator is None:
                return answer
            challenge = strongest(answer.all("www-authenticate"))
            if challenge is None:
                raise SourceError(Problem.AUTH_FAILED, "no way to sign in that we know")
            if attempt and not challenge.stale:
                return answer
            self._authenticator.take(challenge)
        return answer

    def _headers(self, method: str, url: str, extra: dict[str, str] | None) -> dict[str, str]:
        headers = {"User-Agent": "thienly", **(extra or {})}
        if self._id:
            headers["Session"] = self._id
        authorization = self._authenticator.header(method, url) if self._authenticator else None
        if authorization:
            headers["Authorization"] = authorization
        return headers


def _expect_ok(method: str, answer: Message) -> Message:
    if 200 <= answer.status < 300:
        return answer
    if 300 <= answer.status < 400:
        # Followed, it would lead around the check of the address.
        raise SourceError(Problem.PROTOCOL, "the device redirects to another address")
    problem = _PROBLEMS.get(answer.status, Problem.PROTOCOL)
    raise SourceError(problem, f"{method} answered {answer.status}")


def _printable(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable())[:80]
