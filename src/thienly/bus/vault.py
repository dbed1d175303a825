"""Camera passwords travel and rest sealed; only a process that holds the key file can open them.

In the database they are sealed with the installation's key. To recorders they go sealed with the key of a
zone, which is derived from it: a recorder elsewhere is given that key alone.
"""

import base64
import hashlib
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_ZONE = "z1:"
_NONCE = 16


class Vault:
    """Seals and opens short secrets with the installation's key (Fernet: AES-128-CBC with HMAC-SHA256)."""

    def __init__(self, key: bytes) -> None:
        self._fernet = Fernet(key)
        self._key = key

    @classmethod
    def from_file(cls, path: Path) -> "Vault":
        """Raises FileNotFoundError."""
        return cls(path.read_bytes().strip())

    @staticmethod
    def new_key() -> bytes:
        return Fernet.generate_key()

    def seal(self, secret: str) -> str:
        return self._fernet.encrypt(secret.encode()).decode() if secret else ""

    def open(self, sealed: str) -> str:
        """Raises ValueError when the text was not sealed with this key."""
        if not sealed:
            return ""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise ValueError("sealed with another key, or damaged") from error

    def zone_key(self, zone: str) -> bytes:
        """64 bytes that open the passwords of this zone's cameras and no others (HKDF, RFC 5869)."""
        return HKDF(SHA256(), 64, salt=None, info=f"thienly zone {zone}".encode()).derive(self._key)


class ZoneVault:
    """Opens, and seals, what is for the recorders of one zone (AES-SIV, RFC 5297)."""

    def __init__(self, key: bytes) -> None:
        """Raises ValueError when it is no key."""
        self._siv = AESSIV(key)

    def seal(self, secret: str, *, like: str) -> str:
        """The same for the same `like`, the text in which the secret was sealed before: what did not change
        must not look changed to whoever compares."""
        nonce = hashlib.sha256(like.encode()).digest()[:_NONCE]
        return _ZONE + base64.b64encode(nonce + self._siv.encrypt(secret.encode(), [nonce])).decode()

    def open(self, sealed: str) -> str:
        """Raises ValueError when the text was not sealed with this key."""
        try:
            raw = base64.b64decode(sealed.removeprefix(_ZONE), validate=True)
            return self._siv.decrypt(raw[_NONCE:], [raw[:_NONCE]]).decode()
        except InvalidTag as error:
            raise ValueError("sealed with another key, or damaged") from error


class ZoneSeals:
    """From the database's seals to those for a zone."""

    def __init__(self, vault_key: Path) -> None:
        self._path = vault_key
        self._known: dict[tuple[str, str], str] = {}

    def of(self, sealed: str, zone: str) -> str:
        """Unchanged when it is not sealed with the key there, or there is none: the recorder then says so."""
        if not sealed:
            return ""
        if (sealed, zone) not in self._known:
            try:
                vault = Vault.from_file(self._path)
                secret = vault.open(sealed)
            except (OSError, ValueError):
                return sealed
            self._known[sealed, zone] = ZoneVault(vault.zone_key(zone)).seal(secret, like=sealed)
        return self._known[sealed, zone]


def open_for(zone: str, sealed: str, *, vault_key: Path, zone_key: Path) -> str:
    """A recorder's password, with the key of its zone or, on the machine that has it, the installation's.

    Raises ValueError when it cannot be opened.
    """
    if not sealed:
        return ""
    try:
        if not sealed.startswith(_ZONE):
            return Vault.from_file(vault_key).open(sealed)
        key = zone_key.read_bytes() if zone_key.exists() else Vault.from_file(vault_key).zone_key(zone)
    except OSError as error:
        raise ValueError("the installation's key is missing") from error
    return ZoneVault(key).open(sealed)
