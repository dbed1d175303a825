"""HTTP authentication as RTSP uses it: Digest (RFC 2617, MD5, qop=auth) and Basic."""

import base64
import hashlib
import hmac
import re
import secrets
import time

from thienly.sim.spec import CameraSpec

_FIELD = re.compile(r'(\w+)\s*=\s*(?:"([^"]*)"|([^\s,]+))')


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


class Challenger:
    """The challenges of one connection. A nonce is stale after `lifetime_s` (None: never)."""

    def __init__(self, realm: str, lifetime_s: float | None = None) -> None:
        self._realm, self._lifetime_s = realm, lifetime_s
        self._issued: dict[str, float] = {}

    def challenge(self, spec: CameraSpec, *, stale: bool) -> str:
        """The value of WWW-Authenticate."""
        if spec.auth == "basic":
            return f'Basic realm="{self._realm}"'
        nonce = secrets.token_hex(16)
        self._issued[nonce] = time.monotonic()
        extra = ", stale=true" if stale else ""
        return f'Digest realm="{self._realm}", nonce="{nonce}", algorithm=MD5, qop="auth"{extra}'

    def check(self, spec: CameraSpec, method: str, header: str | None) -> tuple[bool, bool]:
        """Whether the Authorization header opens the camera, and whether only its nonce is stale."""
        if spec.auth == "none":
            return True, False
        scheme, _, rest = (header or "").partition(" ")
        if spec.auth == "basic":
            wanted = base64.b64encode(f"{spec.username}:{spec.password}".encode()).decode()
            return scheme.lower() == "basic" and hmac.compare_digest(
                rest.strip().encode(), wanted.encode()
            ), False
        if scheme.lower() != "digest":
            return False, False
        fields = {name.lower(): quoted or bare for name, quoted, bare in _FIELD.findall(rest)}
        if not self._matches(spec, method, fields):
            return False, False
        issued = self._issued.get(fields["nonce"])
        if issued is None or (self._lifetime_s is not None and time.monotonic() - issued > self._lifetime_s):
            return False, True
        return True, False

    def _matches(self, spec: CameraSpec, method: str, fields: dict[str, str]) -> bool:
        if (
            fields.get("username") != spec.username
            or fields.get("realm") != self._realm
            or fields.get("qop") != "auth"
        ):
            return False
        if not all(fields.get(name) for name in ("nonce", "nc", "cnonce", "uri", "response")):
            return False
        first = _md5(f"{spec.username}:{self._realm}:{spec.password}")
        second = _md5(f"{method}:{fields['uri']}")
        proof = _md5(f"{first}:{fields['nonce']}:{fields['nc']}:{fields['cnonce']}:auth:{second}")
        return hmac.compare_digest(proof.encode(), fields["response"].encode())
