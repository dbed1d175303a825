"""Everything a recorder does with object stores, as one thing with a short surface.

It runs beside the recording and shares nothing with it but the index: a store that is away, slow, full or
lying costs a backlog and a sentence on the page, never a frame.
"""

import asyncio
import json
import sqlite3
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatchcase
from pathlib import Path

import structlog
from nats.aio.msg import Msg
from pydantic import ValidationError

from thienly.bus import subjects
from thienly.bus.client import Bus
from thienly.bus.messages import StoreNow
from thienly.bus.restoring import RestoreRange, RestoreTestNow
from thienly.conf import Conf, RecorderConf
from thienly.media.clock import wall_us
from thienly.media.disks import Disks
from thienly.media.index import copies
from thienly.media.index.copies import Purpose
from thienly.media.index.segments import SegmentRow
from thienly.media.index.writer import IndexWriter
from thienly.media.remote.around import Around
from thienly.media.remote.moving import Mover
from thienly.media.remote.reading import Reader
from thienly.media.remote.trying import Tester
from thienly.media.remote.upload import Place, Uploader

log = structlog.get_logger(__name__)

_PLAN_AT_ONCE = 500
_LOOK_S = 1.0
_TEST_LOOK_S = 5.0
_LOST_LOOK_S = 3600.0
_THREADS = 4
_ARREARS_US = 24 * 3600 * 1_000_000
"""An archive that is behind by more does not make room on the disk when it is needed."""


class Remote:
    """Create on the event loop; `close` ends its threads."""

    def __init__(
        self,
        conf: Conf,
        own: RecorderConf,
        *,
        path: Path,
        disks: Disks,
        index: IndexWriter,
        facts: Callable[[], None],
    ) -> None:
        # A disk that hangs must not hold up what concerns the others.
        threads = _THREADS * (1 + len(disks.stores))
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="remote")
        self._around = Around(conf, own.name, path, disks, index, facts, self._threads)
        self._own = own
        self._archive = own.archive
        self._backups = conf.file.backups
        self.places = {store.name: Place(self._around, store) for store in conf.file.stores}
        self.reader = Reader(self._around, self.places)
        self.mover = Mover(
            self._around, self.places, self.reader, archive=own.archive, local_days=own.local_days
        )
        self.tester = Tester(self._around, self.places)
        used = {own.archive, *(backup.store for backup in self._backups)} - {""}
        self._used = sorted(used)

    def close(self) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._guarded(self.mover.run))
            group.create_task(self._guarded(self._look_again))
            if self._used:
                group.create_task(self._guarded(self._plan))
                group.create_task(self._guarded(self._tests))
            for name in self._used:
                group.create_task(self._guarded(Uploader(self._around, self.places[name]).run))

    async def _guarded(self, work: Callable[[], Awaitable[None]]) -> None:
        """What nobody foresaw ends neither the others nor the recording."""
        while True:
            try:
                await work()
            except Exception:
                log.exception("remote_failed")
            await asyncio.sleep(5)

    # --- the pruner's questions -------------------------------------------------------------------------
    async def leave(self, disk: str, *, now_us: int, free: int, reserve: int) -> int:
        """See `Mover.leave`."""
        return await self.mover.leave(disk, now_us=now_us, free=free, reserve=reserve)

    async def remove(self, rows: list[SegmentRow]) -> list[SegmentRow]:
        """See `Mover.remove`."""
        return await self.mover.remove(rows)

    async def keeps_up(self, *, now_us: int) -> bool:
        """Whether all footage goes to the archive in time, so that it may leave a disk before its floor is
        reached. Raises sqlite3.Error."""
        if not self._archive:
            return False
        waits = await self._around.ask(lambda db: copies.backlog(db, self._archive))
        return waits.oldest_us is None or waits.oldest_us > now_us - _ARREARS_US

    # --- plan -------------------------------------------------------------------------------------------
    def wanted(self, label: str, chosen: Iterable[str] = ()) -> dict[str, Purpose]:
        """The stores that are to hold the recordings of the camera with this code. `chosen`: its backups as
        the centre knows them, by unit and class; what goes by the code is known here too."""
        stores: dict[str, Purpose] = {
            backup.store: "backup"
            for backup in self._backups
            if backup.store in chosen or any(fnmatchcase(label, pattern) for pattern in backup.patterns)
        }
        if self._archive:
            stores[self._archive] = "archive"
        return stores

    async def plan(self) -> int:
        """Decides for closed segments who gets a copy; how many. Raises sqlite3.Error."""
        rows = await self._around.ask(lambda db: copies.unplanned(db, _PLAN_AT_ONCE))
        wanted = [(segment, self.wanted(label, json.loads(chosen))) for segment, label, chosen in rows]
        if wanted:
            now = wall_us()
            await self._around.index.run(lambda db: copies.plan(db, wanted, now))
        return len(wanted)

    async def _plan(self) -> None:
        while True:
            try:
                while await self.plan() == _PLAN_AT_ONCE:
                    pass
            except sqlite3.Error as error:
                log.error("copies_not_planned", error=repr(error))
            await asyncio.sleep(_LOOK_S)

    async def _look_again(self) -> None:
        while True:
            try:
                await self.mover.look_again()
            except sqlite3.Error as error:
                log.error("lost_copies_not_looked_for", error=repr(error))
            await asyncio.sleep(_LOST_LOOK_S)

    async def _tests(self) -> None:
        while True:
            for backup in self._backups:
                if await self.tester.due(backup, now_us=wall_us()):
                    await self.tester.test(backup.store)
            await asyncio.sleep(_TEST_LOOK_S)

    # --- telling ----------------------------------------------------------------------------------------
    async def now(self) -> list[StoreNow]:
        """For the heartbeat: the disk, then each store in use. Raises sqlite3.Error."""
        own = self._own
        disk = StoreNow(
            store="",
            kind="disk",
            purpose="disk",
            location=own.location,
            provider=own.provider,
            contract=own.contract,
            country=own.country,
            lag_hours=0,
        )
        return [disk, *[await self._now(name) for name in self._used]]

    async def _now(self, name: str) -> StoreNow:
        place = self.places[name]
        plan = next((backup for backup in self._backups if backup.store == name), None)
        waits, bad, (copied_us, _) = await self._around.ask(
            lambda db: (copies.backlog(db, name), copies.troubled(db, name), copies.last(db, name))
        )
        return StoreNow(
            store=name,
            kind=place.conf.kind,
            purpose="archive" if plan is None else "backup",
            location=place.conf.location,
            provider=place.conf.provider,
            contract=place.conf.contract,
            country=place.conf.country,
            encrypted=place.conf.encrypt,
            test_days=0 if plan is None else plan.test_days,
            lag_hours=24 if plan is None else plan.lag_hours,
            waiting=waits.count,
            waiting_bytes=waits.bytes,
            oldest_us=waits.oldest_us,
            copied_us=copied_us,
            trouble=place.trouble.value if place.trouble else "",
            detail=place.detail,
            trouble_since_us=place.trouble_since_us,
            lost=bad.get("lost", 0),
            damaged=bad.get("damaged", 0),
        )

    async def serve(self, bus: Bus, recorder: str) -> None:
        """Subscribes what can be asked about copies."""

        async def restore(message: Msg) -> None:
            try:
                answer = await self.mover.want_back(RestoreRange.decode(message.data))
            except (ValidationError, ValueError) as error:
                await bus.reply_error(
                    message, "malformed request" if isinstance(error, ValidationError) else str(error)
                )
            except sqlite3.Error:
                await bus.reply_error(message, "the index cannot be read")
            else:
                await bus.reply(message, answer.encode())

        async def test(message: Msg) -> None:
            try:
                store = RestoreTestNow.decode(message.data).store
                purpose: Purpose = "archive" if store == self._archive else "backup"
                fact = await self.tester.test(store, purpose=purpose)
            except ValidationError:
                await bus.reply_error(message, "malformed request")
            except (sqlite3.Error, OSError):
                await bus.reply_error(message, "the index cannot be read")
            else:
                if fact is None:
                    await bus.reply_error(message, "nothing to try: the store holds no verified copy yet")
                else:
                    await bus.reply(message, fact.encode())

        await bus.subscribe(subjects.archive_restore(recorder), restore)
        await bus.subscribe(subjects.archive_test(recorder), test)
