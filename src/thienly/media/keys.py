"""The keys with which a recorder signs: the one of now, and the public ones of before.

`keys/recorder-<name>.pem` is the private key in use (0600). Beside it `recorder-<name>.public.json` lists
every public key with the time in which it was used; a signature names its key, so what was signed before a
rotation verifies for ever, although the private key it was signed with is gone.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from thienly.media.signing import load_or_create_key, new_key, write_private

SLACK_US = 300 * 1_000_000
"""A recorder that runs takes a new key within seconds; what it closes until then is signed with the old."""
_BEGIN = b"-----BEGIN PUBLIC KEY-----"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key and when it was used (Unix microseconds; `until_us` None: it still is)."""

    id: str
    key: Ed25519PublicKey
    from_us: int
    until_us: int | None

    def valid_at(self, at_us: int) -> bool:
        return self.until_us is None or at_us <= self.until_us + SLACK_US


def key_id(key: Ed25519PublicKey) -> str:
    """First 16 hexadecimal digits of the SHA-256 of the raw public key."""
    return sha256(key.public_bytes_raw()).hexdigest()[:16]


class SigningKey:
    """The private key of a running recorder; `refresh` takes a new one after a rotation."""

    def __init__(self, path: Path) -> None:
        """Makes a key when there is none. Raises ValueError, OSError."""
        self._path = path
        self._load()

    def refresh(self) -> bool:
        """Whether the key has changed. Raises ValueError, OSError."""
        if self._path.stat().st_mtime_ns == self._mtime:
            return False
        before = self.id
        self._load()
        return self.id != before

    def _load(self) -> None:
        private = load_or_create_key(self._path)
        self._mtime = self._path.stat().st_mtime_ns
        # One assignment: other threads take key and id together.
        self.pair = (key_id(private.public_key()), private)

    @property
    def id(self) -> str:
        return self.pair[0]


def history_file(private: Path) -> Path:
    return private.with_suffix(".public.json")


def public_keys(private: Path) -> dict[str, PublicKey]:
    """Every key of the recorder whose private key lies at `private`, by id. Raises ValueError, OSError."""
    found: dict[str, PublicKey] = {}
    try:
        entries = json.loads(history_file(private).read_text())
    except FileNotFoundError:
        entries = []
    for entry in entries:
        (key,) = _pem_keys(entry["public"].encode())
        found[key_id(key)] = PublicKey(key_id(key), key, int(entry["from_us"]), entry["until_us"])
    if private.exists():
        now = load_or_create_key(private).public_key()
        if key_id(now) not in found:
            found[key_id(now)] = PublicKey(key_id(now), now, 0, None)
    return found


def read_public(path: Path) -> dict[str, PublicKey]:
    """Public keys from a file that somebody was given: one or more PEM blocks. Raises ValueError, OSError."""
    keys = _pem_keys(path.read_bytes())
    if not keys:
        raise ValueError(f"{path.name} holds no public key")
    return {key_id(key): PublicKey(key_id(key), key, 0, None) for key in keys}


def as_pem(keys: Mapping[str, PublicKey]) -> str:
    """What `read_public` reads."""
    return "".join(_pem(entry.key) for entry in keys.values())


def rotate(private: Path, *, now_us: int) -> tuple[str, str]:
    """Replaces the private key; (id before, id after). The old one cannot be had back. Raises ValueError,
    OSError."""
    known = public_keys(private)
    before = key_id(load_or_create_key(private).public_key())
    fresh = new_key()
    after = key_id(fresh.public_key())
    entries = [
        PublicKey(entry.id, entry.key, entry.from_us, now_us if entry.until_us is None else entry.until_us)
        for entry in known.values()
    ]
    entries.append(PublicKey(after, fresh.public_key(), now_us, None))
    text = json.dumps(
        [{"id": e.id, "public": _pem(e.key), "from_us": e.from_us, "until_us": e.until_us} for e in entries],
        indent=1,
    )
    # The list first: a public key too many harms nobody, one too few would make footage unprovable.
    aside = history_file(private).with_suffix(f".{os.getpid()}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    aside.rename(history_file(private))
    write_private(private, fresh)
    return before, after


def _pem(key: Ed25519PublicKey) -> str:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _pem_keys(data: bytes) -> list[Ed25519PublicKey]:
    keys: list[Ed25519PublicKey] = []
    for block in data.split(_BEGIN)[1:]:
        key = load_pem_public_key(_BEGIN + block)
        if not isinstance(key, Ed25519PublicKey):
            raise ValueError("a public key that is no Ed25519 key")
        keys.append(key)
    return keys


def signer(private: Ed25519PrivateKey) -> tuple[str, Ed25519PrivateKey]:
    """(id, key), as `segments.seal` wants it."""
    return key_id(private.public_key()), private
