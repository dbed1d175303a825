"""What recorders write, read back: the tracks of an init segment, the samples of a fragment (ISO/IEC
14496-12).

Only as much as is needed to play fragments from one file and to know their time. No length is trusted.
"""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from struct import error, pack, unpack_from
from sys import byteorder

VIDEO_ID = 1
MAX_MOOF = 8 << 20


class BadBox(ValueError):
    """Not a file as recorders write it."""


@dataclass(frozen=True, slots=True)
class Track:
    """`timescale` in ticks a second; `trak`: the body of the box it was described by."""

    id: int
    timescale: int
    trak: bytes

    @property
    def video(self) -> bool:
        return self.id == VIDEO_ID


@dataclass(slots=True)
class Run:
    """The samples of one track in a fragment. `start` (tfdt) and `durations` in ticks; `offset` in bytes
    from the first byte of the fragment; `shifts` empty when composition is decoding order."""

    track: int
    start: int
    offset: int
    durations: "array[int]"
    sizes: "array[int]"
    keys: bytearray
    shifts: "array[int]"

    @property
    def duration(self) -> int:
        return sum(self.durations)


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return pack(">I4s", len(body) + 8, kind) + body


def children(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(kind, body) of the boxes that fill `data`. Raises BadBox."""
    at = 0
    while at < len(data):
        if len(data) - at < 8:
            raise BadBox("cut short")
        length, kind = unpack_from(">I4s", data, at)
        if not 8 <= length <= len(data) - at:
            raise BadBox("longer than what it stands in")
        yield kind, data[at + 8 : at + length]
        at += length


def child(data: bytes, *path: bytes) -> bytes:
    """The body of the first box at `path`. Raises BadBox."""
    for kind in path:
        found = next((body for name, body in children(data) if name == kind), None)
        if found is None:
            raise BadBox(f"no {kind!r}")
        data = found
    return data


def tracks(init: bytes) -> list[Track]:
    """Of an init segment. Raises BadBox."""
    found = []
    try:
        for kind, trak in children(child(init, b"moov")):
            if kind == b"trak":
                (number,) = unpack_from(">I", child(trak, b"tkhd"), 12)
                (timescale,) = unpack_from(">I", child(trak, b"mdia", b"mdhd"), 12)
                if not timescale:
                    raise BadBox("no timescale")
                found.append(Track(number, timescale, trak))
    except error as short:
        raise BadBox("cut short") from short
    if not any(track.video for track in found):
        raise BadBox("no picture")
    return found


def runs(fragment: bytes) -> list[Run]:
    """Of a `moof` with its `mdat`, or of the `moof` alone. Raises BadBox."""
    try:
        length, kind = unpack_from(">I4s", fragment)
        if kind != b"moof" or not 8 <= length <= min(len(fragment), MAX_MOOF):
            raise BadBox("no fragment")
        return [_run(traf) for kind, traf in children(fragment[8:length]) if kind == b"traf"]
    except error as short:
        raise BadBox("cut short") from short


def _run(traf: bytes) -> Run:
    (number,) = unpack_from(">I", child(traf, b"tfhd"), 4)
    (start,) = unpack_from(">Q", child(traf, b"tfdt"), 4)
    trun = child(traf, b"trun")
    flags, count, offset = unpack_from(">IIi", trun)
    flags &= 0xFFFFFF
    columns = (flags >> 8 & 0xF).bit_count()
    if flags & 0x305 != 0x301 or len(trun) != 12 + 4 * columns * count:
        raise BadBox("a table of samples that recorders do not write")
    table = array("I")
    table.frombytes(trun[12:])
    if byteorder == "little":
        table.byteswap()
    keys = bytearray(b"\1" * count)
    if flags & 0x400:
        keys = bytearray(not value & 0x10000 for value in table[2::columns])
    shifts = array("i")
    if flags & 0x800:
        shifts.frombytes(table[columns - 1 :: columns].tobytes())
    return Run(number, start, offset, table[0::columns], table[1::columns], keys, shifts)


def start_us(media_us: int, run: Run, timescale: int) -> int:
    """When the run begins: Unix microseconds. `media_us`: of media time 0 of its segment."""
    return media_us + round_div(run.start * 1_000_000, timescale)


def round_div(number: int, by: int) -> int:
    """Rounded half up, for what is not negative; the same in every language."""
    return (2 * number + by) // (2 * by)
