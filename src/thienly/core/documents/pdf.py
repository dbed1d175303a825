"""What a PDF is before anybody opens it: encrypted, active, too long, or cut off. It is never rendered here.

Only what the format leaves readable without a parser is looked at (ISO 32000-1, 7.5): trailer, dictionaries,
and object streams, which are inflated up to a bound.
"""

import re
import zlib
from enum import StrEnum

MOST_PAGES = 300
MOST_INFLATED = 32 * 1024 * 1024
"""Bytes that all object streams of one file may have when inflated: more is no document but a bomb."""

_OBJECT_STREAM = re.compile(
    rb"<<(?P<dict>[^>]{0,2000}/Type\s*/ObjStm[^>]{0,2000})>>\s*stream\r?\n", re.DOTALL
)
_PAGE = re.compile(rb"/Type\s*/Page(?![a-zA-Z])")
_COUNT = re.compile(rb"/Count\s+(\d{1,9})")
_ACTIVE = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFile|RichMedia|XFA)(?![a-zA-Z])")


class Wrong(StrEnum):
    BROKEN = "broken"
    ENCRYPTED = "encrypted"
    ACTIVE = "active"
    PAGES = "pages"
    BOMB = "bomb"


def wrong_pdf(data: bytes) -> Wrong | None:
    """Why this PDF is not kept, or None."""
    if not data.startswith(b"%PDF-") or b"%%EOF" not in data[-2048:]:
        return Wrong.BROKEN
    if re.search(rb"/Encrypt(?![a-zA-Z])", data):
        return Wrong.ENCRYPTED
    try:
        parts = [data, *_inflated(data)]
    except OverflowError:
        return Wrong.BOMB
    pages = counted = 0
    for part in parts:
        if _ACTIVE.search(part):
            return Wrong.ACTIVE
        pages += len(_PAGE.findall(part))
        counted = max([counted, *(int(number) for number in _COUNT.findall(part))])
    if max(pages, counted) > MOST_PAGES:
        return Wrong.PAGES
    return None if pages or counted else Wrong.BROKEN


def _inflated(data: bytes) -> list[bytes]:
    """The object streams. Raises OverflowError when they grow beyond bounds."""
    found: list[bytes] = []
    left = MOST_INFLATED
    for match in _OBJECT_STREAM.finditer(data):
        if b"/FlateDecode" not in match["dict"]:
            continue
        inflater = zlib.decompressobj()
        try:
            part = inflater.decompress(data[match.end() :], left)
        except zlib.error:
            continue
        if inflater.unconsumed_tail:
            raise OverflowError
        left -= len(part)
        if left <= 0:
            raise OverflowError
        found.append(part)
    return found
