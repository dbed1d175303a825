"""The pruner: the only code that deletes footage. `rules.retention` decides; each deletion is a fact.

Tombstone in the index, then the file, then the row goes and the fact is written, in this order: whenever the
process dies, the next start goes on where it stopped, and the index never names a file that is not there.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import structlog

from thienly.bus.messages import SegmentDeleted
from thienly.media import outbox
from thienly.media.clock import wall_us
from thienly.media.index import gaps, segments
from thienly.media.index.segments import SegmentRow
from thienly.media.index.writer import IndexWriter, open_reader
from thienly.media.remote.main import Remote
from thienly.media.segments import segment_path
from thienly.media.store import disk_space
from thienly.rules.retention import Deletion, decide

log = structlog.get_logger(__name__)

EVERY_S = 30.0
_CANDIDATES = 2000
_RESERVE_BYTES = 10 * 1024**3
_RESERVE_PART = 20


class Pruner:
    """`reserve`: bytes to keep free on the store's disk; by default a twentieth of it, at most 10 GiB.
    `remote`: the object stores that hold copies, when there are any."""

    def __init__(
        self,
        *,
        path: Path,
        index: IndexWriter,
        store: Path,
        recorder: str,
        facts: Callable[[], None],
        reserve: int | None = None,
        remote: Remote | None = None,
    ) -> None:
        self._path = path
        self._index = index
        self._store = store
        self._recorder = recorder
        self._facts = facts
        self._reserve = reserve
        self._remote = remote

    async def run(self) -> None:
        """Prunes until cancelled."""
        while True:
            try:
                while await self.once(now_us=wall_us()) >= _CANDIDATES:
                    pass
            except (OSError, sqlite3.Error) as error:
                log.error("prune_failed", error=repr(error))
            await asyncio.sleep(EVERY_S)

    async def once(self, *, now_us: int) -> int:
        """One round; the number of segments deleted. Raises OSError, sqlite3.Error."""
        if self._remote is not None:
            # What exists elsewhere makes room before anything is deleted.
            free, reserve = await asyncio.to_thread(self._space)
            await self._remote.leave(now_us=now_us, free=free, reserve=reserve)
        deletions = await asyncio.to_thread(self._decide, now_us)

        def mark(db: sqlite3.Connection) -> None:
            for deletion in deletions:
                segments.tombstone(db, deletion.segment, now_us, deletion.reason)

        if deletions:
            await self._index.run(mark)
        rows = await asyncio.to_thread(self._unlink)
        if self._remote is not None and rows:
            rows = await self._remote.remove(rows)
        if rows:
            await self._index.run(lambda db: self._forget(db, rows))
            self._facts()
        return len(deletions)

    def _space(self) -> tuple[int, int]:
        """(free, to be kept free), bytes."""
        free, total = disk_space(self._store)
        return free, min(total // _RESERVE_PART, _RESERVE_BYTES) if self._reserve is None else self._reserve

    def _decide(self, now_us: int) -> list[Deletion]:
        free, reserve = self._space()
        with closing(open_reader(self._path)) as db:
            candidates = segments.oldest(db, _CANDIDATES)
            days = gaps.keep_days(db)
        return decide(candidates, keep_days=days, now_us=now_us, free=free, reserve=reserve)

    def _unlink(self) -> list[SegmentRow]:
        """Every tombstoned segment whose file is gone now."""
        with closing(open_reader(self._path)) as db:
            rows = segments.tombstoned(db)
        gone = []
        for row in rows:
            path = segment_path(self._store, row.id, row.camera, row.stream, row.media_us)
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                log.error("not_deleted", segment=row.id, error=str(error))
            else:
                gone.append(row)
        return gone

    def _forget(self, db: sqlite3.Connection, rows: list[SegmentRow]) -> None:
        for row in rows:
            if row.end_us is None or row.deleted_reason is None:
                continue
            fact = SegmentDeleted(
                id=uuid4().hex,
                camera=row.camera,
                recorder=self._recorder,
                segment=row.id,
                start_us=row.start_us,
                end_us=row.end_us,
                reason="ceiling" if row.deleted_reason == "ceiling" else "space",
            )
            segments.remove(db, row.id)
            outbox.put(db, fact)
