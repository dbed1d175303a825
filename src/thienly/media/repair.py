"""Start-up repair: what a killed process or a power cut left open is closed, signed as repaired, and told.

Footage is never thrown away here: a file is cut behind its last whole fragment, and removed only when it
holds none. What a crash cost becomes a gap by `recorder_killed`.
"""

import os
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO
from uuid import uuid4

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from thienly.media import outbox, signing, trailer
from thienly.media.index import copies, gaps, segments, table
from thienly.media.index.gaps import GapRow
from thienly.media.index.segments import SegmentHead
from thienly.media.index.table import FragmentRow
from thienly.media.keys import PublicKey
from thienly.media.mp4 import reader
from thienly.media.mp4.mime import mime_of
from thienly.media.recorder.timeline import put_gap
from thienly.media.segments import Closed, FoundFile, files, init_id, path_of_row, seal
from thienly.media.store import closed_fact
from thienly.rules.problems import Problem

log = structlog.get_logger(__name__)

_DAYS = 2
"""Day directories of each camera that start-up compares with the index: a segment may begin before
midnight."""


@dataclass(frozen=True, slots=True)
class Repaired:
    """What start-up found. `closed` and `removed` count segments, `cameras` those whose recording was cut
    off."""

    closed: int
    removed: int
    cameras: int


Key = tuple[str, Ed25519PrivateKey]
"""Id of the key, and the key."""


def repair(
    db: sqlite3.Connection,
    *,
    stores: Mapping[str, Path],
    recorder: str,
    key: Key,
    trusted: Mapping[str, PublicKey] = MappingProxyType({}),
    below: int | None = None,
    going_on: frozenset[str] = frozenset(),
) -> Repaired:
    """Before anything is recorded; or, after a handover, of what the predecessor left: segments with an id
    `below` ours, and cameras that are not `going_on` here already.

    `stores`: directories by disk; what lies on one that is not there is left for the start at which it is.
    `trusted`: the recorder's keys, by which a statement in a file is believed. Raises sqlite3.Error, OSError.
    """
    closed = removed = 0
    for file in list(_unfinished(db, _there(stores))):
        if below is not None and file.segment >= below:
            continue
        try:
            sealed = seal_file(file, recorder=recorder, key=key, trusted=trusted)
        except OSError as error:
            # One disk in trouble must not keep the recorder from recording on the others.
            log.error("not_repaired", disk=file.disk, segment=file.segment, error=str(error))
            continue
        db.execute("begin immediate")
        if sealed is None:
            segments.remove(db, file.segment)
            removed += 1
        else:
            put(db, sealed)
            closed += 1
        db.execute("commit")
    cameras = _tell_gaps(db, recorder, going_on)
    if closed or removed or cameras:
        log.info("repaired", closed=closed, removed=removed, cameras=cameras)
    return Repaired(closed, removed, cameras)


def rebuild(
    db: sqlite3.Connection,
    *,
    stores: Mapping[str, Path],
    recorder: str,
    key: Key,
    trusted: Mapping[str, PublicKey] = MappingProxyType({}),
) -> int:
    """Makes the rows of segments that an empty index lacks; the count. What a file proves of itself stays as
    it was signed; the rest is signed anew, as repaired."""
    return repair(db, stores=stores, recorder=recorder, key=key, trusted=trusted).closed


def _unfinished(db: sqlite3.Connection, stores: Mapping[str, Path]) -> Iterator[FoundFile]:
    """Segments left open in the index, files that never came into it, and files that are shorter than it says
    (a power cut after an orderly stop).

    What is not in the index was written last, so only each camera's newest days are looked at, unless the
    whole index is lost: a start must not read a month of directories.
    """
    lost = segments.last_id(db) == 0
    seen: set[int] = set()
    for disk, store in stores.items():
        for file in _files(disk, store, newest_days=None if lost else _DAYS):
            row = segments.get(db, file.segment)
            if row is not None and (row.disk != disk or row.deleted_us is not None):
                continue  # another segment of this number, or one on its way out: fsck's business
            if row is not None and copies.of_segment(db, row.id):
                continue  # whole elsewhere: cutting the file would lose what its copy has
            seen.add(file.segment)
            if row is None or row.size is None or _size(file.path) < row.size:
                yield file
    for row in segments.left_open(db):
        path = path_of_row(stores, row)
        if row.id not in seen and path is not None:
            yield FoundFile(path, row.disk, row.id, row.camera, row.stream, row.media_us)


def _there(stores: Mapping[str, Path]) -> dict[str, Path]:
    """The disks that can be looked into."""
    found: dict[str, Path] = {}
    for name, store in stores.items():
        try:
            if store.is_dir():
                found[name] = store
        except OSError as error:
            log.error("disk_not_read", disk=name, error=str(error))
    return found


def _files(disk: str, store: Path, *, newest_days: int | None) -> list[FoundFile]:
    try:
        return files(disk, store, newest_days=newest_days)
    except OSError as error:
        log.error("disk_not_read", disk=disk, error=str(error))
        return []


def _size(path: Path) -> int:
    """0 when it cannot be told: sealing it will say why."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


@dataclass(frozen=True, slots=True)
class Sealed:
    """A segment made good, for the index."""

    head: SegmentHead
    closed: Closed


def seal_file(file: FoundFile, *, recorder: str, key: Key, trusted: Mapping[str, PublicKey]) -> Sealed | None:
    """Cuts the file behind its last whole fragment and signs it, unless it proves itself already. None when
    nothing of it is good; the file is then gone. Raises OSError."""
    try:
        descriptor = os.open(file.path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    with os.fdopen(descriptor, "r+b") as handle:
        known = proven(handle, file, recorder, trusted)
        if known is not None:
            return known
        info = reader.scan(handle)
        if not info.fragments:
            file.path.unlink()
            return None
        # The reader may count boxes behind the last fragment as good; the index wants fragments and nothing
        # else.
        last = info.fragments[-1]
        os.ftruncate(handle.fileno(), last.offset + last.length)
        rows = [_row(handle, file.media_us, info.timescale, fragment) for fragment in info.fragments]
        digest = sha256(info.init).digest()
        head = _head(file, info.init)
        closed = seal(
            head=head,
            recorder=recorder,
            key=key,
            init_sha256=digest,
            rows=rows,
            end_reason=Problem.RECORDER_KILLED.value,
            repaired=True,
        )
        box = trailer.encode(trailer.Trailer(closed.signed, closed.table))
        os.pwrite(handle.fileno(), box, closed.size)
        os.fdatasync(handle.fileno())
    return Sealed(head, replace(closed, size=closed.size + len(box)))


def proven(
    handle: BinaryIO, file: FoundFile, recorder: str, trusted: Mapping[str, PublicKey]
) -> Sealed | None:
    """The segment as its own trailer tells it, when that is true word for word. Raises OSError."""
    end, found = trailer.find(handle.fileno())
    if found is None or found.signed.key_id not in trusted:
        return None
    statement = found.signed.statement
    named = (statement.segment, statement.camera, statement.stream, statement.media_us, statement.recorder)
    if named != (file.segment, file.camera, file.stream, file.media_us, recorder) or end != statement.size:
        return None
    _, rows = table.decode(found.table)
    init_bytes = end - sum(row.size for row in rows)
    if init_bytes <= 0 or init_bytes > reader.MAX_INIT:
        return None
    handle.seek(0)
    parts = (handle.read(size) for size in [init_bytes, *(row.size for row in rows)])
    key = trusted[found.signed.key_id].key
    if not signing.verify_segment(key, statement, found.signed.signature, parts=parts):
        return None
    handle.seek(0)
    head = _head(file, handle.read(init_bytes))
    return Sealed(head, Closed(found.signed, found.table, os.fstat(handle.fileno()).st_size))


def _head(file: FoundFile, init: bytes) -> SegmentHead:
    return SegmentHead(
        file.segment,
        file.camera,
        file.stream,
        file.disk,
        file.media_us,
        len(init),
        init_id(sha256(init).digest()),
        mime_of(init),
    )


def _row(handle: BinaryIO, media_us: int, timescale: int, fragment: reader.FragmentInfo) -> FragmentRow:
    handle.seek(fragment.offset)
    digest = sha256(handle.read(fragment.length)).digest()
    start = media_us + round(fragment.start * 1_000_000 / timescale)
    return FragmentRow(start, round(fragment.duration * 1_000_000 / timescale), fragment.length, digest)


def put(db: sqlite3.Connection, sealed: Sealed) -> None:
    """Row and fact, in the caller's transaction."""
    closed = sealed.closed
    segments.insert_open(db, sealed.head, closed.statement.start_us)
    segments.close(db, closed.signed, size=closed.size, fragments=closed.table)
    outbox.put(db, closed_fact(closed))


def _tell_gaps(db: sqlite3.Connection, recorder: str, going_on: frozenset[str]) -> int:
    """A camera that was held and lacks an open gap was recording when the process ended without a word."""
    explained = gaps.open_gaps(db)
    db.execute("begin immediate")
    count = 0
    for camera in gaps.held(db):
        if camera.camera in explained or camera.camera in going_on:
            continue
        end_us = segments.newest_end(db, camera.camera)
        start_us = camera.since_us if end_us is None else max(end_us, camera.since_us)
        gap = GapRow(uuid4().hex, camera.camera, start_us, None, Problem.RECORDER_KILLED.value, "")
        put_gap(db, gap, recorder)
        count += 1
    db.execute("commit")
    return count
