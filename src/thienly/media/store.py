"""The store's thread: writes fragments to files, hashes, signs, and tells the index.

The event loop never waits for the disk. What waits to be written is bounded in bytes; beyond the bound a
fragment is refused at once, and its time becomes a gap instead of memory.
"""

import asyncio
import errno
import os
import queue
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from thienly.bus.messages import SegmentClosed
from thienly.media import outbox
from thienly.media.frames import Fragment
from thienly.media.index import segments
from thienly.media.index.segments import SegmentHead
from thienly.media.index.writer import IndexWriter
from thienly.media.segments import SegmentFile
from thienly.rules.problems import Problem

log = structlog.get_logger(__name__)

QUEUE_BYTES = 256 * 1024 * 1024
"""Footage that may wait for the disk, all cameras together: about ten seconds of 50 cameras at 4 Mbit/s."""


class Kept(Protocol):
    """Hears on the event loop what became of its fragments, in their order."""

    def on_kept(self, start_us: int, end_us: int) -> None: ...

    def on_not_kept(self, start_us: int, problem: Problem, detail: str) -> None: ...


class OpenSegment:
    """A segment that is being written. Files can fail: `file` is replaced, the segment's media time stays."""

    def __init__(self, head: SegmentHead, init: bytes, owner: Kept) -> None:
        self.head = head
        self.init = init
        self.owner = owner
        self.file: SegmentFile | None = None


@dataclass(frozen=True, slots=True)
class _Append:
    segment: OpenSegment
    fragment: Fragment


@dataclass(frozen=True, slots=True)
class _Close:
    segment: OpenSegment
    end_reason: str
    sync: bool


@dataclass(frozen=True, slots=True)
class _Call:
    call: Callable[[], None]


class Store:
    """One directory of segments and its thread. Create on the event loop; all methods are called there."""

    def __init__(
        self,
        *,
        directory: Path,
        recorder: str,
        key: Ed25519PrivateKey,
        index: IndexWriter,
        first_id: int,
        facts: Callable[[], None],
        queue_bytes: int = QUEUE_BYTES,
    ) -> None:
        self.directory = directory
        self._recorder = recorder
        self._key = key
        self._index = index
        self._next_id = first_id
        self._ids = threading.Lock()
        self._facts = facts
        self._queue_bytes = queue_bytes
        self._waiting = 0
        self.count: Counter[str] = Counter()
        """Fragments and their bytes since the start, see `bus.numbers`."""
        self._loop = asyncio.get_running_loop()
        self._queue: queue.SimpleQueue[_Append | _Close | _Call | None] = queue.SimpleQueue()
        self._unindexed: dict[int, SegmentFile] = {}
        self._thread = threading.Thread(target=self._run, name="store", daemon=True)
        self._thread.start()

    # --- on the event loop ------------------------------------------------------------------------------
    def begin(
        self, *, camera: str, stream: str, media_us: int, init: bytes, init_id: str, mime: str, owner: Kept
    ) -> OpenSegment:
        head = SegmentHead(self._new_id(), camera, stream, media_us, len(init), init_id, mime)
        return OpenSegment(head, init, owner)

    def append(self, segment: OpenSegment, fragment: Fragment) -> bool:
        """False: too much waits for the disk already, the fragment was not taken."""
        if self._waiting + len(fragment.data) > self._queue_bytes:
            return False
        self._waiting += len(fragment.data)
        self._queue.put(_Append(segment, fragment))
        return True

    def end(self, segment: OpenSegment, end_reason: str, *, sync: bool = True) -> None:
        """`sync`: have the file on disk before the index says so. Left out at an orderly stop, where it could
        take long with many cameras; start-up compares the newest files with the index (`media.repair`)."""
        self._queue.put(_Close(segment, end_reason, sync))

    async def settled(self, timeout_s: float) -> bool:
        """Waits until what was given so far is written and its owners have heard; False when the disk
        hangs."""
        future: asyncio.Future[None] = self._loop.create_future()

        def resolve() -> None:
            if not future.done():
                future.set_result(None)

        self._queue.put(_Call(lambda: self._tell(resolve)))
        try:
            async with asyncio.timeout(timeout_s):
                await future
        except TimeoutError:
            return False
        return True

    @property
    def waiting(self) -> int:
        """Bytes that wait for the disk."""
        return self._waiting

    @property
    def next_id(self) -> int:
        """The id that the next segment gets."""
        with self._ids:
            return self._next_id

    def unindexed(self, camera: str, stream: str) -> list[SegmentFile]:
        """Segments that hold fragments and are open, or closed so lately that the index does not have
        them."""
        return [
            file
            for file in list(self._unindexed.values())
            if file.head.camera == camera and file.head.stream == stream and file.rows
        ]

    def unindexed_file(self, segment: int) -> SegmentFile | None:
        return self._unindexed.get(segment)

    def close(self, timeout_s: float = 3.0) -> None:
        """Writes what waits and ends the thread."""
        self._queue.put(None)
        self._thread.join(timeout_s)

    # --- in the store's thread --------------------------------------------------------------------------
    def _run(self) -> None:
        while (work := self._queue.get()) is not None:
            try:
                if isinstance(work, _Append):
                    self._append(work.segment, work.fragment)
                elif isinstance(work, _Close):
                    self._close(work.segment, work.end_reason, sync=work.sync)
                else:
                    work.call()
            except Exception:
                log.exception("store_error")

    def _append(self, segment: OpenSegment, fragment: Fragment) -> None:
        end_us = fragment.start_us + fragment.duration_us
        try:
            file = segment.file or self._open(segment)
            file.append(start_us=fragment.start_us, duration_us=fragment.duration_us, data=fragment.data)
        except OSError as error:
            problem = (
                Problem.STORE_FULL if error.errno in (errno.ENOSPC, errno.EDQUOT) else Problem.STORE_FAILED
            )
            detail = errno.errorcode.get(error.errno or 0, "OSError")
            log.error("fragment_not_kept", camera=segment.head.camera, problem=problem, error=detail)
            self._drop_file(segment, problem)
            self._tell(lambda: self._failed(segment, fragment, problem, detail))
            return
        if len(file.rows) == 1:
            head = file.head
            self._index.submit(lambda db: segments.insert_open(db, head, fragment.start_us))
        self._tell(lambda: self._kept(segment, fragment, end_us))

    def _open(self, segment: OpenSegment) -> SegmentFile:
        file = SegmentFile(self.directory, segment.head, segment.init)
        self._unindexed[file.head.id] = file
        segment.file = file
        return file

    def _drop_file(self, segment: OpenSegment, problem: Problem) -> None:
        """After an error the file is closed as far as it is good; what comes next gets a new one. A full disk
        is not the file's fault: it is kept while it holds something, and goes on when there is room."""
        file = segment.file
        if file is None or (problem is Problem.STORE_FULL and file.rows):
            return
        self._close(segment, problem.value, sync=False)
        segment.head = SegmentHead(
            self._new_id(),
            file.head.camera,
            file.head.stream,
            file.head.media_us,
            file.head.init_bytes,
            file.head.init_id,
            file.head.mime,
        )

    def _close(self, segment: OpenSegment, end_reason: str, *, sync: bool) -> None:
        file, segment.file = segment.file, None
        if file is None:
            return
        try:
            closed = file.close(recorder=self._recorder, key=self._key, end_reason=end_reason, sync=sync)
        except OSError as error:
            # Left as it is: start-up finds it open in the index, and repairs and signs what is good.
            log.error("segment_not_closed", segment=file.head.id, error=str(error))
            return
        if closed is None:
            self._unindexed.pop(file.head.id, None)
            return
        statement = closed.statement
        fact = SegmentClosed(
            id=uuid4().hex,
            camera=statement.camera,
            recorder=self._recorder,
            stream=statement.stream,
            segment=statement.segment,
            start_us=statement.start_us,
            end_us=statement.end_us,
            bytes=statement.size,
            fragments=statement.fragments,
            root=statement.root,
            end_reason=statement.end_reason,
        )

        def write(db: sqlite3.Connection) -> None:
            segments.close(db, statement, closed.signature, closed.table)
            outbox.put(db, fact)

        def indexed() -> None:
            self._unindexed.pop(statement.segment, None)
            self._facts()

        self._index.submit(write, indexed)

    def _new_id(self) -> int:
        with self._ids:
            number = self._next_id
            self._next_id += 1
            return number

    def _tell(self, call: Callable[[], None]) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(call)

    # --- back on the event loop -------------------------------------------------------------------------
    def _kept(self, segment: OpenSegment, fragment: Fragment, end_us: int) -> None:
        self._waiting -= len(fragment.data)
        self.count["fragments"] += 1
        self.count["bytes"] += len(fragment.data)
        segment.owner.on_kept(fragment.start_us, end_us)

    def _failed(self, segment: OpenSegment, fragment: Fragment, problem: Problem, detail: str) -> None:
        self._waiting -= len(fragment.data)
        self.count["fragments_not_kept"] += 1
        segment.owner.on_not_kept(fragment.start_us, problem, detail)


def disk_space(directory: Path) -> tuple[int, int]:
    """(free for us, total) bytes of the disk that holds `directory` (or its nearest parent that exists)."""
    while not directory.exists():
        directory = directory.parent
    usage = os.statvfs(directory)
    return usage.f_bavail * usage.f_frsize, usage.f_blocks * usage.f_frsize
