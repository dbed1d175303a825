"""How a segment lies in an object store: as it is, or encrypted in chunks so that any part can be read alone.

Encrypted: a header (magic, id of the key, salt), then chunks of `CHUNK` bytes, each AES-256-GCM with a tag of
16 bytes (NIST SP 800-38D). The object's own key comes from the installation's by HKDF-SHA256 (RFC 5869) over
the salt and the object's name, so a chunk neither opens under another name nor with another object's key; the
nonce is the chunk's number and whether it is the last, so chunks cannot be swapped, repeated or cut off
(the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015).
"""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

CHUNK = 256 * 1024
"""Bytes of footage in a chunk; also the grain of reading and caching of what is not encrypted."""
_MAGIC = b"THIENLY1"
_KEY_ID, _SALT, _TAG = 8, 32, 16
HEADER = len(_MAGIC) + _KEY_ID + _SALT
_INFO = b"thienly copy 1\n"


def is_sealed(head: bytes) -> bool:
    """Whether an object that begins so is encrypted."""
    return head.startswith(_MAGIC)


class SealError(Exception):
    """What came from the store is not what was put there, or it was encrypted with another key."""


@dataclass(frozen=True, slots=True)
class FootageKey:
    """The installation's key (32 bytes)."""

    secret: bytes

    @property
    def id(self) -> bytes:
        return sha256(self.secret).digest()[:_KEY_ID]

    @classmethod
    def load(cls, path: Path) -> "FootageKey":
        """Raises OSError, ValueError."""
        secret = urlsafe_b64decode(path.read_bytes().strip())
        if len(secret) != 32:
            raise ValueError(f"{path.name} holds no key of 32 bytes")
        return cls(secret)

    @classmethod
    def load_or_create(cls, path: Path) -> "FootageKey":
        """Several recorders may begin at once: whoever is first makes it. Raises OSError, ValueError."""
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            aside = path.with_suffix(f".{uuid4().hex}")
            descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(urlsafe_b64encode(os.urandom(32)) + b"\n")
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):
                os.link(aside, path)
            aside.unlink()
        return cls.load(path)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the chunks of `plain` bytes lie in the object."""

    plain: int
    encrypted: bool

    @property
    def chunks(self) -> int:
        return -(-self.plain // CHUNK)

    @property
    def size(self) -> int:
        return self.plain + (HEADER + _TAG * self.chunks if self.encrypted else 0)

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Bytes [start, end) of the object that hold the chunks `first` to `last`."""
        head, step = (HEADER, CHUNK + _TAG) if self.encrypted else (0, CHUNK)
        return head + first * step, min(head + (last + 1) * step, self.size)

    @classmethod
    def of_object(cls, size: int, *, encrypted: bool) -> "Layout":
        """From the object's size. Raises SealError when no such object is of that size."""
        if not encrypted:
            return cls(size, encrypted)
        chunks = -(-(size - HEADER) // (CHUNK + _TAG))
        layout = cls(size - HEADER - chunks * _TAG, encrypted)
        if layout.plain <= 0 or layout.size != size:
            raise SealError("no encrypted object has this size")
        return layout


class Seal:
    """Encrypts and opens the chunks of one object."""

    def __init__(self, key: FootageKey, name: str, salt: bytes, chunks: int) -> None:
        derived = HKDF(SHA256(), 32, salt, _INFO + name.encode()).derive(key.secret)
        self._cipher = AESGCM(derived)
        self._last = chunks - 1
        self.header = _MAGIC + key.id + salt

    @classmethod
    def new(cls, key: FootageKey, name: str, chunks: int) -> "Seal":
        return cls(key, name, os.urandom(_SALT), chunks)

    @classmethod
    def of_header(cls, key: FootageKey, name: str, header: bytes, chunks: int) -> "Seal":
        """Raises SealError."""
        if len(header) != HEADER or header[: len(_MAGIC)] != _MAGIC:
            raise SealError("not an encrypted recording")
        if header[len(_MAGIC) : len(_MAGIC) + _KEY_ID] != key.id:
            raise SealError("encrypted with another key")
        return cls(key, name, header[-_SALT:], chunks)

    def close(self, number: int, plain: bytes) -> bytes:
        return self._cipher.encrypt(self._nonce(number), plain, None)

    def open(self, number: int, data: bytes) -> bytes:
        """Raises SealError when the chunk is not the one that was put at this place."""
        try:
            return self._cipher.decrypt(self._nonce(number), data, None)
        except InvalidTag as error:
            raise SealError(f"chunk {number} was changed") from error

    def _nonce(self, number: int) -> bytes:
        return number.to_bytes(11, "big") + bytes([number == self._last])
