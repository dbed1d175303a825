"""Makes a package: streams footage from its source into a zip, in bounded memory, and nothing half-made
stays.

What cannot be had or does not prove itself is left out and said to be missing; the rest goes on. A disk
that fills up, a source that ends, a kill: there is then no package, only a hidden `.part` file that the
next attempt replaces.
"""

import fcntl
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from thienly.evidence import manifest as model
from thienly.evidence.container import Stream, Writer
from thienly.evidence.cover import cover
from thienly.evidence.cutting import CameraCut, ClipSink, Refused
from thienly.evidence.gaps import lack, missing
from thienly.evidence.manifest import (
    TAG,
    Clip,
    Description,
    File,
    Gap,
    Keys,
    Manifest,
    Packed,
    PackedKey,
    Signature,
    Wanted,
)
from thienly.evidence.naming import slug
from thienly.evidence.page import page, readme
from thienly.evidence.source import NotYetClosed, Piece, RecorderKey, Slice, Source, Unreadable
from thienly.rules.hashchain import canonical

AHEAD = 16 << 20
"""Bytes that are read before they are wanted."""
BATCH = 4 << 20
"""Bytes asked for at once."""
_READERS = 2
SETTLED_US = 15_000_000
"""What was recorded later than so long ago may still be on its way into a fragment."""
Progress = Callable[[int], None]


class NothingRecorded(Exception):
    """No camera has a single second of what was asked for that can be had and proven; no package is made."""


@dataclass(frozen=True, slots=True)
class Built:
    """`sha256`: of manifest.json, which names the digest of every other file: it identifies the package."""

    path: Path
    sha256: str
    size: int
    manifest: Manifest


def build(
    *,
    description: Description,
    source: Source,
    to: Path,
    key: Ed25519PrivateKey,
    made_us: int,
    made_by: str,
    history: Iterable[bytes] = (),
    revoked: Mapping[str, int] | None = None,
    progress: Progress = lambda done: None,
) -> Built:
    """Writes the package to `to`, which does not exist yet. Blocks.

    `key`: the organisation's. `history`: the lines of an export of the case's rows (core.ledger.evidence).
    `revoked`: recorders' keys that are not believed from a time on (Unix us), by id. `progress` hears
    bytes of footage written; what it raises ends the work.

    Raises FileExistsError, BlockingIOError (another process makes the same), NotYetClosed (try again when the
    recorders have closed their segments), NothingRecorded, OSError. There is then nothing at `to`.
    """
    if max(one.until_us for one in description.cameras) > made_us - SETTLED_US:
        raise NotYetClosed("the end of the time lies too near")
    with _aside(to) as file:
        packer = _Packer(description, source, Writer(file), revoked or {}, progress)
        manifest = packer.pack(key=key, made_us=made_us, made_by=made_by, history=history)
        file.flush()
        os.fsync(file.fileno())
        size = file.tell()
    return Built(to, sha256(manifest.encoded()).hexdigest(), size, manifest)


@contextmanager
def _aside(to: Path) -> Iterator[BinaryIO]:
    """A file beside `to` that takes its name when all has gone well."""
    if to.exists():
        raise FileExistsError(to.name)
    part = to.with_name(f".{to.name}.part")
    descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w+b", buffering=1 << 20) as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            file.truncate(0)
            yield file
            part.rename(to)
        except BaseException:
            part.unlink(missing_ok=True)
            # What could not be written must not be tried again by closing.
            _forget(file)
            raise
    _sync_directory(to.parent)


def _forget(file: BinaryIO) -> None:
    try:
        file.close()
    except OSError:
        return


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class _Packer:
    def __init__(
        self,
        description: Description,
        source: Source,
        out: Writer,
        revoked: Mapping[str, int],
        progress: Progress,
    ) -> None:
        self._description = description
        self._source = source
        self._out = out
        self._revoked = revoked
        self._progress = progress
        self._done = 0
        self._keys: dict[tuple[str, str], PackedKey] = {}

    def pack(
        self, *, key: Ed25519PrivateKey, made_us: int, made_by: str, history: Iterable[bytes]
    ) -> Manifest:
        public = key.public_key().public_bytes_raw()
        key_id = sha256(public).hexdigest()
        self._out.add(model.PAGE, page())
        self._out.add(model.README, readme(key_id))
        cameras = [self._camera(number, one) for number, one in enumerate(self._description.cameras, 1)]
        if not any(camera.clips for camera in cameras):
            raise NothingRecorded(self._description.case)
        lines = list(history)
        if lines:
            self._out.add(model.HISTORY, b"".join(lines))
        keys = Keys(organisation=public.hex(), recorders=[self._keys[place] for place in sorted(self._keys)])
        self._out.add(model.KEYS, canonical(keys.model_dump(mode="json")))
        told = self._description.model_dump(exclude={"cameras"})
        manifest = Manifest(
            **told, made_us=made_us, made_by=made_by, key=key_id, cameras=cameras, files=self._files()
        )
        self._out.add(model.COVER, cover(manifest))
        manifest = manifest.model_copy(update={"files": self._files()})
        data = manifest.encoded()
        self._out.add(model.MANIFEST, data)
        signature = Signature(key=key_id, public=public.hex(), signature=key.sign(TAG + data).hex())
        self._out.add(model.SIGNATURE, signature.model_dump_json().encode())
        self._out.finish()
        return manifest

    def _files(self) -> list[File]:
        return [
            File(name=one.name, size=one.size, sha256=self._out.digests[one.name])
            for one in self._out.entries
        ]

    def _camera(self, number: int, wanted: Wanted) -> Packed:
        sink = _Sink(self._out, number, wanted.code, ZoneInfo(self._description.time_zone))
        cut = CameraCut(wanted, sink, self._revoked)
        away: list[Gap] = []
        try:
            for part in self._source.slices(wanted.id, wanted.stream, wanted.from_us, wanted.until_us):
                self._slice(cut, part)
        except NotYetClosed:
            raise
        except Unreadable as silent:
            # Which part of the time it would have had is not known: it explains what nothing else does.
            away.append(lack(wanted.from_us, wanted.until_us, "unreadable", silent.reason))
        cut.end()
        gaps = missing(wanted, sink.clips, [*cut.lacks, *wanted.gaps, *away])
        return Packed(**(wanted.model_dump() | {"gaps": gaps, "clips": sink.clips}))

    def _slice(self, cut: CameraCut, part: Slice) -> None:
        try:
            cut.begin(part, self._source.read(part, 0, part.init_bytes))
            for piece, data, digest in _read(self._source, part, cut):
                cut.take(piece, data, digest)
                self._done += piece.size
                self._progress(self._done)
        except (Refused, Unreadable) as wrong:
            kind = wrong.kind if isinstance(wrong, Refused) else "unreadable"
            cut.lacking(part.statement.start_us, part.statement.end_us, kind, str(wrong))
        if cut.used:
            self._keys[part.recorder, part.key.id] = _packed(part.key, part.recorder, self._revoked)


def _packed(key: RecorderKey, recorder: str, revoked: Mapping[str, int]) -> PackedKey:
    return PackedKey(
        id=key.id,
        recorder=recorder,
        public=key.raw.hex(),
        from_us=key.from_us,
        until_us=key.until_us,
        revoked_us=revoked.get(key.id),
    )


Fetched = tuple[Piece, bytes | Unreadable, bytes]


def _read(source: Source, part: Slice, cut: CameraCut) -> Iterator[tuple[Piece, bytes, bytes]]:
    """Fragments in their order with their digests, read a little ahead. One that cannot be read is said to be
    missing."""
    window: deque[tuple[int, Future[list[Fetched]]]] = deque()
    waiting = 0
    batches = _batches(part.pieces)
    with ThreadPoolExecutor(_READERS, thread_name_prefix="packing") as pool:
        upcoming = next(batches, None)
        while window or upcoming:
            while upcoming and (not window or waiting + _size(upcoming) <= AHEAD):
                window.append((_size(upcoming), pool.submit(_fetch, source, part, upcoming)))
                waiting += _size(upcoming)
                upcoming = next(batches, None)
            size, future = window.popleft()
            waiting -= size
            for piece, data, digest in future.result():
                if isinstance(data, Unreadable):
                    cut.unread(piece, data.reason)
                else:
                    yield piece, data, digest


def _batches(pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
    """Small fragments together: asking costs more than reading them."""
    batch: list[Piece] = []
    for piece in pieces:
        if batch and _size(batch) + piece.size > BATCH:
            yield batch
            batch = []
        batch.append(piece)
    if batch:
        yield batch


def _size(batch: Sequence[Piece]) -> int:
    return batch[-1].offset + batch[-1].size - batch[0].offset


def _fetch(source: Source, part: Slice, batch: Sequence[Piece]) -> list[Fetched]:
    """Where a batch cannot be read, each of its fragments by itself."""
    begin = batch[0].offset
    try:
        data = source.read(part, begin, _size(batch))
    except Unreadable as away:
        if len(batch) == 1:
            return [(batch[0], away, b"")]
        return [one for piece in batch for one in _fetch(source, part, [piece])]
    found: list[Fetched] = []
    for piece in batch:
        own = data if len(batch) == 1 else data[piece.offset - begin : piece.offset - begin + piece.size]
        found.append((piece, own, sha256(own).digest()))
    return found


class _Sink(ClipSink):
    """Clips of one camera into the zip, each with its proof behind it."""

    def __init__(self, out: Writer, number: int, code: str, zone: ZoneInfo) -> None:
        self._out = out
        self._stem = f"{number:02d}-{slug(code)}"
        self._zone = zone
        self._names: set[str] = set()
        self.clips: list[Clip] = []

    @contextmanager
    def opened(self, start_us: int) -> Iterator[tuple[str, Stream]]:
        moment = datetime.fromtimestamp(start_us // 1_000_000, self._zone)
        name = stem = f"{self._stem}-{moment:%Y%m%d-%H%M%S}"
        again = 1
        while name in self._names:
            again += 1
            name = f"{stem}-{again}"
        self._names.add(name)
        with self._out.stream(f"clips/{name}.mp4") as stream:
            yield name, stream

    def close(self, name: str, clip: Clip, proof: bytes) -> None:
        self._out.add(f"proofs/{name}.json", proof)
        self.clips.append(clip)
