"""Compares a recorder's index with its files, both ways, on every disk. It reads; `media.mend` mends."""

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from thienly.conf import Conf
from thienly.media import mend, signing
from thienly.media.index import copies, segments, table
from thienly.media.index.segments import SegmentRow
from thienly.media.index.writer import INDEX_FILE, open_reader
from thienly.media.keys import PublicKey, public_keys
from thienly.media.segments import FoundFile, files, path_of_row
from thienly.rules import hashtree


@dataclass(frozen=True, slots=True)
class Finding:
    """One disagreement. `kind`: disk, missing, orphan, size, bytes, table, signature; `file`: an orphan's."""

    kind: str
    segment: int
    camera: str
    disk: str
    path: str  # relative to the disk's directory
    detail: str
    file: FoundFile | None = None


def check(
    db: sqlite3.Connection,
    *,
    stores: Mapping[str, Path],
    recorder: str,
    keys: Mapping[str, PublicKey],
    deep: bool,
) -> Iterator[Finding]:
    """Every disagreement. `deep` also reads all footage and compares each fragment's hash.

    An open segment is compared by existence only. While the recorder runs, a segment that is closed or
    deleted during the check may be reported; ask again. Raises sqlite3.Error.
    """
    there = {name: store for name, store in stores.items() if store.is_dir()}
    on_disk = {file.path: file for name, store in there.items() for file in files(name, store)}
    away: dict[str, int] = {}
    for row in list(segments.every(db)):
        if not row.disk:
            continue  # its copies are in object stores; restore tests look at those
        path = path_of_row(there, row)
        if path is None:
            away[row.disk] = away.get(row.disk, 0) + 1
            continue
        file = on_disk.pop(path, None)
        if row.deleted_us is not None:
            continue  # the pruner is about to remove it, or has
        if file is None and not copies.is_here(db, row.id):
            continue  # it was about to leave the disk, and has
        if file is None:
            yield _finding("missing", row, "the file is not there")
        elif row.end_us is not None:
            yield from _compare(db, row, path, recorder=recorder, keys=keys, deep=deep)
    for name, count in away.items():
        yield Finding("disk", 0, "", name, "", f"the disk is not there; {count} segments lie on it")
    for file in on_disk.values():
        detail = "no row in the index"
        path_there = str(file.path.relative_to(there[file.disk]))
        yield Finding("orphan", file.segment, file.camera, file.disk, path_there, detail, file)


def _compare(
    db: sqlite3.Connection,
    row: SegmentRow,
    path: Path,
    *,
    recorder: str,
    keys: Mapping[str, PublicKey],
    deep: bool,
) -> Iterator[Finding]:
    try:
        init_sha256, rows = segments.fragments_of(db, row.id)
    except ValueError as error:
        yield _finding("table", row, str(error))
        return
    if row.init_bytes + sum(fragment.size for fragment in rows) > (row.size or 0):
        yield _finding("table", row, "fragments do not add up to the size")
    leaves = table.leaves(init_sha256, rows)
    if hashtree.root(leaves) != row.root:
        yield _finding("table", row, "the fragment hashes do not give the signed root")
    statement = segments.statement_of(row, recorder, rows)
    key = keys.get(row.key_id or "")
    if key is None or not signing.signed_by(key.key, statement, row.signature or b""):
        yield _finding("signature", row, "the signature is not by a key of this recorder")
    size = path.stat().st_size
    if size != row.size:
        yield _finding("size", row, f"{size} bytes instead of {row.size}")
    if deep:
        sizes = [row.init_bytes, *(fragment.size for fragment in rows)]
        with path.open("rb") as file:
            for number, (length, digest) in enumerate(zip(sizes, leaves, strict=True)):
                if sha256(file.read(length)).digest() != digest:
                    part = "the init segment" if number == 0 else f"fragment {number - 1}"
                    yield _finding("bytes", row, f"{part} was changed")


def _finding(kind: str, row: SegmentRow, detail: str) -> Finding:
    path = path_of_row({row.disk: Path()}, row)
    return Finding(kind, row.id, row.camera, row.disk, str(path), detail)


def main(
    conf: Conf,
    *,
    name: str,
    deep: bool,
    as_json: bool,
    say: Callable[[str], None],
    repair: bool = False,
    apply: bool = False,
) -> int:
    """Checks one recorder and says each finding in a line; with `repair` what would be done about it, with
    `apply` too it is done.

    Returns 0 (index and files agree, or everything is mended), 1 (findings), 2 (cannot be checked).
    """
    index = conf.recorder_dir(name) / INDEX_FILE
    try:
        stores = conf.stores(conf.recorder(name))
        if not index.exists():
            raise FileNotFoundError("it has no index")
        if not conf.recorder_key(name).exists():
            # Making a new one, as the recorder would, could only hide that it is lost.
            raise FileNotFoundError("its key is missing")
        keys = public_keys(conf.recorder_key(name))
        with closing(open_reader(index)) as db:
            findings = list(check(db, stores=stores, recorder=name, keys=keys, deep=deep))
        done: list[str] = []
        if repair:
            done = mend.mend(conf, name, findings, apply=apply)
    except (mend.Running, KeyError, ValueError, OSError, sqlite3.Error) as error:
        say(f"{name}: cannot be checked: {error}")
        return 2
    for number, finding in enumerate(findings):
        what = done[number] if repair else ""
        if as_json:
            said = asdict(finding)
            del said["file"]
            said |= {"repair": what, "applied": apply} if repair else {}
            say(json.dumps({"recorder": name, **said}, ensure_ascii=False))
        else:
            place = f"segment {finding.segment} ({finding.disk}: {finding.path})"
            line = f"{name}: {finding.kind}: {place}: {finding.detail}"
            say(f"{line} → {what}" if repair else line)
    if not findings and not as_json:
        say(f"{name}: index and files agree")
    if repair and not apply and findings and not as_json:
        say(f"{name}: nothing was changed; with --apply it is done")
    return 1 if any(not text or not apply for text in (done or [""] * len(findings))) else 0
