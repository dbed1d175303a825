"""What proves a copy: the statement that the recorder signed, behind the footage as in the recorder's file.

A plain copy is the file as it lies on the disk, and every offset in it is the same; a copy can be verified
with the recorder's public keys alone (`thienly verify`), also when the recorder and its index are lost.
"""

from collections.abc import Mapping
from hashlib import sha256

from thienly.media import signing
from thienly.media.index import table
from thienly.media.index.segments import SegmentRow, statement_of
from thienly.media.keys import PublicKey
from thienly.media.signing import Signed
from thienly.media.trailer import Trailer
from thienly.rules import hashtree


def trailer_of(row: SegmentRow, recorder: str, blob: bytes) -> Trailer:
    """`blob`: the fragment table as of `table.encode`. Raises ValueError for an open segment."""
    statement = statement_of(row, recorder, table.decode(blob)[1])
    return Trailer(Signed(statement, row.signature or b"", row.key_id or ""), blob)


def proven(trailer: Trailer, keys: Mapping[str, PublicKey]) -> bool:
    """Whether one of the recorder's keys signed the statement, and the table is the one it signed."""
    signed = trailer.signed
    key = keys.get(signed.key_id)
    leaves = table.leaves(*table.decode(trailer.table))
    return (
        key is not None
        and key.valid_at(signed.statement.end_us)
        and hashtree.root(leaves).hex() == signed.statement.root
        and signing.signed_by(key.key, signed.statement, signed.signature)
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
