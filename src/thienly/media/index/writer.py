"""The one thread that writes the index, in batches.

Commits are durable (`synchronous=FULL`) and gathered for up to `GATHER_S`, so that a thousand cameras cost a
few fsyncs a second. Nothing here ever blocks the event loop. When the disk under the index is full or broken,
the batch is kept and tried again: the operations are few and small (two a camera and minute).
"""

import asyncio
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import structlog

log = structlog.get_logger(__name__)

T = TypeVar("T")
Operation = Callable[[sqlite3.Connection], Any]

INDEX_FILE = "index.sqlite3"
"""Below `Conf.recorder_dir`."""
VERSION = 1
"""Of schema.sql."""
GATHER_S = 0.2
RETRY_S = 1.0
_SCHEMA = Path(__file__).with_name("schema.sql")


def empty_index() -> sqlite3.Connection:
    """In memory, to ask what would be done."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.executescript(f"begin immediate; {_SCHEMA.read_text()} commit;")
    return db


def open_index(path: Path) -> sqlite3.Connection:
    """Opens for writing; makes the schema in a new file. Raises sqlite3.Error, OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    db = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
    path.chmod(0o600)
    db.execute("pragma journal_mode=wal")
    db.execute("pragma synchronous=full")
    version = db.execute("pragma user_version").fetchone()[0]
    if version == 0:
        db.executescript(f"begin immediate; {_SCHEMA.read_text()} commit;")
    elif version != VERSION:
        db.close()
        raise sqlite3.DatabaseError(f"{path} has version {version}, this program knows {VERSION}")
    return db


def open_reader(path: Path) -> sqlite3.Connection:
    """Opens for reading only. Raises sqlite3.OperationalError when there is no index."""
    db = sqlite3.connect(
        f"file:{path}?mode=ro", uri=True, timeout=10, isolation_level=None, check_same_thread=False
    )
    db.execute("pragma query_only=1")
    return db


class IndexWriter:
    """Takes operations from any thread and carries them out in order. An operation may be run again after a
    failed commit, so it must do nothing but use its connection."""

    def __init__(self, path: Path) -> None:
        self._db = open_index(path)
        self._queue: queue.SimpleQueue[_Entry | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="index", daemon=True)
        self._thread.start()

    def submit(self, operation: Operation, done: Callable[[], None] | None = None) -> None:
        """`done` is called in the writer's thread once the operation is on disk."""
        self._queue.put(_Entry(operation, done, None, None))

    async def run(self, operation: Callable[[sqlite3.Connection], T]) -> T:
        """Waits until the operation, and all before it, are on disk. Raises what the operation raises."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._queue.put(_Entry(operation, None, future, loop))
        return await future

    @property
    def waiting(self) -> int:
        """Operations that were not yet begun."""
        return self._queue.qsize()

    def close(self, timeout_s: float = 3.0) -> None:
        """Carries out what is queued and ends the thread."""
        self._queue.put(None)
        self._thread.join(timeout_s)

    def _run(self) -> None:
        ending = False
        while not ending:
            batch, ending = self._gather()
            while batch and not self._carry_out(batch):
                time.sleep(RETRY_S)
        self._db.close()

    def _gather(self) -> tuple[list["_Entry"], bool]:
        batch: list[_Entry] = []
        deadline: float | None = None
        while True:
            try:
                wait = None if deadline is None else max(0.0, deadline - time.monotonic())
                entry = self._queue.get(timeout=wait)
            except queue.Empty:
                return batch, False
            if entry is None:
                return batch, True
            batch.append(entry)
            if deadline is None:
                deadline = time.monotonic() + GATHER_S
            if entry.future is not None or len(batch) >= 2000:
                deadline = time.monotonic()  # somebody waits: take only what is there already

    def _carry_out(self, batch: list["_Entry"]) -> bool:
        """False when the disk would not have it, and the whole batch must be tried again."""
        outcomes: list[tuple[Any, Exception | None]] = []
        try:
            self._db.execute("begin immediate")
            for entry in batch:
                outcomes.append(self._one(entry))
            self._db.execute("commit")
        except sqlite3.Error as error:
            log.error("index_not_written", error=str(error), operations=len(batch))
            if self._db.in_transaction:
                self._db.execute("rollback")
            return False
        for entry, (result, failure) in zip(batch, outcomes, strict=True):
            entry.finish(result, failure)
        return True

    def _one(self, entry: "_Entry") -> tuple[Any, Exception | None]:
        """A wrong operation (a broken invariant) must not take its neighbours with it."""
        self._db.execute("savepoint one")
        try:
            result = entry.operation(self._db)
        except sqlite3.OperationalError:
            raise
        except Exception as error:
            self._db.execute("rollback to one")
            self._db.execute("release one")
            log.error("index_operation_failed", error=repr(error))
            return None, error
        self._db.execute("release one")
        return result, None


class _Entry:
    __slots__ = ("done", "future", "loop", "operation")

    def __init__(
        self,
        operation: Operation,
        done: Callable[[], None] | None,
        future: "asyncio.Future[Any] | None",
        loop: asyncio.AbstractEventLoop | None,
    ) -> None:
        self.operation = operation
        self.done = done
        self.future = future
        self.loop = loop

    def finish(self, result: Any, failure: Exception | None) -> None:
        if self.done is not None and failure is None:
            self.done()
        if self.loop is not None and not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self._resolve, result, failure)

    def _resolve(self, result: Any, failure: Exception | None) -> None:
        if self.future is None or self.future.done():
            return
        if failure is not None:
            self.future.set_exception(failure)
        else:
            self.future.set_result(result)
