"""One segment as a file: where it lies, how it grows fragment by fragment, what is signed at its end.

`<store>/<camera>/<day in UTC>/<id>-<media_us>-<stream>.mp4`, directories 0700, files 0600. The name holds
what the file itself does not, so that the index can be made again from the files. Nothing from outside is
part of a path.
"""

import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from thienly.media import signing
from thienly.media.index import table
from thienly.media.index.segments import SegmentHead
from thienly.media.index.table import FragmentRow
from thienly.rules import hashtree

_NAME = re.compile(r"^(\d{10})-(\d{1,19})-([a-z]{1,16})\.mp4$")
_CAMERA = re.compile(r"^[0-9a-f]{32}$")


def path_of(store: Path, head: SegmentHead) -> Path:
    return segment_path(store, head.id, head.camera, head.stream, head.media_us)


def segment_path(store: Path, segment: int, camera: str, stream: str, media_us: int) -> Path:
    day = datetime.fromtimestamp(media_us / 1e6, UTC).strftime("%Y-%m-%d")
    return store / camera / day / f"{segment:010d}-{media_us}-{stream}.mp4"


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A segment file as its path tells it."""

    path: Path
    segment: int
    camera: str
    stream: str
    media_us: int


def files(store: Path, *, newest_days: int | None = None) -> list[FoundFile]:
    """Every segment file below `store` (of each camera's `newest_days` only), lowest id first; other files
    are not ours and are left out."""
    found: list[FoundFile] = []
    if not store.is_dir():
        return found
    for camera in store.iterdir():
        if not _CAMERA.match(camera.name):
            continue
        days = sorted((day for day in camera.iterdir() if day.is_dir()), reverse=True)
        for path in (path for day in days[:newest_days] for path in day.iterdir()):
            match = _NAME.match(path.name)
            if match:
                found.append(FoundFile(path, int(match[1]), camera.name, match[3], int(match[2])))
    return sorted(found, key=lambda file: file.segment)


def init_id(init_sha256: bytes) -> str:
    return init_sha256.hex()[:16]


@dataclass(frozen=True, slots=True)
class Closed:
    """A closed segment: what goes into the index."""

    statement: signing.Statement
    signature: bytes
    table: bytes


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

    def close(self, *, recorder: str, key: Ed25519PrivateKey, end_reason: str, sync: bool) -> Closed | None:
        """Signs and closes; None when nothing was ever kept (there is then no file). Raises OSError."""
        if not self.rows:
            self.abandon()
            return None
        try:
            if sync:
                os.fdatasync(self._descriptor)
        finally:
            os.close(self._descriptor)
            self._descriptor = -1
        return seal(
            head=self.head,
            recorder=recorder,
            key=key,
            init_sha256=self._init_sha256,
            rows=self.rows,
            end_reason=end_reason,
            repaired=False,
        )

    def abandon(self) -> None:
        """Closes without a word and removes a file that holds no fragment."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        if not self.rows:
            self.path.unlink(missing_ok=True)

    def _create(self) -> None:
        for directory in (self._store, self.path.parent.parent, self.path.parent):
            directory.mkdir(mode=0o700, parents=directory == self._store, exist_ok=True)
        self._descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)


def seal(
    *,
    head: SegmentHead,
    recorder: str,
    key: Ed25519PrivateKey,
    init_sha256: bytes,
    rows: list[FragmentRow],
    end_reason: str,
    repaired: bool,
) -> Closed:
    """The signed statement over the segment's fragments (at least one)."""
    last = rows[-1]
    statement = signing.Statement(
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
    return Closed(statement, signing.sign(key, statement), table.encode(init_sha256, rows))


def _write(descriptor: int, data: bytes) -> None:
    """All of it: a write to a nearly full disk may be partial before it fails."""
    written = os.write(descriptor, data)
    while written < len(data):
        written += os.write(descriptor, memoryview(data)[written:])
