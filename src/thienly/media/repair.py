"""Start-up repair: what a killed process or a power cut left open is closed, signed as repaired, and told.

Footage is never thrown away here: a file is cut behind its last whole fragment, and removed only when it
holds none. What a crash cost becomes a gap by `recorder_killed`.
"""

import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from thienly.bus.messages import SegmentClosed
from thienly.media import outbox
from thienly.media.index import gaps, segments
from thienly.media.index.gaps import GapRow
from thienly.media.index.segments import SegmentHead
from thienly.media.index.table import FragmentRow
from thienly.media.mp4 import reader
from thienly.media.recorder.timeline import put_gap
from thienly.media.segments import Closed, FoundFile, files, init_id, mime_of, seal, segment_path
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


def repair(
    db: sqlite3.Connection,
    *,
    store: Path,
    recorder: str,
    key: Ed25519PrivateKey,
    below: int | None = None,
    going_on: frozenset[str] = frozenset(),
) -> Repaired:
    """Before anything is recorded; or, after a handover, of what the predecessor left: segments with an id
    `below` ours, and cameras that are not `going_on` here already. Raises sqlite3.Error, OSError."""
    closed = removed = 0
    for file in _unfinished(db, store):
        if below is not None and file.segment >= below:
            continue
        sealed = _seal(file, recorder=recorder, key=key)
        db.execute("begin immediate")
        if sealed is None:
            segments.remove(db, file.segment)
            removed += 1
        else:
            _index(db, sealed, file, recorder)
            closed += 1
        db.execute("commit")
    cameras = _tell_gaps(db, recorder, going_on)
    if closed or removed or cameras:
        log.info("repaired", closed=closed, removed=removed, cameras=cameras)
    return Repaired(closed, removed, cameras)


def rebuild(db: sqlite3.Connection, *, store: Path, recorder: str, key: Ed25519PrivateKey) -> int:
    """Makes the rows of segments that an empty index lacks; the count. They are signed anew, as repaired."""
    return repair(db, store=store, recorder=recorder, key=key).closed


def _unfinished(db: sqlite3.Connection, store: Path) -> Iterator[FoundFile]:
    """Segments left open in the index, files that never came into it, and files that are shorter than it says
    (a power cut after an orderly stop).

    What is not in the index was written last, so only each camera's newest days are looked at, unless the
    whole index is lost: a start must not read a month of directories.
    """
    lost = segments.last_id(db) == 0
    seen: set[int] = set()
    for file in files(store, newest_days=None if lost else _DAYS):
        seen.add(file.segment)
        row = segments.get(db, file.segment)
        if row is None or row.size is None or file.path.stat().st_size < row.size:
            yield file
    for row in segments.left_open(db):
        if row.id not in seen:
            path = segment_path(store, row.id, row.camera, row.stream, row.media_us)
            yield FoundFile(path, row.id, row.camera, row.stream, row.media_us)


@dataclass(frozen=True, slots=True)
class _Sealed:
    head: SegmentHead
    closed: Closed


def _seal(file: FoundFile, *, recorder: str, key: Ed25519PrivateKey) -> _Sealed | None:
    """None when nothing of it is good; the file is then gone."""
    try:
        descriptor = os.open(file.path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    with os.fdopen(descriptor, "r+b") as handle:
        info = reader.scan(handle)
        if not info.fragments:
            file.path.unlink()
            return None
        # The reader may count boxes behind the last fragment as good; the index wants fragments and nothing
        # else.
        last = info.fragments[-1]
        os.ftruncate(handle.fileno(), last.offset + last.length)
        rows = [_row(handle, file.media_us, info.timescale, fragment) for fragment in info.fragments]
        os.fdatasync(handle.fileno())
    digest = sha256(info.init).digest()
    head = SegmentHead(
        file.segment,
        file.camera,
        file.stream,
        file.media_us,
        len(info.init),
        init_id(digest),
        mime_of(info.init),
    )
    closed = seal(
        head=head,
        recorder=recorder,
        key=key,
        init_sha256=digest,
        rows=rows,
        end_reason=Problem.RECORDER_KILLED.value,
        repaired=True,
    )
    return _Sealed(head, closed)


def _row(handle: BinaryIO, media_us: int, timescale: int, fragment: reader.FragmentInfo) -> FragmentRow:
    handle.seek(fragment.offset)
    digest = sha256(handle.read(fragment.length)).digest()
    start = media_us + round(fragment.start * 1_000_000 / timescale)
    return FragmentRow(start, round(fragment.duration * 1_000_000 / timescale), fragment.length, digest)


def _index(db: sqlite3.Connection, sealed: _Sealed, file: FoundFile, recorder: str) -> None:
    statement = sealed.closed.statement
    segments.insert_open(db, sealed.head, statement.start_us)
    segments.close(db, statement, sealed.closed.signature, sealed.closed.table)
    outbox.put(
        db,
        SegmentClosed(
            id=uuid4().hex,
            camera=statement.camera,
            recorder=recorder,
            stream=statement.stream,
            segment=statement.segment,
            start_us=statement.start_us,
            end_us=statement.end_us,
            bytes=statement.size,
            fragments=statement.fragments,
            root=statement.root,
            end_reason=statement.end_reason,
            repaired=True,
        ),
    )


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
