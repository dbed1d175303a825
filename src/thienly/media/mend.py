"""`thienly fsck --repair`: what to do about each disagreement of index and files, and doing it.

Footage is never thrown away: what cannot be read goes into `quarantine` beside the cameras' directories. What
was promised and is not there any more is taken back by a fact, and its time becomes a gap by `store_failed`.
Bytes that were changed behind the index stay as they are: `thienly verify` says which seconds they concern.
"""

import os
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from uuid import uuid4

from thienly.bus.messages import SegmentDeleted
from thienly.conf import Conf
from thienly.media import outbox, trailer
from thienly.media.index import copies, segments, table
from thienly.media.index.gaps import GapRow
from thienly.media.index.segments import SegmentRow
from thienly.media.index.writer import INDEX_FILE, open_index, open_reader
from thienly.media.keys import PublicKey, SigningKey, public_keys
from thienly.media.mp4 import reader
from thienly.media.recorder.lock import AlreadyRunning, lock
from thienly.media.recorder.timeline import put_gap
from thienly.media.remote.moving import moved
from thienly.media.repair import Sealed, proven, put, seal_file
from thienly.media.segments import FoundFile, path_of_row, segment_path
from thienly.media.signing import Signed
from thienly.rules.problems import Problem

if TYPE_CHECKING:
    from thienly.media.fsck import Finding

Running = AlreadyRunning
QUARANTINE = "quarantine"


def mend(conf: Conf, name: str, findings: Sequence["Finding"], *, apply: bool) -> list[str]:
    """What is (with `apply`) or would be done about each finding; "" for what is left alone.

    Raises Running when the recorder runs and something is to be changed; OSError, sqlite3.Error, ValueError.
    """
    path = conf.recorder_dir(name) / INDEX_FILE
    held = lock(conf.recorder_dir(name)) if apply else None
    try:
        with closing(open_index(path) if apply else open_reader(path)) as db:
            mender = _Mender(conf, name, db, findings, apply=apply)
            return [mender.about(finding) for finding in findings]
    finally:
        if held is not None:
            os.close(held)


class _Mender:
    def __init__(
        self, conf: Conf, name: str, db: sqlite3.Connection, findings: Sequence["Finding"], *, apply: bool
    ) -> None:
        self._db = db
        self._name = name
        self._apply = apply
        self._stores: Mapping[str, Path] = conf.stores(conf.recorder(name))
        self._key = SigningKey(conf.recorder_key(name)).pair
        self._trusted: Mapping[str, PublicKey] = public_keys(conf.recorder_key(name))
        self._orphans = {f.segment: f.file for f in findings if f.kind == "orphan" and f.file is not None}
        self._said: dict[tuple[int, str], str] = {}

    def about(self, finding: "Finding") -> str:
        place = finding.segment, "orphan" if finding.kind == "orphan" else "row"
        if place not in self._said:
            self._said[place] = self._about(finding)
        return self._said[place]

    def _about(self, finding: "Finding") -> str:
        if finding.kind == "orphan" and finding.file is not None:
            return self._orphan(finding.file)
        row = segments.get(self._db, finding.segment)
        path = None if row is None else path_of_row(self._stores, row)
        if row is None or path is None:
            return ""
        match finding.kind:
            case "missing":
                return self._missing(row)
            case "size":
                return self._size(row, path)
            case "table" | "signature":
                return self._restore_row(row, path)
            case _:
                return ""

    # --- files without a row ----------------------------------------------------------------------------
    def _orphan(self, file: FoundFile) -> str:
        row = segments.get(self._db, file.segment)
        if row is not None and path_of_row(self._stores, row) == file.path:
            return self._said.get((row.id, "row"), "")  # its own row has just been told so
        if row is not None and _same(row, file):
            return self._moved(row, file)
        with file.path.open("rb") as handle:
            good = len(reader.scan(handle).fragments)
        if not good:
            return f"holds no whole fragment: {self._quarantine(file)}"
        if not self._apply:
            return f"entered into the index, {good} fragments"
        if row is not None:  # the number belongs to another segment
            number = segments.last_id(self._db) + 1
            path = segment_path(self._stores[file.disk], number, file.camera, file.stream, file.media_us)
            file.path.rename(path)
            file = replace(file, path=path, segment=number)
        sealed = seal_file(file, recorder=self._name, key=self._key, trusted=self._trusted)
        if sealed is None:
            return ""
        self._write(lambda: put(self._db, sealed))
        return f"entered into the index as segment {file.segment}, {good} fragments"

    def _moved(self, row: SegmentRow, file: FoundFile) -> str:
        if self._apply:

            def write() -> None:
                self._db.execute("update segment set disk=?, here=2 where id=?", (file.disk, row.id))
                if not row.disk:
                    outbox.put(self._db, moved(row, self._name, here=True))

            self._write(write)
        return f"its row says now that it lies on {file.disk}"

    def _quarantine(self, file: FoundFile) -> str:
        if self._apply:
            place = self._stores[file.disk] / QUARANTINE
            place.mkdir(mode=0o700, exist_ok=True)
            file.path.rename(place / f"{file.camera}-{file.path.name}")
        return f"moved to {QUARANTINE}"

    # --- rows whose file is not what they say -----------------------------------------------------------
    def _missing(self, row: SegmentRow) -> str:
        orphan = self._orphans.get(row.id)
        if orphan is not None and _same(row, orphan):
            return self._moved(row, orphan)
        if copies.of_segment(self._db, row.id):
            return self._from_copy(row)
        if self._apply:

            def write() -> None:
                self._take_back(row, "missing", row.start_us)

            self._write(write)
        return "taken out of the index; its time is told as a gap"

    def _from_copy(self, row: SegmentRow) -> str:
        if self._apply:

            def write() -> None:
                copies.gone(self._db, row.id)
                outbox.put(self._db, moved(row, self._name, here=False))

            self._write(write)
        return "a copy in an object store takes its place"

    def _size(self, row: SegmentRow, path: Path) -> str:
        init_sha256, rows = segments.fragments_of(self._db, row.id)
        content = row.init_bytes + sum(fragment.size for fragment in rows)
        if path.stat().st_size >= content:
            if self._apply:
                signed = Signed(
                    segments.statement_of(row, self._name, rows), row.signature or b"", row.key_id or ""
                )
                box = trailer.encode(trailer.Trailer(signed, table.encode(init_sha256, rows)))
                with path.open("r+b") as handle:
                    handle.truncate(content)
                    handle.seek(content)
                    handle.write(box)
                    handle.flush()
                    os.fsync(handle.fileno())
                self._write(
                    lambda: self._db.execute(
                        "update segment set bytes=? where id=?", (content + len(box), row.id)
                    )
                )
            return "what was signed is written behind the footage again"
        return self._cut(row, path)

    def _cut(self, row: SegmentRow, path: Path) -> str:
        """The file is shorter than its footage: what is whole becomes a segment of its own number."""
        file = FoundFile(path, row.disk, row.id, row.camera, row.stream, row.media_us)
        if copies.of_segment(self._db, row.id):
            return f"{self._quarantine(file)}; {self._from_copy(row)}"
        with path.open("rb") as handle:
            good = len(reader.scan(handle).fragments)
        if not good:
            said = f"holds no whole fragment: {self._quarantine(file)}"
            if self._apply:
                self._write(lambda: self._take_back(row, "damaged", row.start_us))
            return f"{said}; its time is told as a gap"
        if self._apply:
            number = segments.last_id(self._db) + 1
            new = segment_path(self._stores[row.disk], number, row.camera, row.stream, row.media_us)
            path.rename(new)
            sealed = seal_file(
                replace(file, path=new, segment=number),
                recorder=self._name,
                key=self._key,
                trusted=self._trusted,
            )
            assert sealed is not None  # noqa: S101 - a fragment is whole, it was counted
            self._write(lambda: self._replace(row, sealed))
        return f"cut behind its {good} whole fragments and signed anew; the rest is told as a gap"

    def _replace(self, row: SegmentRow, sealed: Sealed) -> None:
        self._take_back(row, "damaged", sealed.closed.statement.end_us)
        put(self._db, sealed)

    def _restore_row(self, row: SegmentRow, path: Path) -> str:
        file = FoundFile(path, row.disk, row.id, row.camera, row.stream, row.media_us)
        with path.open("rb") as handle:
            sealed = proven(handle, file, self._name, self._trusted)
        if sealed is None:
            return ""
        if self._apply:

            def write() -> None:
                # Its copies stay: they are of what was signed, as the file is.
                with copies.kept(self._db, row.id):
                    segments.remove(self._db, row.id)
                    put(self._db, sealed)

            self._write(write)
        return "its row is made again from what the file proves"

    # --- facts ------------------------------------------------------------------------------------------
    def _take_back(self, row: SegmentRow, reason: Literal["missing", "damaged"], gap_from_us: int) -> None:
        """The row goes; what the centre believes of it is corrected."""
        segments.remove(self._db, row.id)
        if row.end_us is None:
            return
        outbox.put(
            self._db,
            SegmentDeleted(
                id=uuid4().hex,
                camera=row.camera,
                recorder=self._name,
                segment=row.id,
                start_us=row.start_us,
                end_us=row.end_us,
                reason=reason,
            ),
        )
        if gap_from_us < row.end_us:
            reason_code = Problem.STORE_FAILED.value
            gap = GapRow(uuid4().hex, row.camera, gap_from_us, row.end_us, reason_code, reason)
            put_gap(self._db, gap, self._name)

    def _write(self, work: Callable[[], object]) -> None:
        self._db.execute("begin immediate")
        try:
            work()
        except BaseException:
            self._db.execute("rollback")
            raise
        self._db.execute("commit")


def _same(row: SegmentRow, file: FoundFile) -> bool:
    """Whether the file is the row's own, on another disk."""
    return (
        (row.camera, row.stream, row.media_us) == (file.camera, file.stream, file.media_us)
        and row.disk != file.disk
        and row.size == file.path.stat().st_size
    )
