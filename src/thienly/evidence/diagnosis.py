"""What became of a clip that is not what the proof says: which seconds were changed, taken out, put in or
moved.

The fragments that are still there are recognised by their digests, wherever they stand.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from thienly.evidence.faults import Fault
from thienly.evidence.proof import MAX_PIECE, Expected

Read = Callable[[int, int], bytes]
MAX_INIT = 1 << 20
_STEP = 1 << 20
_TINY = 16


@dataclass(slots=True)
class _Found:
    """What stands in the file: numbers of fragments (None: none of them), and what is wrong besides."""

    numbers: list[int | None]
    init: bool = False
    frame: bool = False


def differences(file: str, read: Read, size: int, expected: Sequence[Expected]) -> list[Fault]:
    """At least one: the caller knows that the file differs."""
    fragments = [piece for piece in expected if piece.kind == "fragment"]
    found = _scan(read, size, expected)
    known = {number for number in found.numbers if number is not None}
    if not known:
        whole = fragments[0].start_us, fragments[-1].end_us
        return [Fault("replaced", file, *whole)]
    faults = [*_compare(file, found.numbers, fragments)]
    if not faults:
        faults.append(Fault("init_changed" if found.init else "container_changed", file))
    return faults


class _Places:
    """Which fragment a digest is. Fragments may be equal byte for byte: the next in order is meant, else
    the first that is not there yet, else one that is there already."""

    def __init__(self, expected: Sequence[Expected]) -> None:
        self._numbers: dict[bytes, list[int]] = {}
        fragments = (piece for piece in expected if piece.kind == "fragment")
        for number, piece in enumerate(fragments):
            self._numbers.setdefault(piece.digest, []).append(number)
        self._used: set[int] = set()
        self._last = -1

    def of(self, digest: bytes) -> int | None:
        numbers = self._numbers.get(digest)
        if numbers is None:
            return None
        free = [number for number in numbers if number not in self._used]
        self._last = self._last + 1 if self._last + 1 in free else [*free, numbers[0]][0]
        self._used.add(self._last)
        return self._last


def _scan(read: Read, size: int, expected: Sequence[Expected]) -> _Found:
    inits = {piece.digest for piece in expected if piece.kind == "init"}
    places = _Places(expected)
    found = _Found([])
    at = 0
    while at < size:
        length = fragment_length(read, at, size)
        if length is not None:
            number = places.of(sha256(read(at, length)).digest())
            if number is not None or _begins_well(read, at + length, size):
                found.numbers.append(number)
                at += length
                continue
        kind, whole = _box(read, at, size)
        inner = read(at + 12, 4) if kind == b"mdat" else b""
        if kind == b"mdat" and inner in (b"moof", b"ftyp"):
            at += 8
            continue
        if kind == b"ftyp" and whole:
            behind, more = _box(read, at + whole, size)
            if behind == b"moov" and more and whole + more <= MAX_INIT:
                found.init |= sha256(read(at, whole + more)).digest() not in inits
                whole += more
            at += whole
            continue
        if kind == b"moov" and whole == size - at:
            at += whole
            continue
        length = _resync(read, at, size)
        if length <= _TINY:
            found.frame = True
        else:
            found.numbers.append(None)
        at += length
    return found


def _compare(file: str, there: Sequence[int | None], rows: Sequence[Expected]) -> Iterator[Fault]:
    numbers: list[int | None] = []
    present: set[int] = set()
    for number in there:
        if number is not None and number in present:
            yield Fault("inserted", file, rows[number].start_us, rows[number].start_us)
            continue
        numbers.append(number)
        if number is not None:
            present.add(number)
    lost = set(range(len(rows))) - present
    for number in sorted(_moved([number for number in numbers if number is not None])):
        yield _about("moved", file, rows[number])
    before = -1
    for number in numbers:
        if number is not None:
            before = max(before, number)
        elif before + 1 in lost:
            before += 1
            lost.remove(before)
            yield _about("changed", file, rows[before])
        else:
            at = rows[before].end_us if before >= 0 else rows[0].start_us
            yield Fault("inserted", file, at, at)
    for first, last in _spans(sorted(lost)):
        yield Fault("missing", file, rows[first].start_us, rows[last].end_us)


def _spans(numbers: Sequence[int]) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for number in numbers:
        if spans and spans[-1][1] == number - 1:
            spans[-1] = spans[-1][0], number
        else:
            spans.append((number, number))
    return spans


def _moved(numbers: Sequence[int]) -> set[int]:
    """The fewest that must be taken away so that the rest is in order: those outside a longest rising run."""
    tails: list[int] = []  # index of the smallest end of a run of each length
    before: list[int] = []
    for index, number in enumerate(numbers):
        length = bisect_left(tails, number, key=lambda tail: numbers[tail])
        before.append(tails[length - 1] if length else -1)
        tails[length : length + 1] = [index]
    kept: set[int] = set()
    index = tails[-1] if tails else -1
    while index >= 0:
        kept.add(numbers[index])
        index = before[index]
    return set(numbers) - kept


def _about(kind: str, file: str, row: Expected) -> Fault:
    return Fault(kind, file, row.start_us, row.end_us)


# --- boxes ------------------------------------------------------------------------------------------------
def _box(read: Read, at: int, end: int) -> tuple[bytes, int]:
    """(kind, length) of the box at `at`; the length is 0 when it does not stand there whole."""
    head = read(at, 8)
    length = int.from_bytes(head[:4], "big")
    return head[4:8], length if len(head) == 8 and 8 <= length <= end - at else 0


def fragment_length(read: Read, at: int, end: int) -> int | None:
    """Bytes of the `moof` and `mdat` at `at`; None when they do not stand there whole."""
    kind, moof = _box(read, at, end)
    if kind != b"moof" or not moof:
        return None
    kind, mdat = _box(read, at + moof, end)
    if kind != b"mdat" or not mdat or moof + mdat > MAX_PIECE:
        return None
    return moof + mdat


def _begins_well(read: Read, at: int, end: int) -> bool:
    kind, whole = _box(read, at, end)
    return at == end or (kind in (b"moof", b"mdat", b"moov", b"ftyp") and whole > 0)


def _resync(read: Read, at: int, end: int) -> int:
    """Bytes from `at` to where something known may begin, or to the end."""
    position = at + 1
    while position < end:
        data = read(position, min(_STEP + 8, end - position))
        starts = []
        for kind in (b"moof", b"ftyp"):
            found = data.find(kind)
            while found >= 0:
                start = position + found - 4
                if start > at and (kind == b"ftyp" or fragment_length(read, start, end) is not None):
                    starts.append(start)
                    break
                found = data.find(kind, found + 1)
        if starts:
            return min(starts) - at
        position += _STEP
    return end - at
