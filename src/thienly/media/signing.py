"""What a recorder signs, and how anybody checks it with nothing but its public key.

A segment's statement names camera, recorder, times and the root of its hash tree (`rules.hashtree`). Because
the tree proves each part separately, a clip cut at a GOP verifies without the rest of its segment.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from thienly.rules import hashtree
from thienly.rules.statement import Statement


@dataclass(frozen=True, slots=True)
class Signed:
    """A statement, its signature, and the id of the key that made it (`media.keys`)."""

    statement: Statement
    signature: bytes
    key_id: str


@dataclass(frozen=True, slots=True)
class FragmentProof:
    """Proves one fragment: `leaf` is its position in the tree (ordinal + 1), `path` its siblings upwards."""

    statement: Statement
    signature: bytes
    leaf: int
    path: tuple[bytes, ...]


def load_or_create_key(path: Path) -> Ed25519PrivateKey:
    """The key in `path` (PEM, PKCS #8), made with mode 0600 when there is none. Raises ValueError,
    OSError."""
    try:
        pem = path.read_bytes()
    except FileNotFoundError:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = new_key()
        write_private(path, key)
        return key
    key_read = load_pem_private_key(pem, password=None)
    if not isinstance(key_read, Ed25519PrivateKey):
        raise ValueError(f"{path.name} holds no Ed25519 key")
    return key_read


def new_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


def write_private(path: Path, key: Ed25519PrivateKey) -> None:
    """Raises OSError; there is then the file of before, or none."""
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    # Written aside and renamed: a start that is killed half-way must not leave half a key.
    aside = path.with_suffix(f".{os.getpid()}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    aside.rename(path)


def sign(key: Ed25519PrivateKey, statement: Statement) -> bytes:
    return key.sign(statement.canonical())


def signed_by(key: Ed25519PublicKey, statement: Statement, signature: bytes) -> bool:
    try:
        key.verify(signature, statement.canonical())
    except InvalidSignature:
        return False
    return True


def verify_segment(
    key: Ed25519PublicKey, statement: Statement, signature: bytes, *, parts: Iterable[bytes]
) -> bool:
    """Whether `parts` (the init segment, then each fragment) are exactly what was signed."""
    leaves = [sha256(part).digest() for part in parts]
    if len(leaves) != statement.fragments + 1:
        return False
    return hashtree.root(leaves).hex() == statement.root and signed_by(key, statement, signature)


def prove_fragment(
    statement: Statement, signature: bytes, leaves: Sequence[bytes], ordinal: int
) -> FragmentProof:
    """`leaves`: digests of the init segment and of every fragment. Raises IndexError."""
    return FragmentProof(statement, signature, ordinal + 1, tuple(hashtree.proof(leaves, ordinal + 1)))


def verify_fragment(key: Ed25519PublicKey, fragment: bytes, proof: FragmentProof) -> bool:
    """Whether `fragment` is part of the signed segment at the proof's place; needs nothing else of it."""
    try:
        root = hashtree.root_from_proof(
            sha256(fragment).digest(), proof.leaf, proof.statement.fragments + 1, proof.path
        )
    except ValueError:
        return False
    return root.hex() == proof.statement.root and signed_by(key, proof.statement, proof.signature)
