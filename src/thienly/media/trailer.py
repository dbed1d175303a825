"""The signed statement at the end of a segment file, so that one file proves itself wherever it is taken.

A box of type `uuid` behind the last fragment, which every player passes over: JSON with the statement, the
signature, the id of the key, and the hashes of all parts. Nothing before it is changed by it; the signature
covers what stands before it.
"""

import json
import os
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from dataclasses import asdict, dataclass
from struct import pack, unpack

from thienly.media.index import table
from thienly.media.signing import Signed
from thienly.rules.statement import Statement

UUID = bytes.fromhex("6f1b7c52d0a84d1b9a3e7468696c7967")
MAX = 8 << 20
"""Bytes; a segment of ten minutes with ten key frames a second needs half a megabyte."""
_HEADER = 24


@dataclass(frozen=True, slots=True)
class Trailer:
    """`table`: of the parts, as of `index.table.encode`."""

    signed: Signed
    table: bytes


def encode(trailer: Trailer) -> bytes:
    """The box."""
    signed = trailer.signed
    body = json.dumps(
        {
            "statement": asdict(signed.statement),
            "key": signed.key_id,
            "signature": signed.signature.hex(),
            "parts": b64encode(trailer.table).decode(),
        },
        separators=(",", ":"),
    ).encode()
    return pack(">I4s16s", _HEADER + len(body), b"uuid", UUID) + body


def decode(box: bytes) -> Trailer | None:
    """None when this is no such box, or not a whole one. Nothing in it is believed yet: the caller
    verifies."""
    if len(box) <= _HEADER:
        return None
    length, kind, uuid = unpack(">I4s16s", box[:_HEADER])
    if (length, kind, uuid) != (len(box), b"uuid", UUID):
        return None
    try:
        said = json.loads(box[_HEADER:])
        statement = Statement(**said["statement"])
        _typed(statement)
        parts = b64decode(said["parts"], validate=True)
        table.decode(parts)
        return Trailer(Signed(statement, bytes.fromhex(said["signature"]), str(said["key"])), parts)
    except (ValueError, TypeError, KeyError, RecursionError, Base64Error):
        return None


def find(descriptor: int) -> tuple[int, Trailer | None]:
    """(where the footage ends, the trailer behind it): sought from the end of the file, so that it is found
    also when the footage before it is damaged. Raises OSError."""
    size = os.fstat(descriptor).st_size
    begin = max(0, size - MAX)
    trailer, at = at_end(os.pread(descriptor, size - begin, begin))
    return (begin + at, trailer) if trailer is not None else (size, None)


def at_end(tail: bytes) -> tuple[Trailer | None, int]:
    """The trailer with which these bytes end, and where in them it begins; None when there is none."""
    at = tail.rfind(b"uuid" + UUID)
    if at < 4:
        return None, len(tail)
    return decode(tail[at - 4 :]), at - 4


def _typed(statement: Statement) -> None:
    """Raises TypeError: JSON may hold anything."""
    for name, value in asdict(statement).items():
        wanted = Statement.__annotations__[name]
        if type(value) is not wanted:
            raise TypeError(name)
