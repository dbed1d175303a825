"""The table of contents of a clip: a `moov` whose samples lie where the recorder's fragments stand in the
file.

The fragments are not touched; a player that knows nothing of fragments finds every sample by this table,
so that the file plays everywhere and can be sought in. Time in the clip is the server's time since its
first picture.
"""

from array import array
from collections.abc import Sequence
from struct import pack

from thienly.evidence.boxes import Run, Track, box, child, children, round_div
from thienly.evidence.source import US

_MOVIE = 1000  # ticks a second of movie times
_1904 = 2_082_844_800  # seconds from 1904, where MP4 counts from, to 1970
_LARGE = 1 << 32


class Table:
    """The samples of one track, as they are written to the file one run after another."""

    def __init__(self, track: Track, begin_us: int) -> None:
        self._track = track
        self._begin_us = begin_us
        self._durations = array("I")
        self._sizes = array("I")
        self._shifts = array("i")
        self._keys = array("I")  # numbers of samples, from 1
        self._chunks = array("Q")  # offset of each run
        self._counts = array("I")  # samples in each run
        self._first: int | None = None
        self._end = 0

    @property
    def samples(self) -> int:
        return len(self._sizes)

    def add(self, media_us: int, run: Run, at: int) -> None:
        """`at`: where the run's first sample stands in the file; `media_us`: of media time 0 of its
        segment."""
        if not run.sizes:
            return
        start = round_div(max(0, media_us - self._begin_us) * self._track.timescale, US) + run.start
        if self._first is None:
            self._first = self._end = start
        else:
            # The last picture is shown until the next comes, whatever the clocks of two segments say.
            shown = min(max(1, self._durations[-1] + start - self._end), _LARGE - 1)
            self._end += shown - self._durations[-1]
            self._durations[-1] = shown
        for number, key in enumerate(run.keys, len(self._sizes) + 1):
            if key:
                self._keys.append(number)
        self._shifts.extend(run.shifts or array("i", bytes(4 * len(run.sizes))))
        self._durations.extend(run.durations)
        self._sizes.extend(run.sizes)
        self._chunks.append(at)
        self._counts.append(len(run.sizes))
        self._end += run.duration

    @property
    def begin_us(self) -> int:
        """When the first sample begins, in microseconds after the clip's."""
        return round_div((self._first or 0) * US, self._track.timescale)

    def trak(self, offset_us: int) -> tuple[bytes, int]:
        """The box, and the length of the track in movie ticks. `offset_us`: how much later (or, negative,
        earlier) than the picture it begins."""
        ticks = sum(self._durations)
        length = round_div(ticks * _MOVIE, self._track.timescale)
        body = self._track.trak
        tkhd = child(body, b"tkhd")
        tkhd = (
            b"\0\0\0\3"
            + tkhd[4:20]
            + pack(">I", min(length + max(0, offset_us) // 1000, _LARGE - 1))
            + tkhd[24:]
        )
        mdia = child(body, b"mdia")
        minf = child(mdia, b"minf")
        mdhd = box(b"mdhd", pack(">IQQIQHH", 1 << 24, 0, 0, self._track.timescale, ticks, 0x55C4, 0))
        kept = [box(kind, inner) for kind, inner in children(minf) if kind != b"stbl"]
        stbl = box(b"stbl", box(b"stsd", child(minf, b"stbl", b"stsd")), *self._tables())
        return (
            box(
                b"trak",
                box(b"tkhd", tkhd),
                *self._edits(offset_us, length),
                box(b"mdia", mdhd, box(b"hdlr", child(mdia, b"hdlr")), box(b"minf", *kept, stbl)),
            ),
            length + max(0, offset_us) // 1000,
        )

    def _edits(self, offset_us: int, length: int) -> list[bytes]:
        if abs(offset_us) < 1000:
            return []
        skipped = round_div(max(0, -offset_us) * self._track.timescale, US)
        entries = [(length, skipped)]
        if offset_us > 0:
            entries.insert(0, (offset_us // 1000, -1))
        table = b"".join(pack(">QqI", duration, begin, 0x10000) for duration, begin in entries)
        return [box(b"edts", box(b"elst", pack(">II", 1 << 24, len(entries)), table))]

    def _tables(self) -> list[bytes]:
        tables = [_runs(b"stts", 0, self._durations)]
        if any(self._shifts):
            tables.append(_runs(b"ctts", 1, self._shifts))
        if self._track.video:
            tables.append(_plain(b"stss", self._keys))
        groups = [
            (number, count)
            for number, count in enumerate(self._counts, 1)
            if number == 1 or count != self._counts[number - 2]
        ]
        chunked = b"".join(pack(">3I", number, count, 1) for number, count in groups)
        tables.append(box(b"stsc", pack(">II", 0, len(groups)), chunked))
        tables.append(box(b"stsz", pack(">3I", 0, 0, len(self._sizes)), _big(self._sizes)))
        large = bool(self._chunks) and self._chunks[-1] >= _LARGE
        tables.append(
            _plain(b"co64" if large else b"stco", self._chunks if large else array("I", self._chunks))
        )
        return tables


def moov(init: bytes, tables: Sequence[Table], begin_us: int) -> bytes:
    """`tables`: those that have samples, the picture first. `begin_us`: of the first picture (Unix)."""
    first = tables[0].begin_us
    traks = [table.trak(table.begin_us - first) for table in tables]
    length = max(length for _, length in traks)
    made = begin_us // US + _1904
    old = child(init, b"moov", b"mvhd")
    mvhd = pack(">IQQIQ", 1 << 24, made, made, _MOVIE, length) + old[20:]
    return box(b"moov", box(b"mvhd", mvhd), *(trak for trak, _ in traks))


def _runs(kind: bytes, version: int, values: "array[int]") -> bytes:
    """A table of (how many samples, value)."""
    pairs = array(values.typecode)
    count, last = 0, 0
    for value in values:
        if count and value == last:
            count += 1
            continue
        if count:
            pairs.append(count)
            pairs.append(last)
        count, last = 1, value
    pairs.append(count)
    pairs.append(last)
    return box(kind, pack(">II", version << 24, len(pairs) // 2), _big(pairs))


def _plain(kind: bytes, values: "array[int]") -> bytes:
    return box(kind, pack(">II", 0, len(values)), _big(values))


def _big(values: "array[int]") -> bytes:
    swapped = array(values.typecode, values)
    swapped.byteswap()
    return swapped.tobytes()
