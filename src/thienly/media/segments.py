"""One segment as a file: where it lies, how it grows fragment by fragment, what is signed at its end.

`<store>/<camera>/<day in UTC>/<id>-<media_us>-<stream>.mp4`, directories 0700, files 0600. The name holds
what the file itself does not, so that the index can be made again from the files; the file ends with what was
signed (`media.trailer`). Nothing from outside is part of a path.
"""

import errno
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from thienly.media import signing, trailer
from thienly.media.index import table
from thienly.media.index.segments import SegmentHead, SegmentRow
from thienly.media.index.table import FragmentRow
from thienly.rules import hashtree
from thienly.rules.statement import Statement

_NAME = re.compile(r"^(\d{10})-(\d{1,19})-([a-z]{1,16})\.mp4$")
_CAMERA = re.compile(r"^[0-9a-f]{32}$")


def path_of(store: Path, head: SegmentHead) -> Path:
    return segment_path(store, head.id, head.camera, head.stream, head.media_us)


def segment_path(store: Path, segment: int, camera: str, stream: str, media_us: int) -> Path:
    day = datetime.fromtimestamp(media_us / 1e6, UTC).strftime("%Y-%m-%d")
    return store / camera / day / f"{segment:010d}-{media_us}-{stream}.mp4"


def path_of_row(stores: Mapping[str, Path], row: SegmentRow) -> Path | None:
    """None when its disk is not one of the recorder's (any more)."""
    store = stores.get(row.disk)
    return None if store is None else segment_path(store, row.id, row.camera, row.stream, row.media_us)


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A segment file as its path tells it."""

    path: Path
    disk: str
    segment: int
    camera: str
    stream: str
    media_us: int


def files(
    disk: str, store: Path, *, newest_days: int | None = None, camera: str | None = None
) -> list[FoundFile]:
    """Every segment file below `store`, the directory on `disk` (of each camera's `newest_days` only; of one
    camera only), lowest id first; other files are not ours and are left out."""
    found: list[FoundFile] = []
    if not store.is_dir():
        return found
    for directory in store.iterdir():
        if not _CAMERA.match(directory.name) or camera not in (None, directory.name):
            continue
        days = sorted((day for day in directory.iterdir() if day.is_dir()), reverse=True)
        for path in (path for day in days[:newest_days] for path in day.iterdir()):
            match = _NAME.match(path.name)
            if match:
                found.append(FoundFile(path, disk, int(match[1]), directory.name, match[3], int(match[2])))
    return sorted(found, key=lambda file: file.segment)


def init_id(init_sha256: bytes) -> str:
    return init_sha256.hex()[:16]


@dataclass(frozen=True, slots=True)
class Closed:
    """A closed segment: what goes into the index, and `size` in bytes of the whole file."""

    signed: signing.Signed
    table: bytes
    size: int

    @property
    def statement(self) -> Statement:
        return self.signed.statement


class SegmentFile:
    """An open segment. All methods block on the disk: they belong into the store's thread.

    `rows` grows with each fragment that is wholly in the file; it may be read from other threads.
    """

    def __init__(self, store: Path, head: SegmentHead, init: bytes) -> None:
        self.head = head
        self.path = path_of(store, head)
        self.rows: list[FragmentRow] = []
        self._store = store
        self._init = init
        self._init_sha256 = sha256(init).digest()
        self._size = 0
        self._descriptor = -1

    def append(self, *, start_us: int, duration_us: int, data: bytes) -> None:
        """Writes one fragment; the first brings the file and the init segment into being. Raises OSError; the
        file then holds what it held before."""
        digest = sha256(data).digest()  # releases the GIL
        if self._descriptor < 0:
            self._create()
            pieces = [self._init, data] if self._size == 0 else [data]
        else:
            pieces = [data]
        try:
            for piece in pieces:
                _write(self._descriptor, piece)
        except OSError:
            os.ftruncate(self._descriptor, self._size)
            os.lseek(self._descriptor, self._size, os.SEEK_SET)
            raise
        self._size += sum(map(len, pieces))
        self.rows.append(FragmentRow(start_us, duration_us, len(data), digest))

    def close(
        self, *, recorder: str, key: tuple[str, Ed25519PrivateKey], end_reason: str, sync: bool
    ) -> Closed | None:
        """Signs and closes; None when nothing was ever kept (there is then no file).

        With `sync` what is promised is on the disk and was read back from it: the length, and the last
        fragment. Raises OSError, also when the disk said yes and has something else; see `salvage`.
        """
        if not self.rows:
            self.abandon()
            return None
        closed = seal(
            head=self.head,
            recorder=recorder,
            key=key,
            init_sha256=self._init_sha256,
            rows=self.rows,
            end_reason=end_reason,
            repaired=False,
        )
        try:
            closed = self._append_trailer(closed)
            if sync:
                _sync(self._descriptor)
                self._read_back(closed)
        finally:
            os.close(self._descriptor)
            self._descriptor = -1
        return closed

    def salvage(
        self, *, recorder: str, key: tuple[str, Ed25519PrivateKey], end_reason: str
    ) -> tuple[Closed | None, list[FragmentRow]]:
        """After `close` failed: signs what can be read back whole from the beginning; the rest is lost and is
        given back. Raises OSError when the file cannot be read at all."""
        good: list[FragmentRow] = []
        with self.path.open("rb") as file:
            _forget_cached(file.fileno())
            if sha256(file.read(self.head.init_bytes)).digest() == self._init_sha256:
                for row in self.rows:
                    if sha256(file.read(row.size)).digest() != row.sha256:
                        break
                    good.append(row)
        lost = self.rows[len(good) :]
        if not good:
            return None, lost
        closed = seal(
            head=self.head,
            recorder=recorder,
            key=key,
            init_sha256=self._init_sha256,
            rows=good,
            end_reason=end_reason,
            repaired=True,
        )
        box = trailer.encode(trailer.Trailer(closed.signed, closed.table))
        try:
            with self.path.open("r+b", buffering=0) as file:
                file.truncate(closed.size)
                file.seek(closed.size)
                _write(file.fileno(), box)
        except OSError:
            return closed, lost  # the index has the statement; fsck says what else is in the file
        return replace(closed, size=closed.size + len(box)), lost

    def _append_trailer(self, closed: Closed) -> Closed:
        """A disk that has just filled up keeps the footage; the index has the statement too."""
        box = trailer.encode(trailer.Trailer(closed.signed, closed.table))
        try:
            _write(self._descriptor, box)
        except OSError:
            os.ftruncate(self._descriptor, self._size)
            return closed
        return replace(closed, size=closed.size + len(box))

    def _read_back(self, closed: Closed) -> None:
        """Raises OSError (EIO) when the disk lied. The last fragment is what a lost cache loses first."""
        _forget_cached(self._descriptor)
        with open(self.path, "rb", buffering=0) as file:  # noqa: PTH123 - unbuffered
            last = self.rows[-1]
            file.seek(self._size - last.size)
            data = file.read(last.size)
            if os.fstat(file.fileno()).st_size != closed.size or sha256(data).digest() != last.sha256:
                raise OSError(errno.EIO, "the disk does not hold what it said it wrote")

    def abandon(self) -> None:
        """Closes without a word and removes a file that holds no fragment."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        if not self.rows:
            self.path.unlink(missing_ok=True)

    def _create(self) -> None:
        # Never the store itself: where it is gone, its disk is not mounted.
        for directory in (self.path.parent.parent, self.path.parent):
            directory.mkdir(mode=0o700, exist_ok=True)
        self._descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)


def seal(
    *,
    head: SegmentHead,
    recorder: str,
    key: tuple[str, Ed25519PrivateKey],
    init_sha256: bytes,
    rows: list[FragmentRow],
    end_reason: str,
    repaired: bool,
) -> Closed:
    """The signed statement over the segment's fragments (at least one). `key`: its id and itself; `size` is
    without a trailer."""
    last = rows[-1]
    statement = Statement(
        camera=head.camera,
        recorder=recorder,
        stream=head.stream,
        segment=head.id,
        media_us=head.media_us,
        start_us=rows[0].start_us,
        end_us=max(last.start_us + last.duration_us, rows[0].start_us + 1),
        size=head.init_bytes + sum(row.size for row in rows),
        fragments=len(rows),
        root=hashtree.root(table.leaves(init_sha256, rows)).hex(),
        end_reason=end_reason,
        repaired=repaired,
    )
    key_id, private = key
    signed = signing.Signed(statement, signing.sign(private, statement), key_id)
    return Closed(signed, table.encode(init_sha256, rows), statement.size)


def _write(descriptor: int, data: bytes) -> None:
    """All of it: a write to a nearly full disk may be partial before it fails."""
    written = os.write(descriptor, data)
    while written < len(data):
        more = os.write(descriptor, memoryview(data)[written:])
        if more == 0:
            raise OSError(errno.EIO, "the disk takes nothing and says nothing")
        written += more


def _sync(descriptor: int) -> None:
    os.fdatasync(descriptor)


def _forget_cached(descriptor: int) -> None:
    """What is read next comes from the disk, not from memory (where the system can do so)."""
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
