"""What this recorder has: fragments by time, bytes by segment id. Nothing from outside ever becomes a path.

Who reads does not care where a segment lies: on the disk, or only as a copy in an object store.
"""

import asyncio
import os
import sqlite3
import threading
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import structlog
from nats.aio.msg import Msg
from pydantic import ValidationError

from thienly.bus import subjects
from thienly.bus.client import Bus
from thienly.bus.questions import FindFragments, FragmentList, FragmentRef, ReadBytes
from thienly.media.disks import Disks, NotHere
from thienly.media.index import copies, segments, table
from thienly.media.index.segments import SegmentHead, SegmentRow
from thienly.media.index.table import FragmentRow
from thienly.media.index.writer import open_reader
from thienly.media.remote.reading import Reader
from thienly.media.remote.store import StoreError

log = structlog.get_logger(__name__)

MAX_LIMIT = 2000
"""Fragments in one answer: about 0.7 MB of JSON."""
_THREADS = 4
_MAX_ANSWERING = 500


class RefusedError(Exception):
    """The request cannot be served; the text is technical and free of secrets."""


class ElsewhereError(Exception):
    """The segment is to be read from a copy."""

    def __init__(self, row: SegmentRow) -> None:
        super().__init__(row.id)
        self.row = row


@dataclass(frozen=True, slots=True)
class _Segment:
    """A segment with its fragments, closed or open."""

    head: SegmentHead
    rows: list[FragmentRow]


class Archive:
    """Answers find and read in its own threads; `close` ends them. `reader`: of copies in object
    stores."""

    def __init__(self, path: Path, store: Disks, reader: Reader | None = None) -> None:
        self._path = path
        self._store = store
        self._reader = reader
        self._local = threading.local()
        self._answering: set[asyncio.Task[None]] = set()
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="archive")

    def close(self) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)

    # --- find -------------------------------------------------------------------------------------------
    def find(self, want: FindFragments) -> FragmentList:
        """See `FindFragments`. Blocks; raises sqlite3.Error."""
        limit = max(1, min(want.limit, MAX_LIMIT))
        refs = self._before(want, limit + 1) if want.before else self._after(want, limit + 1)
        more = len(refs) > limit
        kept = refs[-limit:] if want.before else refs[:limit]
        return FragmentList(
            fragments=kept, more=more, recorded_until_us=self._until(want.camera, want.stream)
        )

    def _after(self, want: FindFragments, count: int) -> list[FragmentRef]:
        # Read before the index: a segment that closes in between is then seen twice, not missed.
        late = self._late(want.camera, want.stream)
        found: dict[int, _Segment] = {}
        refs: list[FragmentRef] = []
        from_us, batch = want.from_us, 8
        while True:
            rows = segments.after(self._db(), want.camera, want.stream, from_us, batch)
            new = [row for row in rows if row[0].id not in found]
            for row, blob in new:
                found[row.id] = _closed(row, blob)
            complete = not new or len(rows) < batch
            refs = _overlapping(found, late if complete else {}, want.from_us, want.until_us)
            if (
                complete
                or len(refs) >= count
                or (want.until_us is not None and rows[-1][0].start_us >= want.until_us)
            ):
                return refs[:count]
            from_us, batch = rows[-1][0].start_us, batch * 4

    def _before(self, want: FindFragments, count: int) -> list[FragmentRef]:
        late = self._late(want.camera, want.stream)
        batch = 8
        while True:
            rows = segments.before(self._db(), want.camera, want.stream, want.from_us, batch)
            found = {row.id: _closed(row, blob) for row, blob in rows}
            refs = [ref for ref in _overlapping(found, late, None, None) if _end(ref) <= want.from_us]
            if len(refs) >= count or len(rows) < batch:
                return refs[-count:]
            batch *= 4

    def _late(self, camera: str, stream: str) -> dict[int, _Segment]:
        return {
            file.head.id: _Segment(file.head, list(file.rows))
            for file in self._store.unindexed(camera, stream)
        }

    def _until(self, camera: str, stream: str) -> int | None:
        ends = [
            segment.rows[-1].start_us + segment.rows[-1].duration_us
            for segment in self._late(camera, stream).values()
        ]
        newest = segments.newest_end(self._db(), camera)
        return max([*ends, *([newest] if newest is not None else [])], default=None)

    # --- read -------------------------------------------------------------------------------------------
    def read(self, want: ReadBytes) -> bytes:
        """See `ReadBytes`, from the disk alone. Blocks. Raises RefusedError (unknown or deleted segment,
        outside the segment, too long), ElsewhereError (only a copy has it)."""
        if want.offset < 0 or not 0 < want.length <= subjects.PART:
            raise RefusedError("offset or length out of bounds")
        file = self._store.unindexed_file(want.segment)
        if file is not None:
            _within(want, file.head.init_bytes + sum(row.size for row in list(file.rows)))
            return _pread(file.path, want.offset, want.length)
        row = segments.get(self._db(), want.segment)
        if row is None or row.size is None or row.deleted_us is not None:
            raise RefusedError("no such segment")
        _within(want, row.size)
        if not copies.is_here(self._db(), row.id):
            raise ElsewhereError(row)
        try:
            return _pread(self._store.path(row), want.offset, want.length)
        except (RefusedError, NotHere) as error:
            if copies.of_segment(self._db(), row.id):
                # Lost or moved between looking and reading, or its disk does not answer: a copy is as good.
                raise ElsewhereError(row) from None
            raise RefusedError(str(error)) from error

    def is_open(self, segment: int) -> bool:
        """Whether it is being written now, or waits to be entered into the index."""
        return self._store.unindexed_file(segment) is not None

    def reader(self) -> sqlite3.Connection:
        """The index, for reading, in one of the archive's threads."""
        return self._db()

    def _db(self) -> sqlite3.Connection:
        db: sqlite3.Connection | None = getattr(self._local, "db", None)
        if db is None:
            db = self._local.db = open_reader(self._path)
        return db

    # --- on the bus -------------------------------------------------------------------------------------
    async def serve(
        self, bus: Bus, recorder: str, *, also: Mapping[str, Callable[[bytes], bytes]] = MappingProxyType({})
    ) -> None:
        """Subscribes find and read, and what else is answered from the same threads, by subject."""
        await bus.subscribe(subjects.archive_find(recorder), self._handler(bus, self._find_bytes))
        await bus.subscribe(subjects.archive_read(recorder), self._handler(bus, self._read_bytes))
        for subject, work in also.items():
            await bus.subscribe(subject, self._handler(bus, work))

    def _handler(self, bus: Bus, work: Callable[[bytes], bytes]) -> Callable[[Msg], Awaitable[None]]:
        loop = asyncio.get_running_loop()

        async def answer(message: Msg) -> None:
            try:
                data = await loop.run_in_executor(self._threads, work, message.data)
            except ElsewhereError as elsewhere:
                await self._from_copy(bus, message, elsewhere.row)
            except (RefusedError, ValidationError) as error:
                await bus.reply_error(
                    message, str(error) if isinstance(error, RefusedError) else "malformed request"
                )
            except (sqlite3.Error, OSError) as error:
                log.error("archive_failed", error=repr(error))
                await bus.reply_error(message, "the index cannot be read")
            else:
                await bus.reply(message, data)

        async def accept(message: Msg) -> None:
            # One request must not wait for another's disk: the subscription takes the next at once.
            if len(self._answering) >= _MAX_ANSWERING:
                await bus.reply_error(message, "too many requests")
                return
            task = asyncio.create_task(answer(message))
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)

        return accept

    async def _from_copy(self, bus: Bus, message: Msg, row: SegmentRow) -> None:
        want = ReadBytes.decode(message.data)
        try:
            if self._reader is None:
                raise RefusedError("no store is configured")
            data = await self._reader.read(row, want.offset, want.length)
        except StoreError as error:
            await bus.reply_error(message, error.trouble.value)
        except (RefusedError, sqlite3.Error, OSError) as error:
            log.error("copy_failed", segment=row.id, error=repr(error))
            await bus.reply_error(message, "the copy cannot be read")
        else:
            await bus.reply(message, data)

    def _find_bytes(self, data: bytes) -> bytes:
        return self.find(FindFragments.decode(data)).encode()

    def _read_bytes(self, data: bytes) -> bytes:
        return self.read(ReadBytes.decode(data))


def _within(want: ReadBytes, size: int) -> None:
    """Raises RefusedError."""
    if want.offset + want.length > size:
        raise RefusedError("beyond the end of the segment")


def _pread(path: Path, offset: int, length: int) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise RefusedError("the file is missing") from error
    try:
        data = os.pread(descriptor, length, offset)
    except OSError as error:
        raise RefusedError("the file cannot be read") from error
    finally:
        os.close(descriptor)
    if len(data) != length:
        raise RefusedError("the file is shorter than the index says")
    return data


def _closed(row: segments.SegmentRow, blob: bytes) -> _Segment:
    head = SegmentHead(
        row.id, row.camera, row.stream, row.disk, row.media_us, row.init_bytes, row.init_id, row.mime
    )
    return _Segment(head, table.decode(blob)[1])


def _overlapping(
    found: dict[int, _Segment], late: dict[int, _Segment], from_us: int | None, until_us: int | None
) -> list[FragmentRef]:
    refs = [
        _ref(segment.head, place)
        for segment in {**late, **found}.values()
        for place in table.placed(segment.head.init_bytes, segment.rows)
        if (from_us is None or place.row.start_us + place.row.duration_us > from_us)
        and (until_us is None or place.row.start_us < until_us)
    ]
    return sorted(refs, key=lambda ref: (ref.start_us, ref.segment))


def _ref(head: SegmentHead, place: table.Placed) -> FragmentRef:
    return FragmentRef(
        segment=head.id,
        ordinal=place.ordinal,
        start_us=place.row.start_us,
        duration_us=place.row.duration_us,
        segment_us=head.media_us,
        offset=place.offset,
        bytes=place.row.size,
        init_bytes=head.init_bytes,
        init_id=head.init_id,
        mime=head.mime,
    )


def _end(ref: FragmentRef) -> int:
    return ref.start_us + ref.duration_us
