"""Takes the sound out of fMP4 for viewers who may look but not listen (ISO/IEC 14496-12).

Listening is a right of its own; where no profile grants it, not a byte of sound leaves the building.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct, error

_HEAD = Struct(">I4s")
_U32 = Struct(">I")
_DATA_OFFSET = 0x1
_FIRST_FLAGS = 0x4
_COLUMNS = (0x100, 0x200, 0x400, 0x800)  # of a trun: duration, size, flags, composition offset
_SIZE = 0x200


@dataclass(frozen=True, slots=True)
class Box:
    kind: bytes
    start: int
    end: int

    @property
    def body(self) -> int:
        return self.start + 8


def _boxes(data: bytes, start: int, end: int) -> Iterator[Box]:
    """Raises ValueError when sizes do not fit."""
    while start < end:
        if end - start < _HEAD.size:
            raise ValueError("a box is cut short")
        size, kind = _HEAD.unpack_from(data, start)
        if size < _HEAD.size or start + size > end:
            raise ValueError("a box has a wrong size")
        yield Box(kind, start, start + size)
        start += size


def _children(data: bytes, box: Box) -> list[Box]:
    return list(_boxes(data, box.body, box.end))


def _wrap(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return _HEAD.pack(len(body) + 8, kind) + body


def picture_tracks(init: bytes) -> frozenset[int]:
    """Ids of the tracks that are not sound. Raises ValueError."""
    moov = next((box for box in _boxes(init, 0, len(init)) if box.kind == b"moov"), None)
    if moov is None:
        raise ValueError("no moov")
    traks = [box for box in _children(init, moov) if box.kind == b"trak"]
    return frozenset(_track_id(init, trak) for trak in traks if not _is_sound(init, trak))


def silent_init(init: bytes) -> bytes:
    """The init segment without its sound tracks. Raises ValueError."""
    keep = picture_tracks(init)
    out: list[bytes] = []
    for box in _boxes(init, 0, len(init)):
        if box.kind != b"moov":
            out.append(init[box.start : box.end])
            continue
        parts: list[bytes] = []
        for part in _children(init, box):
            if part.kind == b"mvex":
                kept = [
                    init[one.start : one.end]
                    for one in _children(init, part)
                    if one.kind != b"trex" or _u32(init, one.body + 4) in keep
                ]
                parts.append(_wrap(b"mvex", *kept))
            elif part.kind != b"trak" or _track_id(init, part) in keep:
                parts.append(init[part.start : part.end])
        out.append(_wrap(b"moov", *parts))
    return b"".join(out)


def silent_media(data: bytes, keep: frozenset[int]) -> bytes:
    """`moof`+`mdat` with the tracks `keep` only, samples moved together. Raises ValueError."""
    moof = next(_boxes(data, 0, len(data)), None)
    if moof is None or moof.kind != b"moof":
        raise ValueError("no moof")
    others = [box for box in _children(data, moof) if box.kind != b"traf"]
    trafs = [box for box in _children(data, moof) if box.kind == b"traf"]
    kept = [traf for traf in trafs if _u32(data, _child(data, traf, b"tfhd").body + 4) in keep]
    size = 8 + sum(box.end - box.start for box in (*others, *kept))
    parts, samples, at = [data[box.start : box.end] for box in others], [], size + 8
    for traf in kept:
        changed = bytearray(data[traf.start : traf.end])
        for run in _children(data, traf):
            if run.kind == b"trun":
                offset, length = _run_bytes(data, run)
                if offset < 0 or moof.start + offset + length > len(data):
                    raise ValueError("samples lie outside the fragment")
                samples.append(data[moof.start + offset : moof.start + offset + length])
                _U32.pack_into(changed, run.body + 8 - traf.start, at)
                at += length
        parts.append(bytes(changed))
    return _wrap(b"moof", *parts) + _wrap(b"mdat", *samples)


def silent_mime(mime: str) -> str:
    """`video/mp4; codecs="avc1.64001f,mp4a.40.2"` without the codecs of sound."""
    head, quote, _ = mime.partition('codecs="')
    pictures = [codec for codec in codecs_of(mime) if not is_sound(codec)]
    return f'{head}{quote}{",".join(pictures)}"' if quote else mime


def codecs_of(mime: str) -> list[str]:
    """The names of its codecs (RFC 6381)."""
    _, quote, rest = mime.partition('codecs="')
    return [codec.strip() for codec in rest.rstrip('"').split(",")] if quote else []


def is_sound(codec: str) -> bool:
    return codec.lower().startswith(("mp4a", "opus", "alaw", "ulaw", "ac-3"))


def can_play(mime: str, plays: frozenset[str] | None, *, sound: bool) -> bool:
    """Whether a browser that plays codecs with these beginnings (None: all) can show this type, and with
    `sound` let it be heard."""
    if plays is None:
        return True
    wanted = [codec for codec in codecs_of(mime) if sound or not is_sound(codec)]
    return all(codec.startswith(tuple(plays)) for codec in wanted)


def _run_bytes(data: bytes, run: Box) -> tuple[int, int]:
    """Data offset from the start of the moof, and length, of a trun with offset and sizes."""
    flags = _u32(data, run.body) & 0xFFFFFF
    if not flags & _DATA_OFFSET or not flags & _SIZE:
        raise ValueError("a run without data offset or sizes")
    count, offset = _u32(data, run.body + 4), _u32(data, run.body + 8)
    first = run.body + 12 + (4 if flags & _FIRST_FLAGS else 0)
    columns = [column for column in _COLUMNS if flags & column]
    if first + count * 4 * len(columns) > run.end:
        raise ValueError("a run is cut short")
    at, step = first + 4 * columns.index(_SIZE), 4 * len(columns)
    return offset, sum(_u32(data, at + number * step) for number in range(count))


def _is_sound(data: bytes, trak: Box) -> bool:
    handler = _child(data, _child(data, trak, b"mdia"), b"hdlr")
    return data[handler.body + 8 : handler.body + 12] == b"soun"


def _track_id(data: bytes, trak: Box) -> int:
    head = _child(data, trak, b"tkhd")
    return _u32(data, head.body + (20 if data[head.body] == 1 else 12))


def _child(data: bytes, box: Box, kind: bytes) -> Box:
    found = next((one for one in _children(data, box) if one.kind == kind), None)
    if found is None:
        raise ValueError(f"no {kind.decode('latin-1')}")
    return found


def _u32(data: bytes, at: int) -> int:
    try:
        value: int = _U32.unpack_from(data, at)[0]
    except error as wrong:
        raise ValueError("a box is cut short") from wrong
    return value
