"""How a box is written (ISO/IEC 14496-12 section 4.2)."""

from struct import pack


def box(kind: bytes, *parts: bytes) -> bytes:
    """A box of `kind` (four bytes) around `parts`."""
    body = b"".join(parts)
    return pack(">I4s", len(body) + 8, kind) + body


def full_box(kind: bytes, version: int, flags: int, *parts: bytes) -> bytes:
    """A FullBox: a box that begins with a version (8 bits) and flags (24 bits)."""
    return box(kind, pack(">I", version << 24 | flags), *parts)
