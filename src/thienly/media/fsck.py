"""Compares a recorder's index with its files, both ways. It reads; start-up repair is what mends."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from thienly.conf import Conf
from thienly.media import signing
from thienly.media.index import copies, segments, table
from thienly.media.index.segments import SegmentRow
from thienly.media.index.writer import INDEX_FILE, open_reader
from thienly.media.segments import FoundFile, files, segment_path
from thienly.rules import hashtree


@dataclass(frozen=True, slots=True)
class Finding:
    """One disagreement. `kind`: missing, orphan, size, bytes, table, signature."""

    kind: str
    segment: int
    camera: str
    path: str  # relative to the store
    detail: str


def check(
    db: sqlite3.Connection, *, store: Path, recorder: str, key: Ed25519PublicKey, deep: bool
) -> Iterator[Finding]:
    """Every disagreement. `deep` also reads all footage and compares each fragment's hash.

    An open segment is compared by existence only. While the recorder runs, a segment that is closed or
    deleted during the check may be reported; ask again. Raises sqlite3.Error.
    """
    on_disk = {file.segment: file for file in files(store)}
    for row in list(segments.every(db)):
        path = segment_path(store, row.id, row.camera, row.stream, row.media_us)
        file = on_disk.pop(row.id, None)
        if row.deleted_us is not None:
            continue  # the pruner is about to remove it, or has
        if file is None and not copies.is_here(db, row.id):
            continue  # its copies are in object stores; restore tests look at those
        if file is None or file.path != path:
            yield _finding("missing", row, path, store, "the file is not there")
            if file is not None:
                yield _orphan(file, store)
        elif row.end_us is not None:
            yield from _compare(db, row, path, store=store, recorder=recorder, key=key, deep=deep)
    for file in on_disk.values():
        yield _orphan(file, store)


def _compare(
    db: sqlite3.Connection,
    row: SegmentRow,
    path: Path,
    *,
    store: Path,
    recorder: str,
    key: Ed25519PublicKey,
    deep: bool,
) -> Iterator[Finding]:
    try:
        init_sha256, rows = segments.fragments_of(db, row.id)
    except ValueError as error:
        yield _finding("table", row, path, store, str(error))
        return
    if row.init_bytes + sum(fragment.size for fragment in rows) != row.size:
        yield _finding("table", row, path, store, "fragments do not add up to the size")
    leaves = table.leaves(init_sha256, rows)
    if hashtree.root(leaves) != row.root:
        yield _finding("table", row, path, store, "the fragment hashes do not give the signed root")
    statement = segments.statement_of(row, recorder, len(rows))
    if not signing.signed_by(key, statement, row.signature or b""):
        yield _finding("signature", row, path, store, "the signature is not by this recorder's key")
    size = path.stat().st_size
    if size != row.size:
        yield _finding("size", row, path, store, f"{size} bytes instead of {row.size}")
    if deep:
        sizes = [row.init_bytes, *(fragment.size for fragment in rows)]
        with path.open("rb") as file:
            for number, (length, digest) in enumerate(zip(sizes, leaves, strict=True)):
                if sha256(file.read(length)).digest() != digest:
                    part = "the init segment" if number == 0 else f"fragment {number - 1}"
                    yield _finding("bytes", row, path, store, f"{part} was changed")


def _finding(kind: str, row: SegmentRow, path: Path, store: Path, detail: str) -> Finding:
    return Finding(kind, row.id, row.camera, str(path.relative_to(store)), detail)


def _orphan(file: FoundFile, store: Path) -> Finding:
    return Finding(
        "orphan", file.segment, file.camera, str(file.path.relative_to(store)), "no row in the index"
    )


def main(conf: Conf, *, name: str, deep: bool, as_json: bool, say: Callable[[str], None]) -> int:
    """Checks one recorder and says each finding in a line.

    Returns 0 (index and files agree), 1 (findings), 2 (cannot be checked).
    """
    index = conf.recorder_dir(name) / INDEX_FILE
    try:
        store = conf.store(conf.recorder(name))
        if not index.exists():
            raise FileNotFoundError("it has no index")
        if not conf.recorder_key(name).exists():
            # Making a new one, as the recorder would, could only hide that it is lost.
            raise FileNotFoundError("its key is missing")
        key = signing.load_or_create_key(conf.recorder_key(name)).public_key()
        with closing(open_reader(index)) as db:
            findings = list(check(db, store=store, recorder=name, key=key, deep=deep))
    except (KeyError, ValueError, OSError, sqlite3.Error) as error:
        say(f"{name}: cannot be checked: {error}")
        return 2
    for finding in findings:
        if as_json:
            say(json.dumps({"recorder": name, **asdict(finding)}, ensure_ascii=False))
        else:
            say(f"{name}: {finding.kind}: segment {finding.segment} ({finding.path}): {finding.detail}")
    if not findings and not as_json:
        say(f"{name}: index and files agree")
    return 1 if findings else 0
