"""The pruner: the only code that deletes footage. `rules.retention` decides; each deletion is a fact.

One for each disk, so that a disk that hangs does not keep the others from being pruned. Tombstone in the
index, then the file, then the row goes and the fact is written, in this order: whenever the process dies, the
next start goes on where it stopped, and the index never names a file that is not there.

What exists in an object store makes room before anything is deleted (`media.remote`). Footage that has left
the disks has a pruner of its own; where a segment goes, its copies go with it, before its row.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from uuid import uuid4

import structlog

from thienly.bus.messages import SegmentDeleted
from thienly.media import outbox
from thienly.media.clock import wall_us
from thienly.media.index import copies, keeping, segments
from thienly.media.index.segments import SegmentRow
from thienly.media.index.writer import IndexWriter, open_reader
from thienly.media.remote.main import Remote
from thienly.media.segments import segment_path
from thienly.media.store import Store
from thienly.rules.retention import DAY_US, Deletion, Reason, Writes, decide, floor_breaks_in

log = structlog.get_logger(__name__)

EVERY_S = 30.0
_CANDIDATES = 4000
"""Segments looked at in one round, all cameras of the disk together."""
_RESERVE_BYTES = 10 * 1024**3
_RESERVE_PART = 20


@dataclass(frozen=True, slots=True)
class _Plan:
    """What goes, the bytes it frees, and whether more may have to follow."""

    deletions: list[Deletion]
    freed: int
    more: bool


class Pruner:
    """`store`: a disk; None: what has left the disks and lies in object stores alone. `reserve`: bytes to
    keep free on the disk; by default a twentieth of it, at most 10 GiB. `gone` hears, in a thread, of
    segments that are deleted. `remote`: the object stores, when there are any."""

    def __init__(
        self,
        *,
        path: Path,
        index: IndexWriter,
        store: Store | None,
        recorder: str,
        facts: Callable[[], None],
        reserve: int | None = None,
        gone: Callable[[list[int]], None] = lambda segments: None,
        remote: Remote | None = None,
    ) -> None:
        self._path = path
        self._index = index
        self._store = store
        self._disk = "" if store is None else store.name
        self._recorder = recorder
        self._facts = facts
        self._reserve = reserve
        self._remote = remote
        self.broken_until_us = 0
        """Footage younger than its floor had to go: until when (us) that is a hole in what is promised."""
        self.floor_days: float | None = None
        """Days until such footage will have to go, by the rate of now; None: not in sight."""
        self._on_gone = gone

    async def run(self, rates: Callable[[], dict[str, float]]) -> None:
        """Prunes until cancelled. `rates`: what each camera writes to the disk, bytes a second."""
        while True:
            try:
                await self.once(now_us=wall_us())
                await self._look_ahead(rates())
            except (OSError, sqlite3.Error) as error:
                log.error("prune_failed", disk=self._disk, error=repr(error))
            await asyncio.sleep(EVERY_S)

    async def once(self, *, now_us: int) -> int:
        """Everything that is due now; the number of segments deleted. Raises OSError, sqlite3.Error."""
        if not self._there():
            return 0  # not mounted: nothing can be deleted, and nothing there is full
        # Measured once: a file system may take its time until it shows what was freed.
        free, reserve = await asyncio.to_thread(self._room)
        if self._remote is not None and self._disk:
            free += await self._remote.leave(self._disk, now_us=now_us, free=free, reserve=reserve)
        count, more = 0, True
        whole, copied = await self._finish()
        while whole and more:
            plan = await asyncio.to_thread(self._decide, now_us, free, reserve)
            await self._mark(plan.deletions, now_us)
            count += len(plan.deletions)
            free += plan.freed
            more = plan.more
            whole, copied = await self._finish()
        if self._remote is not None and copied:
            # Last: a store that does not answer must not keep a disk from being pruned.
            await self._gone(await self._remote.remove(copied))
        return count

    def _there(self) -> bool:
        return self._store is None or self._store.directory.is_dir()

    async def _mark(self, deletions: list[Deletion], now_us: int) -> None:
        def mark(db: sqlite3.Connection) -> None:
            kept = {hold[0] for hold in keeping.holds(db).values()}
            for deletion in deletions:
                # A hold may have come since the decision was made.
                if deletion.camera not in kept or segments.unheld(db, deletion.segment):
                    segments.tombstone(db, deletion.segment, now_us, deletion.reason)
            if until_us := self._broken(db, deletions):
                keeping.broken(db, self._disk, until_us)

        if deletions:
            await self._index.run(mark)

    async def _finish(self) -> tuple[bool, list[SegmentRow]]:
        """Deletes what was decided, of before too; what has copies is only off the disk, and comes back.

        False when the disk does not let something go. No more is decided then: deciding frees nothing.
        """
        rows, copied, whole = await asyncio.to_thread(self._unlink)
        await self._gone(rows)
        return whole, copied

    async def _gone(self, rows: list[SegmentRow]) -> None:
        if rows:
            await self._index.run(lambda db: self._forget(db, rows))
            self._facts()

    def _room(self) -> tuple[int, int]:
        """(free, reserve) in bytes."""
        if self._store is None:
            return 0, 0
        self._store.health.measure()
        free, total = self._store.health.free, self._store.health.total
        return free, min(total // _RESERVE_PART, _RESERVE_BYTES) if self._reserve is None else self._reserve

    def _decide(self, now_us: int, free: int, reserve: int) -> _Plan:
        with closing(open_reader(self._path)) as db:
            cameras = segments.cameras_on(db, self._disk)
            each = max(1, _CANDIDATES // max(1, len(cameras)))
            stored = {c: list(segments.stored(db, self._disk, c, each)) for c in cameras}
            keeps = keeping.keeps(db)
            self.broken_until_us = keeping.known_disks(db).get(self._disk, 0)
        more = frozenset(camera for camera, rows in stored.items() if len(rows) == each)
        found = decide(stored, keeps=keeps, now_us=now_us, free=free, reserve=reserve, more=more)
        sizes = {segment.id: segment.size for rows in stored.values() for segment in rows}
        return _Plan(found, sum(sizes[deletion.segment] for deletion in found), bool(found and more))

    def _broken(self, db: sqlite3.Connection, deletions: list[Deletion]) -> int:
        """Until when (us) what goes below its floor is missing in what is promised; 0: nothing does."""
        keeps = keeping.keeps(db)
        below = [deletion for deletion in deletions if deletion.reason == "below_floor"]
        if below:
            log.error("floor_broken", disk=self._disk, segments=len(below))
        return max((d.end_us + keeps[d.camera].floor * DAY_US for d in below if d.camera in keeps), default=0)

    async def _look_ahead(self, rates: dict[str, float]) -> None:
        if self._store is None or not self._there():
            return
        now_us = wall_us()
        # What an archive takes in time may leave the disk, and is promised no less.
        if self._remote is not None and await self._remote.keeps_up(now_us=now_us):
            self.floor_days = None
        else:
            await asyncio.to_thread(self._foresee, rates, now_us)

    def _foresee(self, rates: dict[str, float], now_us: int) -> None:
        free, reserve = self._room()
        with closing(open_reader(self._path)) as db:
            keeps = keeping.keeps(db)
            writes = []
            for camera, rate in rates.items():
                oldest = keeping.oldest_us(db, self._disk, camera)
                age = 0.0 if oldest is None else max(0.0, (now_us - oldest) / DAY_US)
                writes.append(Writes(rate, keeps[camera].floor if camera in keeps else 0, age))
        self.floor_days = floor_breaks_in(writes, free=free, reserve=reserve)

    def _unlink(self) -> tuple[list[SegmentRow], list[SegmentRow], bool]:
        """Every tombstoned segment of this disk whose file is gone now: those without and those with copies;
        and whether these are all."""
        with closing(open_reader(self._path)) as db:
            rows = [row for row in segments.tombstoned(db) if row.disk == self._disk]
            copied = {row.id for row in rows if copies.to_remove(db, row.id)}
        gone = [row for row in rows if self._off_disk(row)]
        self._on_gone([row.id for row in gone])
        return (
            [row for row in gone if row.id not in copied],
            [row for row in gone if row.id in copied],
            len(gone) == len(rows),
        )

    def _off_disk(self, row: SegmentRow) -> bool:
        if self._store is None:
            return True
        path = segment_path(self._store.directory, row.id, row.camera, row.stream, row.media_us)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            log.error("not_deleted", segment=row.id, error=str(error))
            return False
        return True

    def _forget(self, db: sqlite3.Connection, rows: list[SegmentRow]) -> None:
        for row in rows:
            if row.end_us is None or row.deleted_reason is None:
                continue
            segments.remove(db, row.id)
            outbox.put(
                db,
                SegmentDeleted(
                    id=uuid4().hex,
                    camera=row.camera,
                    recorder=self._recorder,
                    segment=row.id,
                    start_us=row.start_us,
                    end_us=row.end_us,
                    reason=cast(Reason, row.deleted_reason),
                ),
            )
