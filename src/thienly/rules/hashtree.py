"""A Merkle tree over the hashes of a segment's parts, so that one fragment can be proven without the others.

The shape and the domain separation are those of RFC 9162 section 2.1 (leaf prefix 00, node prefix 01, split
at the largest power of two below the count). A leaf is the SHA-256 of a part, not the part: the leaves can be
kept in an index and the tree rebuilt without reading the footage. Leaf 0 is the init segment, leaf n+1
fragment n.
"""

from collections.abc import Sequence
from hashlib import sha256

_LEAF, _NODE = b"\x00", b"\x01"


def root(leaves: Sequence[bytes]) -> bytes:
    """The root (32 bytes) over `leaves` (SHA-256 digests, at least one). Raises ValueError when there is
    none."""
    if not leaves:
        raise ValueError("a tree needs at least one leaf")
    if len(leaves) == 1:
        return sha256(_LEAF + leaves[0]).digest()
    split = _split(len(leaves))
    return sha256(_NODE + root(leaves[:split]) + root(leaves[split:])).digest()


def proof(leaves: Sequence[bytes], position: int) -> list[bytes]:
    """The sibling roots from leaf `position` upwards (RFC 9162 section 2.1.3.1). Raises IndexError."""
    if not 0 <= position < len(leaves):
        raise IndexError(position)
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if position < split:
        return [*proof(leaves[:split], position), root(leaves[split:])]
    return [*proof(leaves[split:], position - split), root(leaves[:split])]


def root_from_proof(leaf: bytes, position: int, count: int, path: Sequence[bytes]) -> bytes:
    """The root that `leaf` at `position` of `count` leaves has by `path`; compare it with the signed one.

    Raises ValueError when the path cannot belong to such a tree.
    """
    if not 0 <= position < count:
        raise ValueError("position outside the tree")
    if count == 1:
        if path:
            raise ValueError("path too long")
        return sha256(_LEAF + leaf).digest()
    if not path:
        raise ValueError("path too short")
    split = _split(count)
    if position < split:
        return sha256(_NODE + root_from_proof(leaf, position, split, path[:-1]) + path[-1]).digest()
    right = root_from_proof(leaf, position - split, count - split, path[:-1])
    return sha256(_NODE + path[-1] + right).digest()


def _split(count: int) -> int:
    """The largest power of two below `count` (which is at least 2)."""
    return 1 << (count - 1).bit_length() - 1


class Tree:
    """The same tree with all its nodes kept: proofs of many leaves cost log n each instead of n.

    Pairing neighbours and carrying an odd last node upwards gives the shape of RFC 9162 section 2.1.
    """

    def __init__(self, leaves: Sequence[bytes]) -> None:
        """Raises ValueError when there is no leaf."""
        if not leaves:
            raise ValueError("a tree needs at least one leaf")
        level = [sha256(_LEAF + leaf).digest() for leaf in leaves]
        self._levels = [level]
        while len(level) > 1:
            pairs = [sha256(_NODE + level[i] + level[i + 1]).digest() for i in range(0, len(level) - 1, 2)]
            level = pairs + level[-1:] if len(level) % 2 else pairs
            self._levels.append(level)

    @property
    def root(self) -> bytes:
        return self._levels[-1][0]

    def proof(self, position: int) -> list[bytes]:
        """As `proof`. Raises IndexError."""
        if not 0 <= position < len(self._levels[0]):
            raise IndexError(position)
        path = []
        for level in self._levels[:-1]:
            if (beside := position ^ 1) < len(level):
                path.append(level[beside])
            position >>= 1
        return path
