"""A segment on its way into an object and out of it: in pieces, encrypted where the store wants it."""

import os
from collections.abc import AsyncIterator, Iterator
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from thienly.media import trailer
from thienly.media.disks import NotHere
from thienly.media.index import segments
from thienly.media.index.copies import Copy
from thienly.media.index.segments import SegmentRow
from thienly.media.remote.around import Around
from thienly.media.remote.proof import Parts, trailer_of
from thienly.media.remote.sealing import CHUNK, HEADER, FootageKey, Layout, Seal, SealError
from thienly.media.remote.store import PIECE, ObjectStore
from thienly.media.trailer import Trailer


class DamagedError(Exception):
    """The file on our own disk is missing, or not what the recorder signed."""


class Outgoing:
    """One segment to be sent. `digest` is complete when `pieces` has been read to its end. Raises NotHere."""

    def __init__(
        self, around: Around, row: SegmentRow, blob: bytes, name: str, key: FootageKey | None
    ) -> None:
        self.problem: DamagedError | NotHere | None = None
        self._around = around
        self._path = around.disks.path(row)
        self._disk = around.disks.directories[row.disk]
        self._parts = Parts(row.init_bytes, blob)
        # Made anew, not read: after a crash the file may lack it.
        self._box = trailer.encode(trailer_of(row, around.recorder, blob))
        self.layout = Layout(self._parts.size + len(self._box), encrypted=key is not None)
        self._seal = Seal.new(key, name, self.layout.chunks) if key is not None else None
        self._hash = sha256()

    @property
    def digest(self) -> bytes:
        return self._hash.digest()

    async def pieces(self) -> AsyncIterator[bytes]:
        """What goes into the object. Raises DamagedError, NotHere; also kept in `problem`."""
        source = self._sealed()
        while (piece := await self._around.work(lambda: self._next(source))) is not None:
            yield piece

    def _next(self, source: Iterator[bytes]) -> bytes | None:
        try:
            piece = next(source, None)
        except ValueError as error:
            self.problem = DamagedError(str(error))
            raise self.problem from error
        except OSError as error:
            # A disk that fails or is not mounted may come back, and the file with it.
            lost = isinstance(error, FileNotFoundError) and self._disk.is_dir()
            self.problem = DamagedError("not there") if lost else NotHere(type(error).__name__)
            raise self.problem from error
        if piece is not None:
            self._hash.update(piece)
        return piece

    def _sealed(self) -> Iterator[bytes]:
        if self._seal is None:
            yield from self._plain()
            return
        yield self._seal.header
        waiting, number = bytearray(), 0
        for plain in self._plain():
            waiting += plain
            whole = (len(waiting) - 1) // CHUNK  # at least a byte stays for the last chunk
            closed = [
                self._seal.close(number + n, bytes(waiting[n * CHUNK : (n + 1) * CHUNK]))
                for n in range(whole)
            ]
            del waiting[: whole * CHUNK]
            number += whole
            if closed:
                yield b"".join(closed)
        yield self._seal.close(number, bytes(waiting))

    def _plain(self) -> Iterator[bytes]:
        left = self._parts.size
        with os.fdopen(os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as file:
            while data := file.read(min(PIECE, left)):
                left -= len(data)
                self._parts.update(data)
                yield data
        self._parts.end()
        yield self._box


async def incoming(
    around: Around, store: ObjectStore, copy: Copy, key: FootageKey | None
) -> AsyncIterator[bytes]:
    """The plain bytes of a copy, footage then statement. Raises StoreError, SealError."""
    if not copy.key_id:
        async for piece in store.get(copy.object):
            yield piece
        return
    if key is None:
        raise SealError("the encryption key is missing")
    layout = Layout.of_object(copy.size, encrypted=True)
    seal: Seal | None = None
    waiting, number, step = bytearray(), 0, layout.span(0, 0)[1] - HEADER
    async for piece in store.get(copy.object):
        waiting += piece
        if seal is None:
            if len(waiting) < HEADER:
                continue
            seal = Seal.of_header(key, copy.object, bytes(waiting[:HEADER]), layout.chunks)
            del waiting[:HEADER]
        opener, first, count = seal, number, len(waiting) // step
        data = bytes(waiting[: count * step])
        del waiting[: count * step]
        number += count
        if count:
            yield await around.work(lambda: _open(opener, first, data, step))  # noqa: B023 - awaited at once
    if waiting and seal is not None:
        last, rest = number, bytes(waiting)
        number += 1
        opener = seal
        yield await around.work(lambda: opener.open(last, rest))
    if number != layout.chunks:
        raise SealError("the object is cut off")


def _open(seal: Seal, first: int, data: bytes, step: int) -> bytes:
    return b"".join(seal.open(first + n, data[n * step : (n + 1) * step]) for n in range(len(data) // step))


async def fetch(
    around: Around, store: ObjectStore, copy: Copy, key: FootageKey | None, into: Path
) -> Trailer:
    """Writes a copy to `into` (new, 0600, on disk when this returns); the statement behind its footage.

    Every part is compared with the index's hashes, and the statement with the index's own. Raises
    StoreError, SealError, ValueError (not what was signed), OSError; `into` is then gone.
    """
    row, blob = await around.ask(
        lambda db: (
            segments.get(db, copy.segment),
            db.execute("select fragments from segment where id = ?", (copy.segment,)).fetchone(),
        )
    )
    if row is None or row.size is None or blob is None or blob[0] is None:
        raise ValueError("the index does not know the segment")
    parts, expected = Parts(row.init_bytes, blob[0]), trailer_of(row, around.recorder, blob[0])
    size = parts.size
    descriptor = os.open(into, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    tail, taken = bytearray(), 0
    try:
        with os.fdopen(descriptor, "wb") as file:
            async for piece in incoming(around, store, copy, key):
                footage, rest = piece[: size - taken], piece[size - taken :]
                taken += len(footage)
                tail += rest

                def keep(data: bytes = footage, whole: bytes = piece) -> None:
                    parts.update(data)
                    file.write(whole)

                await around.work(keep)
            parts.end()
            if trailer.decode(bytes(tail)) != expected:
                raise ValueError("the copy tells another story than the index")
            await around.work(lambda: _sync(file))
    except BaseException:
        await around.work(lambda: into.unlink(missing_ok=True))
        raise
    return expected


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
