"""The fragments of one segment as a compact table, in memory and as the blob in the index."""

from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct

_RECORD = Struct(">QII32s")
DIGEST = 32
RECORD = _RECORD.size


@dataclass(frozen=True, slots=True)
class FragmentRow:
    """One GOP. `start_us`: time of its first frame; `duration_us`: microseconds; `size`: bytes; `sha256` of
    them."""

    start_us: int
    duration_us: int
    size: int
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Placed:
    """A fragment with its ordinal (0-based) and its `offset` (bytes from the start of the file)."""

    ordinal: int
    offset: int
    row: FragmentRow


def encode(init_sha256: bytes, rows: list[FragmentRow]) -> bytes:
    """32 bytes for the init segment, 48 for each fragment."""
    return init_sha256 + b"".join(
        _RECORD.pack(row.start_us, min(row.duration_us, 0xFFFFFFFF), row.size, row.sha256) for row in rows
    )


def decode(blob: bytes) -> tuple[bytes, list[FragmentRow]]:
    """Raises ValueError when the blob is not a table."""
    if len(blob) < DIGEST or (len(blob) - DIGEST) % _RECORD.size:
        raise ValueError("not a fragment table")
    return blob[:DIGEST], [FragmentRow(*record) for record in _RECORD.iter_unpack(blob[DIGEST:])]


def placed(init_bytes: int, rows: list[FragmentRow]) -> Iterator[Placed]:
    """Offsets are not stored: fragments follow each other without a byte between."""
    offset = init_bytes
    for ordinal, row in enumerate(rows):
        yield Placed(ordinal, offset, row)
        offset += row.size


def leaves(init_sha256: bytes, rows: list[FragmentRow]) -> list[bytes]:
    """The leaves of the segment's hash tree (`rules.hashtree`)."""
    return [init_sha256, *(row.sha256 for row in rows)]
