"""Basic and Digest authentication (RFC 7617; RFC 7616 with the older RFC 2069 form that cameras still
use)."""

import base64
import hashlib
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from thienly.media.rtsp.url import Credentials

_PARAMETER = re.compile(r'([A-Za-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')
_SCHEME = re.compile(r"\s*(Digest|Basic)(?:\s+|$)", re.IGNORECASE)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


_ALGORITHMS: dict[str, Callable[[str], str]] = {"SHA-256": _sha256, "MD5": _md5}
_PREFERENCE = {"SHA-256": 0, "MD5": 1, "": 2}


@dataclass(frozen=True, slots=True)
class Challenge:
    """One WWW-Authenticate header. `algorithm` is empty for Basic, `qop` for the form of RFC 2069."""

    realm: str
    nonce: str
    opaque: str | None
    algorithm: str
    qop: str
    stale: bool
    algorithm_told: bool = True


def strongest(headers: list[str]) -> Challenge | None:
    """The strongest challenge that we can answer; None when there is none."""
    found = [challenge for header in headers if (challenge := parse_challenge(header)) is not None]
    return min(found, key=lambda challenge: _PREFERENCE[challenge.algorithm], default=None)


def parse_challenge(header: str) -> Challenge | None:
    """One challenge; None when its scheme or algorithm is not known."""
    scheme = _SCHEME.match(header)
    if scheme is None or len(header) > 4096:
        return None
    values: dict[str, str] = {}
    for name, quoted, token in _PARAMETER.findall(header[scheme.end() :]):
        values.setdefault(name.lower(), re.sub(r"\\(.)", r"\1", quoted) if quoted else token)
    realm = values.get("realm", "")
    if scheme[1].lower() == "basic":
        return Challenge(realm, "", None, "", "", False)
    algorithm = values.get("algorithm", "MD5").upper()
    if algorithm not in _ALGORITHMS or "nonce" not in values:
        return None
    offered = [qop.strip().lower() for qop in values.get("qop", "").split(",") if qop.strip()]
    qop = next((known for known in ("auth", "auth-int") if known in offered), "")
    if offered and not qop:
        return None
    stale = values.get("stale", "").lower() == "true"
    told = "algorithm" in values
    return Challenge(realm, values["nonce"], values.get("opaque"), algorithm, qop, stale, told)


class Authenticator:
    """Answers challenges for one connection and counts nonce uses."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self._challenge: Challenge | None = None
        self._count = 0

    def take(self, challenge: Challenge) -> None:
        """Use this challenge from now on."""
        self._challenge, self._count = challenge, 0

    def header(self, method: str, uri: str) -> str | None:
        """The value of Authorization for one request without a body; None before the first challenge."""
        challenge = self._challenge
        if challenge is None:
            return None
        user, password = self._credentials.username, self._credentials.password
        if not challenge.algorithm:
            return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        digest = _ALGORITHMS[challenge.algorithm]
        ha1 = digest(f"{user}:{challenge.realm}:{password}")
        # auth-int also covers the body (RFC 7616 section 3.4.3), and ours is always empty.
        ha2 = digest(f"{method}:{uri}" + (f":{digest('')}" if challenge.qop == "auth-int" else ""))
        fields = {"username": user, "realm": challenge.realm, "nonce": challenge.nonce, "uri": uri}
        plain = ""
        if challenge.qop:
            self._count += 1
            count, cnonce = f"{self._count:08x}", secrets.token_hex(8)
            fields["cnonce"] = cnonce
            response = digest(f"{ha1}:{challenge.nonce}:{count}:{cnonce}:{challenge.qop}:{ha2}")
            plain = f", qop={challenge.qop}, nc={count}"
        else:
            response = digest(f"{ha1}:{challenge.nonce}:{ha2}")
        fields["response"] = response
        if challenge.opaque is not None:
            fields["opaque"] = challenge.opaque
        quoted = ", ".join(f'{name}="{_escape(value)}"' for name, value in fields.items())
        # Devices of before RFC 2617 refuse what they did not ask for.
        algorithm = f", algorithm={challenge.algorithm}" if challenge.algorithm_told else ""
        return f"Digest {quoted}{algorithm}{plain}"


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\r", "").replace("\n", "")
