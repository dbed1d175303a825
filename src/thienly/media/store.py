"""One disk's thread: writes fragments to files, hashes, signs, and tells the index.

The event loop never waits for the disk. What waits to be written is bounded in bytes; beyond the bound a
fragment is refused at once, and its time becomes a gap instead of memory. `media.disks` has one of these for
each disk of a recorder.
"""

import asyncio
import queue
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import structlog

from thienly.bus.messages import SegmentClosed
from thienly.media import outbox
from thienly.media.frames import Fragment
from thienly.media.index import segments
from thienly.media.index.segments import SegmentHead
from thienly.media.index.writer import IndexWriter
from thienly.media.keys import SigningKey
from thienly.media.segments import Closed, SegmentFile
from thienly.media.store_health import Health
from thienly.rules.problems import Problem

log = structlog.get_logger(__name__)

QUEUE_BYTES = 256 * 1024 * 1024
"""Footage that may wait for one disk: about ten seconds of 50 cameras at 4 Mbit/s."""
HANGS_S = 5.0
"""A disk that has not answered for this long is not waited for any more."""


class Kept(Protocol):
    """Hears on the event loop what became of its fragments, in their order."""

    def on_kept(self, start_us: int, end_us: int) -> None: ...

    def on_not_kept(self, start_us: int, problem: Problem, detail: str) -> None: ...

    def on_lost(self, start_us: int, end_us: int, problem: Problem, detail: str) -> None:
        """What was told as kept is not there: the disk lied."""


class SegmentIds:
    """Numbers of segments, shared by the disks of a recorder; from any thread."""

    def __init__(self, first: int) -> None:
        self._next = first
        self._lock = threading.Lock()

    def new(self) -> int:
        with self._lock:
            number = self._next
            self._next += 1
            return number

    @property
    def next(self) -> int:
        """The number that the next segment gets."""
        with self._lock:
            return self._next


class OpenSegment:
    """A segment that is being written. Files can fail: `file` is replaced, the segment's media time stays."""

    def __init__(self, head: SegmentHead, init: bytes, owner: Kept) -> None:
        self.head = head
        self.init = init
        self.owner = owner
        self.file: SegmentFile | None = None
        self.left = False
        """Its camera has moved to another disk and its time here is told as a gap: what is still kept here
        is more than was promised."""


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
        name: str,
        directory: Path,
        recorder: str,
        key: SigningKey,
        index: IndexWriter,
        ids: SegmentIds,
        facts: Callable[[], None],
        known: bool = False,
        queue_bytes: int = QUEUE_BYTES,
    ) -> None:
        """`known`: the disk held segments before, so its directory must be there."""
        self.name = name
        self.directory = directory
        self.health = Health(directory, known=known)
        self._recorder = recorder
        self._key = key
        self._index = index
        self._ids = ids
        self._facts = facts
        self._queue_bytes = queue_bytes
        self._waiting = 0
        self._busy_since = 0.0
        self.count: Counter[str] = Counter()
        """Fragments and their bytes since the start, see `bus.numbers`."""
        self._loop = asyncio.get_running_loop()
        self._queue: queue.SimpleQueue[_Append | _Close | _Call | None] = queue.SimpleQueue()
        self._unindexed: dict[int, SegmentFile] = {}
        self._thread = threading.Thread(target=self._run, name=f"store-{name}"[:15], daemon=True)
        self._thread.start()

    # --- on the event loop ------------------------------------------------------------------------------
    @property
    def hangs(self) -> bool:
        """The disk has not answered for `HANGS_S`."""
        since = self._busy_since
        return since > 0 and time.monotonic() - since > HANGS_S

    @property
    def trouble(self) -> tuple[Problem, str] | None:
        """Why it should not be written now, if it should not."""
        if self.hangs:
            return Problem.STORE_FAILED, "the disk does not answer"
        return self.health.trouble

    def begin(
        self, *, camera: str, stream: str, media_us: int, init: bytes, init_id: str, mime: str, owner: Kept
    ) -> OpenSegment:
        head = SegmentHead(self._ids.new(), camera, stream, self.name, media_us, len(init), init_id, mime)
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

    def look(self) -> None:
        """Measures and tries the disk, in its own thread: one that hangs must not stop anybody else."""
        self._queue.put(_Call(self.health.look))

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

    def finish(self) -> None:
        """No more work comes; the thread ends when it has written what waits."""
        self._queue.put(None)

    def join(self, timeout_s: float) -> None:
        self._thread.join(timeout_s)

    # --- in the store's thread --------------------------------------------------------------------------
    def _run(self) -> None:
        while (work := self._queue.get()) is not None:
            self._busy_since = time.monotonic()
            try:
                if isinstance(work, _Append):
                    self._append(work.segment, work.fragment)
                elif isinstance(work, _Close):
                    self._close(work.segment, work.end_reason, sync=work.sync)
                else:
                    work.call()
            except Exception:
                log.exception("store_error")
            self._busy_since = 0.0

    def _append(self, segment: OpenSegment, fragment: Fragment) -> None:
        end_us = fragment.start_us + fragment.duration_us
        try:
            file = segment.file or self._open(segment)
            file.append(start_us=fragment.start_us, duration_us=fragment.duration_us, data=fragment.data)
        except OSError as error:
            problem, detail = self.health.failed(error)
            log.error("fragment_not_kept", camera=segment.head.camera, problem=problem, error=detail)
            self._drop_file(segment, problem)
            self._tell(lambda: self._failed(segment, fragment, problem, detail))
            return
        self.health.worked()
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
            self._ids.new(),
            file.head.camera,
            file.head.stream,
            self.name,
            file.head.media_us,
            file.head.init_bytes,
            file.head.init_id,
            file.head.mime,
        )

    def _close(self, segment: OpenSegment, end_reason: str, *, sync: bool) -> None:
        file, segment.file = segment.file, None
        if file is None:
            return
        key = self._key.pair
        try:
            closed = file.close(recorder=self._recorder, key=key, end_reason=end_reason, sync=sync)
        except OSError as error:
            closed = self._salvage(segment, file, error)
        if closed is None:
            if not file.rows:
                self._unindexed.pop(file.head.id, None)
            return
        self._indexed(file, closed)

    def _salvage(self, segment: OpenSegment, file: SegmentFile, error: OSError) -> Closed | None:
        """The disk did not keep its word about footage that was already told as kept: what is really there is
        signed, the rest becomes a gap."""
        problem, detail = self.health.failed(error)
        log.error("segment_not_closed", segment=file.head.id, problem=problem, error=detail)
        try:
            closed, lost = file.salvage(
                recorder=self._recorder, key=self._key.pair, end_reason=Problem.STORE_FAILED.value
            )
        except OSError as worse:
            # Left as it is: start-up finds it open in the index, and repairs and signs what is good.
            log.error("segment_not_salvaged", segment=file.head.id, error=str(worse))
            closed, lost = None, file.rows
        if lost:
            start_us, end_us = lost[0].start_us, lost[-1].start_us + lost[-1].duration_us
            self._tell(lambda: segment.owner.on_lost(start_us, end_us, Problem.STORE_FAILED, detail))
        return closed

    def _indexed(self, file: SegmentFile, closed: Closed) -> None:
        fact = closed_fact(closed)

        def write(db: sqlite3.Connection) -> None:
            segments.insert_open(db, file.head, closed.statement.start_us)
            segments.close(db, closed.signed, size=closed.size, fragments=closed.table)
            outbox.put(db, fact)

        def indexed() -> None:
            self._unindexed.pop(file.head.id, None)
            self._facts()

        self._index.submit(write, indexed)

    def _tell(self, call: Callable[[], None]) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(call)

    # --- back on the event loop -------------------------------------------------------------------------
    def _kept(self, segment: OpenSegment, fragment: Fragment, end_us: int) -> None:
        self._waiting -= len(fragment.data)
        self.count["fragments"] += 1
        self.count["bytes"] += len(fragment.data)
        if not segment.left:
            segment.owner.on_kept(fragment.start_us, end_us)

    def _failed(self, segment: OpenSegment, fragment: Fragment, problem: Problem, detail: str) -> None:
        self._waiting -= len(fragment.data)
        self.count["fragments_not_kept"] += 1
        if not segment.left:
            segment.owner.on_not_kept(fragment.start_us, problem, detail)


def closed_fact(closed: Closed) -> SegmentClosed:
    """What the centre is told of a closed segment."""
    statement = closed.statement
    return SegmentClosed(
        id=uuid4().hex,
        camera=statement.camera,
        recorder=statement.recorder,
        stream=statement.stream,
        segment=statement.segment,
        start_us=statement.start_us,
        end_us=statement.end_us,
        bytes=closed.size,
        fragments=statement.fragments,
        root=statement.root,
        end_reason=statement.end_reason,
        repaired=statement.repaired,
    )
