"""`thienly verify`: is this footage what the recorder signed, and if not, which seconds are not?

Works on segment files alone, with nothing but public keys: each file ends with its statement
(`media.trailer`). The statement names the hash of every fragment in its order, so that one that was changed,
taken out, put in or moved is told apart from its neighbours. Across files it finds segments that are missing
between others.
"""

import json
import os
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

from thienly.conf import Conf
from thienly.media import signing, trailer
from thienly.media.index import table
from thienly.media.index.table import FragmentRow
from thienly.media.keys import PublicKey, public_keys, read_public
from thienly.media.mp4 import reader
from thienly.media.segments import files
from thienly.rules import hashtree
from thienly.rules.statement import Statement


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a file. `kind`: unreadable, unsigned, key, signature, name, init, changed, missing,
    inserted, moved. Times (us) of the footage it concerns; None: all of the file, or none that is known."""

    kind: str
    from_us: int | None
    until_us: int | None
    detail: str


@dataclass(frozen=True, slots=True)
class Verified:
    """A file, what it says of itself (None: it says nothing that can be read), and what is wrong with it."""

    path: Path
    statement: Statement | None
    key_id: str
    faults: tuple[Fault, ...]


def verify_file(path: Path, keys: Mapping[str, PublicKey]) -> Verified:
    """Never raises because of what the file holds; a file that cannot be read is a fault of it."""
    try:
        with path.open("rb") as file:
            end, found = trailer.find(file.fileno())
            if found is None:
                fault = Fault("unsigned", None, None, "no signed statement at the end of the file")
                return Verified(path, None, "", (fault,))
            faults = [*_signature(found, keys), *_name(path, found)]
            faults += _parts(file.fileno(), end, found)
    except OSError as error:
        fault = Fault("unreadable", None, None, error.strerror or type(error).__name__)
        return Verified(path, None, "", (fault,))
    return Verified(path, found.signed.statement, found.signed.key_id, tuple(faults))


def _signature(found: trailer.Trailer, keys: Mapping[str, PublicKey]) -> Iterator[Fault]:
    signed = found.signed
    known = keys.get(signed.key_id)
    init, rows = table.decode(found.table)
    root = hashtree.root(table.leaves(init, rows)).hex() if rows else ""
    if known is None:
        yield Fault("key", None, None, f"signed with the key {signed.key_id}, which is not given here")
    elif not signing.signed_by(known.key, signed.statement, signed.signature):
        yield Fault("signature", None, None, "the signature does not fit the statement")
    elif not known.valid_at(signed.statement.end_us):
        yield Fault("key", None, None, f"the key {signed.key_id} was replaced before this was recorded")
    if root != signed.statement.root or len(rows) != signed.statement.fragments:
        yield Fault("signature", None, None, "the list of fragments is not the one that was signed")


def _name(path: Path, found: trailer.Trailer) -> Iterator[Fault]:
    """A file in a recorder's directory that lies where another should."""
    statement = found.signed.statement
    expected = f"{statement.segment:010d}-{statement.media_us}-{statement.stream}.mp4"
    if path.parent.parent.name != statement.camera and len(path.parent.parent.name) == len(statement.camera):
        yield Fault("name", None, None, "it lies in the directory of another camera")
    elif path.name != expected and path.name[:10].isdecimal() and path.name[10:11] == "-":
        yield Fault("name", None, None, f"it is named as another segment; its own name is {expected}")


def _parts(descriptor: int, end: int, found: trailer.Trailer) -> Iterator[Fault]:
    """Compares the parts of the file with those that were signed."""
    init_sha256, rows = table.decode(found.table)
    init_bytes = found.signed.statement.size - sum(row.size for row in rows)
    if not 0 < init_bytes <= reader.MAX_INIT:
        yield Fault("signature", None, None, "the sizes of the fragments do not add up")
        return
    if sha256(os.pread(descriptor, init_bytes, 0)).digest() != init_sha256:
        yield Fault("init", None, None, "the description of picture and sound was changed")
    wholly = end == found.signed.statement.size
    offset, wrong = init_bytes, False
    for row in rows:
        if sha256(os.pread(descriptor, row.size, offset)).digest() != row.sha256:
            wrong = True
            if wholly:
                break
        offset += row.size
    if wrong or not wholly:
        yield from _differences(descriptor, init_bytes, end, rows)


def _differences(descriptor: int, begin: int, end: int, rows: Sequence[FragmentRow]) -> Iterator[Fault]:
    """What became of each fragment. The pieces of the file are found by their boxes, and where those are
    damaged up to where the next begins."""
    place = {row.sha256: number for number, row in enumerate(rows)}
    there = _pieces(descriptor, begin, end, place)
    numbers = [place.get(digest) for digest in there]
    for index in range(len(numbers)):
        number = numbers[index]
        if number is not None and number in numbers[:index]:
            numbers[index] = -1
            at = rows[number].start_us
            yield Fault("inserted", at, at, f"fragment {number + 1} stands there twice")
    numbers = [number for number in numbers if number != -1]
    found = {number for number in numbers if number is not None}
    lost = [number for number in range(len(rows)) if number not in found]
    moved = _moved([number for number in numbers if number is not None])
    for number in sorted(moved):
        yield _about("moved", rows[number], f"fragment {number + 1} is not in its place")
    strangers = [index for index, number in enumerate(numbers) if number is None]
    for index in strangers:
        before = max((n for n in numbers[:index] if n is not None), default=-1)
        if before + 1 in lost:
            lost.remove(before + 1)
            numbers[index] = before + 1
            yield _about("changed", rows[before + 1], f"fragment {before + 2} was changed")
        else:
            at = rows[before].start_us + rows[before].duration_us if before >= 0 else rows[0].start_us
            detail = f"something that was not signed stands behind fragment {before + 1}"
            yield Fault("inserted", at, at, detail)
    for number in lost:
        yield _about("missing", rows[number], f"fragment {number + 1} is missing")


def _pieces(descriptor: int, begin: int, end: int, signed: Collection[bytes]) -> list[bytes]:
    """The digest of each piece of [begin, end): a `moof` with its `mdat`, or what stands instead."""
    pieces: list[bytes] = []
    at = begin
    while at < end:
        length = _fragment_length(descriptor, at, end)
        digest = b"" if length is None else sha256(os.pread(descriptor, length, at)).digest()
        if length is None or (digest not in signed and not _ends_well(descriptor, at + length, end)):
            length = _resync(descriptor, at, end)
            digest = sha256(os.pread(descriptor, length, at)).digest()
        pieces.append(digest)
        at += length
    return pieces


def _ends_well(descriptor: int, at: int, end: int) -> bool:
    return at == end or _fragment_length(descriptor, at, end) is not None


def _box(descriptor: int, at: int, end: int) -> tuple[bytes, int] | None:
    head = os.pread(descriptor, 8, at)
    length = int.from_bytes(head[:4], "big")
    return (head[4:8], length) if len(head) == 8 and 8 <= length <= end - at else None


def _fragment_length(descriptor: int, at: int, end: int) -> int | None:
    """Bytes of the `moof` and `mdat` at `at`; None when they do not stand there whole."""
    moof = _box(descriptor, at, end)
    if moof is None or moof[0] != b"moof":
        return None
    mdat = _box(descriptor, at + moof[1], end)
    if mdat is None or mdat[0] != b"mdat":
        return None
    return moof[1] + mdat[1]


def _resync(descriptor: int, at: int, end: int) -> int:
    """Bytes from `at` to where the next fragment begins, or to the end."""
    step, position = 1 << 20, at + 1
    while position < end:
        data = os.pread(descriptor, min(step + 8, end - position), position)
        found = data.find(b"moof")
        while found >= 0:
            start = position + found - 4
            if start > at and _fragment_length(descriptor, start, end) is not None:
                return start - at
            found = data.find(b"moof", found + 1)
        position += step
    return end - at


def _moved(numbers: Sequence[int]) -> set[int]:
    """The fewest that must be taken away so that the rest is in order: those outside a longest rising run."""
    tails: list[int] = []  # index of the smallest end of a run of each length
    before: list[int] = []
    for index, number in enumerate(numbers):
        length = bisect_left([numbers[tail] for tail in tails], number)
        before.append(tails[length - 1] if length else -1)
        tails[length : length + 1] = [index]
    kept: set[int] = set()
    index = tails[-1] if tails else -1
    while index >= 0:
        kept.add(numbers[index])
        index = before[index]
    return set(numbers) - kept


def _about(kind: str, row: FragmentRow, detail: str) -> Fault:
    return Fault(kind, row.start_us, row.start_us + row.duration_us, detail)


def gaps_between(verified: Iterable[Verified], *, tolerance_us: int = 100_000) -> list[tuple[int, int]]:
    """Times between the first and the last of these segments that no segment covers."""
    spans = sorted((v.statement.start_us, v.statement.end_us) for v in verified if v.statement is not None)
    found: list[tuple[int, int]] = []
    reached = spans[0][1] if spans else 0
    for start, end in spans:
        if start - reached > tolerance_us:
            found.append((reached, start))
        reached = max(reached, end)
    return found


# --- the command ------------------------------------------------------------------------------------------
def main(
    conf: Conf,
    *,
    paths: Sequence[Path],
    camera: str,
    since: str,
    until: str,
    public_key: Path | None,
    as_json: bool,
    say: Callable[[str], None],
) -> int:
    """Verifies files, or what this machine's recorders hold of a camera from `since` until `until` (local
    ISO times; empty: all). Returns 0 (genuine), 1 (faults), 2 (nothing could be verified)."""
    zone = ZoneInfo(conf.file.time_zone)
    try:
        from_us, until_us = _moment(since, zone), _moment(until, zone)
    except ValueError:
        say("--from and --until want a time like 2026-11-17T14:20:05")
        return 2
    try:
        keys = read_public(public_key) if public_key is not None else _own_keys(conf)
    except (OSError, ValueError) as error:
        say(f"the public key cannot be read: {error}")
        return 2
    found = list(paths) or _files_of(conf, camera, from_us, until_us)
    if not found or not keys:
        say("there is nothing to verify" if keys else "no public key is known; give one with --public-key")
        return 2
    results = [verify_file(path, keys) for path in found]
    for result in results:
        _say_one(result, zone, as_json=as_json, say=say)
    by_camera: dict[tuple[str, str], list[Verified]] = {}
    for result in results:
        if result.statement is not None:
            place = result.statement.camera, result.statement.stream
            by_camera.setdefault(place, []).append(result)
    for (name, _), group in by_camera.items():
        for start, end in gaps_between(group):
            if not as_json:
                say(f"{name}: nothing among these files from {_at(start, zone)} until {_at(end, zone)}")
    return 1 if any(result.faults for result in results) else 0


def _say_one(result: Verified, zone: ZoneInfo, *, as_json: bool, say: Callable[[str], None]) -> None:
    statement = result.statement
    if as_json:
        said = {"file": str(result.path), "genuine": not result.faults, "key": result.key_id}
        said |= {"statement": None if statement is None else asdict(statement)}
        say(json.dumps(said | {"faults": [asdict(f) for f in result.faults]}, ensure_ascii=False))
        return
    for fault in result.faults:
        when = "" if fault.from_us is None else f" {_at(fault.from_us, zone)}"
        if fault.until_us is not None and fault.until_us != fault.from_us:
            when += f" – {_at(fault.until_us, zone)}"
        say(f"{result.path}: {fault.kind}{when}: {fault.detail}")
    if not result.faults and statement is not None:
        span = f"{_at(statement.start_us, zone)} – {_at(statement.end_us, zone)}"
        repaired = ", closed by repair after a crash" if statement.repaired else ""
        by = f"recorder {statement.recorder}, key {result.key_id}"
        say(f"{result.path}: genuine: camera {statement.camera}, {span}, {by}{repaired}")


def _own_keys(conf: Conf) -> dict[str, PublicKey]:
    keys: dict[str, PublicKey] = {}
    for recorder in conf.file.recorders:
        keys |= public_keys(conf.recorder_key(recorder.name))
    return keys


def _files_of(conf: Conf, camera: str, from_us: int | None, until_us: int | None) -> list[Path]:
    """Oldest first; by the time in the name, with the segment before, which may reach into the span."""
    found = sorted(
        (file.media_us, file.path)
        for recorder in conf.file.recorders
        for disk, store in conf.stores(recorder).items()
        for file in files(disk, store, camera=camera)
        if until_us is None or file.media_us < until_us
    )
    first = max((n for n, (start, _) in enumerate(found) if start <= (from_us or 0)), default=0)
    return [path for _, path in found[first:]]


def _moment(text: str, zone: ZoneInfo) -> int | None:
    """Raises ValueError."""
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    return round((moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp() * 1e6)


def _at(us: int, zone: ZoneInfo) -> str:
    return f"{datetime.fromtimestamp(us / 1e6, zone):%H:%M:%S.%f}"[:-3] + (
        f" {datetime.fromtimestamp(us / 1e6, zone):%d/%m/%Y}"
    )
