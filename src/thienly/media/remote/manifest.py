"""What makes a copy speak for itself: statement, signature and fragment hashes, behind the footage.

It is a `uuid` box (ISO/IEC 14496-12 section 11.1), so the copy stays a file that any player reads, and every
offset in it is the one of the recorder's file. A copy can be verified with the recorder's public key alone,
also when the recorder and its index are lost.
"""

import json
from base64 import b64decode, b64encode
from dataclasses import asdict, dataclass
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from thienly.media import signing
from thienly.media.index import table
from thienly.media.index.segments import SegmentRow, statement_of
from thienly.media.signing import Statement
from thienly.rules import hashtree

_TYPE = bytes.fromhex("7468696e6c7943f6b0d1436f70793031")
_HEAD = 8 + len(_TYPE)


@dataclass(frozen=True, slots=True)
class Manifest:
    """`blob`: the fragment table as of `table.encode`."""

    statement: Statement
    signature: bytes
    blob: bytes
    init_bytes: int
    mime: str

    @classmethod
    def of_row(cls, row: SegmentRow, recorder: str, blob: bytes) -> "Manifest":
        """Raises ValueError for an open segment."""
        _, rows = table.decode(blob)
        return cls(
            statement_of(row, recorder, len(rows)), row.signature or b"", blob, row.init_bytes, row.mime
        )

    def box(self) -> bytes:
        told = {
            "statement": asdict(self.statement),
            "signature": self.signature.hex(),
            "fragments": b64encode(self.blob).decode(),
            "init_bytes": self.init_bytes,
            "mime": self.mime,
        }
        body = json.dumps(told, sort_keys=True, separators=(",", ":")).encode()
        return (_HEAD + len(body)).to_bytes(4, "big") + b"uuid" + _TYPE + body

    @classmethod
    def parse(cls, box: bytes) -> "Manifest":
        """Raises ValueError."""
        if len(box) < _HEAD or box[4:_HEAD] != b"uuid" + _TYPE or int.from_bytes(box[:4], "big") != len(box):
            raise ValueError("not a manifest")
        try:
            told = json.loads(box[_HEAD:])
            return cls(
                Statement(**told["statement"]),
                bytes.fromhex(told["signature"]),
                b64decode(told["fragments"], validate=True),
                int(told["init_bytes"]),
                str(told["mime"]),
            )
        except (KeyError, TypeError) as error:
            raise ValueError("not a manifest") from error

    def signed_by(self, key: Ed25519PublicKey) -> bool:
        """Whether the recorder signed this statement, and the fragment table is the one it signed."""
        leaves = table.leaves(*table.decode(self.blob))
        return hashtree.root(leaves).hex() == self.statement.root and signing.signed_by(
            key, self.statement, self.signature
        )


class Parts:
    """Compares footage that comes in pieces with the hashes of a fragment table."""

    def __init__(self, init_bytes: int, blob: bytes) -> None:
        init_sha256, rows = table.decode(blob)
        self._wanted = [(init_bytes, init_sha256), *((row.size, row.sha256) for row in rows)]
        self.size = sum(size for size, _ in self._wanted)
        self._number = 0
        self._left = self._wanted[0][0]
        self._hash = sha256()

    def update(self, data: bytes) -> None:
        """The next piece. Raises ValueError with the part that is not what it was."""
        view = memoryview(data)
        while view:
            if self._number >= len(self._wanted):
                raise ValueError("longer than what was signed")
            piece, view = view[: self._left], view[self._left :]
            self._hash.update(piece)
            self._left -= len(piece)
            if not self._left:
                self._next()

    def end(self) -> None:
        """Raises ValueError when something is missing."""
        if self._number < len(self._wanted):
            raise ValueError(f"{self._name()} is missing or cut off")

    def _next(self) -> None:
        if self._hash.digest() != self._wanted[self._number][1]:
            raise ValueError(f"{self._name()} was changed")
        self._number += 1
        self._hash = sha256()
        if self._number < len(self._wanted):
            self._left = self._wanted[self._number][0]

    def _name(self) -> str:
        return "the init segment" if self._number == 0 else f"fragment {self._number - 1}"
