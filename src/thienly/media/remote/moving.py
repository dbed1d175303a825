"""Recordings leave the recorder's disk when a verified copy exists, come back when somebody wants them, and
go from every store when the pruner has decided that they go."""

import asyncio
import sqlite3
from collections import defaultdict
from functools import partial
from pathlib import Path
from uuid import uuid4

import structlog

from thienly.bus.messages import SegmentMoved
from thienly.bus.restoring import RestoreProgress, RestoreRange
from thienly.media import outbox
from thienly.media.clock import wall_us
from thienly.media.index import copies, segments
from thienly.media.index.copies import Copy
from thienly.media.index.segments import SegmentRow
from thienly.media.remote.around import Around
from thienly.media.remote.objects import fetch
from thienly.media.remote.reading import Reader
from thienly.media.remote.sealing import SealError
from thienly.media.remote.store import ObjectStore, StoreError
from thienly.media.remote.upload import Place, copied
from thienly.media.segments import path_of_row, segment_path
from thienly.rules.copies import KEPT_AFTER_RESTORE_DAYS, OnDisk, Trouble, leaving
from thienly.rules.retention import DAY_US

log = structlog.get_logger(__name__)

_CANDIDATES = 1000
_AT_ONCE = 16
_MOST_SEGMENTS = 20_000
"""In one request to restore: two weeks of one camera, a minute each."""


class Mover:
    """`archive`: name of the recorder's archive store, '' when it has none."""

    def __init__(
        self, around: Around, places: dict[str, Place], reader: Reader, *, archive: str, local_days: int
    ) -> None:
        self._around = around
        self._places = places
        self._reader = reader
        self._archive = archive
        self._local_days = local_days
        self._wanted: dict[int, SegmentRow] = {}
        self._failed: dict[int, StoreError] = {}
        self._more = asyncio.Event()
        # What leaves a disk must not be what has just come back to it.
        self._turn: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    # --- leaving ----------------------------------------------------------------------------------------
    async def leave(self, disk: str, *, now_us: int, free: int, reserve: int) -> int:
        """Before the pruner of a disk deletes anything there; the bytes that this freed.

        A hold does not keep footage on the disk: its copy is kept as well. Raises OSError, sqlite3.Error.
        """
        went = await self._finish_leaving(disk)
        free += went
        while True:
            stored = await self._around.ask(lambda db: copies.on_disk(db, disk, self._archive, _CANDIDATES))
            chosen = await self._choose(stored, now_us=now_us, free=free, reserve=reserve)
            if not chosen:
                return went
            await self._around.index.run(partial(_leave, chosen=list(chosen)))
            freed = await self._finish_leaving(disk)
            went, free = went + freed, free + freed

    async def _choose(self, stored: list[OnDisk], *, now_us: int, free: int, reserve: int) -> set[int]:
        """Each copy is looked at once more first: what the store has lost meanwhile is copied again instead.

        When the store does not answer, only what is in the way goes, on the strength of its verification
        before: else the pruner would have to delete it, and its copy with it. What is held would not be
        deleted, so it stays.
        """
        safe: set[int] = set()
        try:
            for segment in leaving(
                stored, local_days=self._local_days, now_us=now_us, free=free, reserve=reserve
            ):
                if await self._still_safe(segment):
                    safe.add(segment)
        except StoreError:
            # One that does not answer is enough: room may be needed now, and is not to wait for each.
            free += sum(segment.size for segment in stored if segment.id in safe)
            rest = [segment for segment in stored if segment.id not in safe and not segment.held]
            safe |= set(leaving(rest, local_days=0, now_us=now_us, free=free, reserve=reserve))
        return safe

    async def _still_safe(self, segment: int) -> bool:
        """Raises StoreError when no store answers that has it."""
        row, held = await self._around.ask(
            lambda db: (segments.get(db, segment), copies.of_segment(db, segment))
        )
        if row is None:
            return False
        away: StoreError | None = None
        for copy in held:
            try:
                head = await (await self._store(copy.store)).head(copy.object)
            except StoreError as error:
                away = error  # no reason to trust it now, nor to think that it lost anything
                continue
            if head is not None and (head.size, head.etag) == (copy.size, copy.etag):
                return True
            await self._reader.lost(copy, row)
        if away is not None:
            raise away
        return False

    async def _finish_leaving(self, disk: str) -> int:
        """Also what a killed process had begun; the bytes that went."""
        around = self._around
        async with self._turn[disk]:
            rows = await around.ask(
                lambda db: [
                    row for one in copies.leaving(db, disk) if (row := segments.get(db, one)) is not None
                ]
            )
            for row in rows:
                path = path_of_row(around.disks.directories, row)
                if path is not None:
                    await around.work(partial(path.unlink, missing_ok=True))

            def left(db: sqlite3.Connection) -> None:
                for row in rows:
                    copies.left(db, row.id)
                    outbox.put(db, moved(row, around.recorder, here=False))

            if rows:
                await around.index.run(left)
                around.facts()
        return sum(row.size or 0 for row in rows)

    async def look_again(self) -> int:
        """Looks for copies that were thought lost: the store may have been restored, or its entry corrected.

        How many are there after all. Raises sqlite3.Error.
        """
        around, after, found = self._around, 0, 0
        while batch := await around.ask(partial(copies.lost, after=after, limit=_CANDIDATES)):
            for copy in batch:
                after = copy.segment
                row = await around.ask(partial(segments.get, segment=copy.segment))
                try:
                    head = await (await self._store(copy.store)).head(copy.object)
                except StoreError:
                    continue
                if row is not None and head is not None and (head.size, head.etag) == (copy.size, copy.etag):
                    await around.index.run(partial(_found, copy=copy, row=row, recorder=around.recorder))
                    found += 1
        if found:
            around.facts()
        return found

    # --- deletion ---------------------------------------------------------------------------------------
    async def remove(self, rows: list[SegmentRow]) -> list[SegmentRow]:
        """Takes the copies of deleted segments out of their stores; those that have none any more.

        The others stay marked as deleted in the index, and the pruner asks again in its next round. Where a
        hold came before the last copy went, the segment is deleted no more.
        """
        kept = await self._around.index.run(partial(_keep_held, rows=rows, recorder=self._around.recorder))
        if kept:
            self._around.facts()
        rows = [row for row in rows if row.id not in kept]
        turns, away = asyncio.Semaphore(_AT_ONCE), set[str]()
        gone = await asyncio.gather(*(self._remove(row, turns, away) for row in rows))
        return [row for row, done in zip(rows, gone, strict=True) if done]

    async def _remove(self, row: SegmentRow, turns: asyncio.Semaphore, away: set[str]) -> bool:
        """`away`: stores that did not answer in this round; they are not asked again and again."""
        for name, key in await self._around.ask(lambda db: copies.to_remove(db, row.id)):
            if name in away or not await self._around.ask(lambda db: segments.unheld(db, row.id)):
                return False
            try:
                async with turns:
                    await (await self._store(name)).remove(key or self._around.object_name(row))
            except StoreError as error:
                away.add(name)
                log.warning("copy_not_removed", segment=row.id, store=name, trouble=error.trouble.value)
                return False
            await self._around.index.run(partial(copies.removed, segment=row.id, store=name))
        return True

    # --- coming back ------------------------------------------------------------------------------------
    async def want_back(self, want: RestoreRange) -> RestoreProgress:
        """See `RestoreRange`. Raises ValueError when it is too much at once."""
        rows = await self._around.ask(lambda db: _between(db, want))
        if len(rows) > _MOST_SEGMENTS:
            raise ValueError("too long a time at once")
        until = wall_us() + KEPT_AFTER_RESTORE_DAYS * DAY_US
        here = [row.id for row, is_here in rows if is_here]

        def keep(db: sqlite3.Connection) -> None:
            for segment in here:
                copies.keep(db, segment, until)

        if not want.look:
            await self._around.index.run(keep)
        failed = [row.id for row, is_here in rows if not is_here and row.id in self._failed]
        last = self._failed[failed[-1]] if failed else None
        answer = RestoreProgress(
            here=len(here),
            waiting=len(rows) - len(here) - len(failed),
            failed=len(failed),
            trouble=last.trouble.value if last else "",
            detail=last.detail if last else "",
        )
        for row, is_here in rows:
            if not is_here and not want.look:
                self._failed.pop(row.id, None)
                self._wanted[row.id] = row
        self._more.set()
        return answer

    async def run(self) -> None:
        """Brings back what is wanted, one after the other, until cancelled."""
        while True:
            while self._wanted:
                segment, row = next(iter(self._wanted.items()))
                try:
                    await self.restore(row)
                except StoreError as error:
                    self._failed[segment] = error
                    log.warning(
                        "not_restored", segment=segment, trouble=error.trouble.value, detail=error.detail
                    )
                except (OSError, sqlite3.Error) as error:
                    self._failed[segment] = StoreError(Trouble.FAILED, type(error).__name__)
                    log.error("not_restored", segment=segment, error=repr(error))
                del self._wanted[segment]
            self._more.clear()
            await self._more.wait()

    async def restore(self, row: SegmentRow) -> None:
        """The segment's file is on a disk again, every hash compared. Raises StoreError, OSError."""
        around = self._around
        disk = around.disks.with_room(row.size or 0)
        if disk is None:
            raise StoreError(Trouble.FAILED, "no disk of the recorder has room")
        directory = around.disks.directories[disk]
        path = segment_path(directory, row.id, row.camera, row.stream, row.media_us)
        aside = path.with_name(f".{path.name}.back")
        await around.work(lambda: _directories(path))
        trouble: StoreError | None = None
        for copy in await around.ask(lambda db: copies.of_segment(db, row.id)):
            try:
                place = self._place(copy.store)
                key = await around.work(partial(place.key_of, copy))
                await fetch(around, await self._store(copy.store), copy, key, aside)
            except StoreError as error:
                trouble = error
            except (SealError, ValueError) as error:
                trouble = StoreError(Trouble.LOST, str(error))
            else:
                break
            if trouble.trouble is Trouble.LOST:
                await self._reader.lost(copy, row)
        else:
            raise trouble or StoreError(Trouble.LOST, "no verified copy")
        size = await around.work(lambda: aside.stat().st_size)
        until = wall_us() + KEPT_AFTER_RESTORE_DAYS * DAY_US

        def back(db: sqlite3.Connection) -> None:
            copies.back(db, row.id, disk, size, until)
            outbox.put(db, moved(row, around.recorder, here=True))

        async with self._turn[disk]:
            await around.work(lambda: aside.replace(path))
            await around.index.run(back)
        around.facts()

    def _place(self, store: str) -> Place:
        place = self._places.get(store)
        if place is None:
            raise StoreError(Trouble.NOT_CONFIGURED, store)
        return place

    async def _store(self, name: str) -> ObjectStore:
        return await self._around.work(self._place(name).store)


def _between(db: sqlite3.Connection, want: RestoreRange) -> list[tuple[SegmentRow, bool]]:
    rows = db.execute(
        "select id, here from segment where camera = ? and start_us < ? and end_us > ? and deleted_us is null"
        " order by start_us limit ?",
        (want.camera, want.until_us, want.from_us, _MOST_SEGMENTS + 1),
    ).fetchall()
    found = ((segments.get(db, segment), here) for segment, here in rows)
    return [(row, here == 2) for row, here in found if row is not None]


def moved(row: SegmentRow, recorder: str, *, here: bool) -> SegmentMoved:
    """The fact that its file left the recorder's disks, or came back."""
    return SegmentMoved(
        id=uuid4().hex,
        camera=row.camera,
        recorder=recorder,
        segment=row.id,
        here=here,
        start_us=row.start_us,
        end_us=row.end_us or row.start_us + 1,
    )


def _leave(db: sqlite3.Connection, chosen: list[int]) -> None:
    for segment in chosen:
        copies.leave(db, segment)


def _found(db: sqlite3.Connection, copy: Copy, row: SegmentRow, recorder: str) -> None:
    copies.found(db, copy, wall_us())
    outbox.put(db, copied(copy, row, recorder))


def _keep_held(db: sqlite3.Connection, rows: list[SegmentRow], recorder: str) -> set[int]:
    """Ids of the deleted segments that a hold has come for, and of which a copy is there to be kept."""
    kept = {row.id for row in rows if not segments.unheld(db, row.id) and copies.of_segment(db, row.id)}
    for row in rows:
        if row.id in kept:
            copies.kept_by_hold(db, row.id)
            outbox.put(db, moved(row, recorder, here=False))
    return kept


def _directories(path: Path) -> None:
    """Not the disk's own: where that is not, the disk is not mounted."""
    for directory in (path.parent.parent, path.parent):
        directory.mkdir(mode=0o700, exist_ok=True)
