"""Where the builder gets footage from; who holds recordings implements it (`core.footage.clips` by the
bus)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from thienly.rules.statement import Statement

US = 1_000_000


@dataclass(frozen=True, slots=True)
class RecorderKey:
    """A public key (32 bytes) and when it was used (Unix microseconds; `until_us` None: it still is)."""

    id: str
    raw: bytes
    from_us: int
    until_us: int | None


@dataclass(frozen=True, slots=True)
class Piece:
    """A fragment of a segment: `offset` and `size` in bytes of its file."""

    ordinal: int
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class Slice:
    """Fragments of one closed segment, one after the other without a gap between. `leaves`: the digests of
    the init segment and of all fragments, those of the others too. `tier`: the disk or the store that has
    it."""

    statement: Statement
    signature: bytes
    key: RecorderKey
    leaves: Sequence[bytes]
    init_bytes: int
    pieces: Sequence[Piece]
    tier: str
    recorder: str


class Unreadable(Exception):
    """A part of the footage cannot be had. `reason` is technical and free of secrets."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotYetClosed(Unreadable):
    """The end of the time asked for is still being recorded; nothing is signed before its segment is
    closed."""


class Source(Protocol):
    """Blocks. May be read from another thread than it is listed in."""

    def slices(self, camera: str, stream: str, from_us: int, until_us: int) -> Iterator[Slice]:
        """What overlaps [from_us, until_us), oldest first. Raises Unreadable when a recorder cannot be
        asked."""

    def read(self, part: Slice, offset: int, length: int) -> bytes:
        """Bytes of the segment's file. Raises Unreadable."""
