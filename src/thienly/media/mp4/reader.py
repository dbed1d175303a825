"""Reads a segment file back: for repair after a crash, for fsck, for rebuilding the index.

It walks the boxes and stops at the first one that is incomplete or makes no sense; everything before that is
good. It trusts no length: each is checked against the file and against a bound before it is used.
"""

from dataclasses import dataclass
from pathlib import Path
from struct import Struct, unpack_from
from typing import BinaryIO

from thienly.media.mp4.init import VIDEO_ID

MAX_INIT = 1 << 20
MAX_MOOF = 8 << 20
"""Bytes. A GOP of ten minutes at 60 frames a second needs a `moof` of 0.5 MB."""

_HEADER = Struct(">I4s")
_SKIPPED = {b"free", b"skip", b"styp", b"sidx", b"prft", b"emsg", b"uuid"}


class MalformedBoxError(ValueError):
    """A box lies about its length or its contents."""


@dataclass(frozen=True, slots=True)
class FragmentInfo:
    """One `moof` + `mdat`. `offset` and `length` in bytes of the file; `start` (tfdt) and `duration` in
    ticks."""

    offset: int
    length: int
    start: int
    duration: int
    frames: int


@dataclass(frozen=True, slots=True)
class SegmentInfo:
    """What is good in a segment file.

    `init` is empty when not even the init segment is complete. The first `good_bytes` of the file are a
    valid segment; `complete` tells whether that is the whole file. `timescale` is ticks a second of the
    video track.
    """

    init: bytes
    timescale: int
    fragments: tuple[FragmentInfo, ...]
    good_bytes: int
    complete: bool


def read_segment(path: Path) -> SegmentInfo:
    """Walk the file at `path`. Raises OSError when it cannot be read, never because of what it holds."""
    with path.open("rb") as file:
        return scan(file)


def scan(file: BinaryIO) -> SegmentInfo:
    """Walk a seekable file from its beginning; see `SegmentInfo`."""
    size = file.seek(0, 2)
    walk = _Walk()
    position = 0
    try:
        while position < size:
            position = walk.step(file, position, size)
    except MalformedBoxError:
        pass
    good = walk.good_bytes
    return SegmentInfo(
        walk.init, walk.timescale, tuple(walk.fragments), good, good == size and bool(walk.init)
    )


class _Walk:
    def __init__(self) -> None:
        self.init = b""
        self.timescale = 0
        self.fragments: list[FragmentInfo] = []
        self.good_bytes = 0
        self._moof: tuple[int, int, int, int, int] | None = (
            None  # offset, start, duration, frames, bytes of samples
        )

    def step(self, file: BinaryIO, position: int, size: int) -> int:
        """Read the box at `position`; returns where the next begins. Raises MalformedBoxError."""
        kind, header, length = _box_header(file, position, size)
        end = position + length
        if kind == b"moov" and not self.init:
            if end > MAX_INIT:
                raise MalformedBoxError("moov too large")
            file.seek(0)
            init = file.read(end)
            self.timescale = _video_timescale(init[position + header :])
            self.init, self.good_bytes = init, end
        elif kind == b"moof" and self.init and self._moof is None:
            if length > MAX_MOOF:
                raise MalformedBoxError("moof too large")
            file.seek(position + header)
            self._moof = (position, *_parse_moof(file.read(length - header)))
        elif kind == b"mdat" and self._moof is not None:
            offset, start, duration, frames, sample_bytes = self._moof
            if sample_bytes != length - header:
                raise MalformedBoxError("mdat does not hold the samples of its moof")
            self.fragments.append(FragmentInfo(offset, end - offset, start, duration, frames))
            self._moof, self.good_bytes = None, end
        elif kind in _SKIPPED and self._moof is None and self.init:
            self.good_bytes = end
        elif not (kind == b"ftyp" and position == 0):
            raise MalformedBoxError(f"unexpected box at {position}")
        return end


def _box_header(file: BinaryIO, position: int, size: int) -> tuple[bytes, int, int]:
    """(kind, header length, whole length) of the box at `position`. Raises MalformedBoxError when it is cut
    short."""
    file.seek(position)
    head = file.read(16)
    if len(head) < 8:
        raise MalformedBoxError("box header cut short")
    length, kind = _HEADER.unpack_from(head)
    header = 8
    if length == 1 and len(head) == 16:
        length, header = int.from_bytes(head[8:16], "big"), 16
    if length < header or position + length > size:
        raise MalformedBoxError("box longer than the file")
    return kind, header, length


def children(data: bytes) -> list[tuple[bytes, bytes]]:
    """The boxes inside a box. Raises MalformedBoxError when they do not fill it exactly."""
    found: list[tuple[bytes, bytes]] = []
    position = 0
    while position < len(data):
        if len(data) - position < 8:
            raise MalformedBoxError("box header cut short")
        length, kind = _HEADER.unpack_from(data, position)
        if length < 8 or position + length > len(data):
            raise MalformedBoxError("inner box too long")
        found.append((kind, data[position + 8 : position + length]))
        position += length
    return found


def child(data: bytes, *path: bytes) -> bytes:
    """The body of the first box at `path`. Raises MalformedBoxError when there is none."""
    for kind in path:
        for name, body in children(data):
            if name == kind:
                data = body
                break
        else:
            raise MalformedBoxError(f"no {kind!r}")
    return data


def _field(data: bytes, fmt: str, offset: int) -> int:
    """One integer at `offset`. Raises MalformedBoxError when the box is too short for it."""
    try:
        value: int = unpack_from(fmt, data, offset)[0]
    except Exception as error:
        raise MalformedBoxError("box too short") from error
    return value


def _video_timescale(moov: bytes) -> int:
    for kind, trak in children(moov):
        if kind != b"trak":
            continue
        tkhd = child(trak, b"tkhd")
        if _field(tkhd, ">I", 20 if tkhd[:1] == b"\1" else 12) == VIDEO_ID:
            mdhd = child(trak, b"mdia", b"mdhd")
            timescale = _field(mdhd, ">I", 20 if mdhd[:1] == b"\1" else 12)
            if timescale:
                return timescale
    raise MalformedBoxError("no video track")


def _parse_moof(body: bytes) -> tuple[int, int, int, int]:
    """(start, duration, frames) of the video track, and the bytes of all samples."""
    video: tuple[int, int, int] | None = None
    sample_bytes = 0
    for kind, traf in children(body):
        if kind != b"traf":
            continue
        tfdt = child(traf, b"tfdt")
        start = _field(tfdt, ">Q" if tfdt[:1] == b"\1" else ">I", 4)
        duration, frames, size = _parse_trun(child(traf, b"trun"))
        sample_bytes += size
        if _field(child(traf, b"tfhd"), ">I", 4) == VIDEO_ID:
            video = (start, duration, frames)
    if video is None or not video[2]:
        raise MalformedBoxError("no video in the fragment")
    return *video, sample_bytes


def _parse_trun(trun: bytes) -> tuple[int, int, int]:
    """(duration, samples, bytes) of a run in which each sample has its own duration and size."""
    flags, count = _field(trun, ">I", 0) & 0xFFFFFF, _field(trun, ">I", 4)
    if flags & 0x300 != 0x300:
        raise MalformedBoxError("samples without duration or size are not ours")
    columns = (flags >> 8 & 0xF).bit_count()
    first = 8 + 4 * (flags & 1) + 4 * (flags >> 2 & 1)
    if len(trun) != first + 4 * columns * count:
        raise MalformedBoxError("sample table does not fill its box")
    numbers = unpack_from(f">{columns * count}I", trun, first)
    return sum(numbers[0::columns]), count, sum(numbers[1::columns])
