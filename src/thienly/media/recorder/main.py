"""One recorder process: start-up repair, the threads, the cameras, the bus, and an orderly end."""

import asyncio
import contextlib
import os
import sqlite3
from collections.abc import Coroutine
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from thienly.bus.client import Bus, BusRefused, BusUnavailable, end
from thienly.bus.handover import HandoverOffer, Watched
from thienly.bus.messages import RecorderAlive
from thienly.bus.server import Login
from thienly.bus.vault import open_for
from thienly.conf import Conf
from thienly.media.archive import Archive
from thienly.media.clock import wall_us
from thienly.media.disks import Disks
from thienly.media.index import keeping, segments
from thienly.media.index.writer import INDEX_FILE, IndexWriter, open_index
from thienly.media.keys import SigningKey, public_keys
from thienly.media.live import LiveSender
from thienly.media.ntp import ClockState, clock_state
from thienly.media.outbox import Outbox
from thienly.media.pictures.checker import Checker
from thienly.media.prune import Pruner
from thienly.media.recorder.camera import Surroundings
from thienly.media.recorder.handover import Predecessor, Successor
from thienly.media.recorder.lock import lock, lock_when_free
from thienly.media.recorder.numbers import Numbers
from thienly.media.recorder.roster import Roster
from thienly.media.recorder.session import Session
from thienly.media.recorder.source import Source, by_scheme
from thienly.media.recorder.timeline import Kept
from thienly.media.remote.main import Remote
from thienly.media.repair import repair
from thienly.media.store import Store
from thienly.media.thumbnail_desk import ThumbnailDesk
from thienly.media.thumbnails import Thumbnails

log = structlog.get_logger(__name__)

STARTS_PER_S = 120
"""Cameras are connected one after the other: a recorder with a thousand is connected in ten seconds."""
BUS_PATIENCE_S = 3.0
"""After this long without a bus, recording goes on by what the index remembers."""
FLUSH_S = 1.0
PREDECESSOR_ENDS_WITHIN_S = 30.0
END_WITHIN_S = 2.0


class Recorder:
    """`source` is where frames come from; tests may give another. Use as `async with`."""

    def __init__(self, conf: Conf, name: str, *, source: Source | None = None, succeed: bool = False) -> None:
        """`succeed`: another process of this name runs; its cameras are taken over one by one."""
        self.conf = conf
        self.handed_over = asyncio.Event()
        """A successor has everything: this process has nothing left to do."""
        self._succeed = succeed
        self.name = name
        self.own = conf.recorder(name)
        self._source = source or by_scheme(conf.camera_ca, conf.camera_files)
        self._started_us = wall_us()
        self._numbers = Numbers()
        self._clock = ClockState(None)
        self._tasks: list[asyncio.Task[None]] = []
        self._upkeep: list[asyncio.Task[None]] = []
        self._session: Session | None = None
        self._lock: int | None = None
        self._starts = asyncio.Lock()

    async def __aenter__(self) -> "Recorder":
        """Raises AlreadyRunning; a successor raises BusUnavailable and BusRefused when there is nobody to
        succeed or no bus to ask by, TimeoutError when the predecessor does not end."""
        conf, name = self.conf, self.name
        path = conf.recorder_dir(name) / INDEX_FILE
        offer = await self._ask_predecessor() if self._succeed else None
        self._key = SigningKey(conf.recorder_key(name))
        if offer is not None:
            first_id, known = offer.first_id, await asyncio.to_thread(keeping.disks_written, path)
        else:
            self._lock = lock(conf.recorder_dir(name))
            first_id, known = await asyncio.to_thread(self._repair, path)
        self.index = IndexWriter(path)
        self.outbox = Outbox(path, self.index)
        self.store = Disks(
            conf.stores(self.own),
            recorder=name,
            key=self._key,
            index=self.index,
            first_id=first_id,
            facts=self.outbox.nudge,
            known=known,
            must_encrypt=frozenset(disk.path for disk in self.own.disks if disk.encrypted),
        )
        told = self.outbox.nudge
        self.remote = Remote(conf, self.own, path=path, disks=self.store, index=self.index, facts=told)
        self.archive = Archive(path, self.store, self.remote.reader)
        self.sender = LiveSender()
        self._thumbnails = Thumbnails(conf.recorder_dir(name) / "thumbnails", self.archive)
        self.thumbnail_desk = ThumbnailDesk(self.archive, self._thumbnails)
        self.pruners = {disk: self._pruner(path, store) for disk, store in self.store.stores.items()}
        self.elsewhere = self._pruner(path, None)
        around = Surroundings(
            recorder=name,
            store=self.store,
            index=self.index,
            facts=self.outbox.nudge,
            send_live=self.sender.send,
            source=self._source,
            open_password=self._open_password,
            segment_us=conf.file.segment_s * 1_000_000,
            turn=self._turn,
            numbers=self._numbers.count,
            tz=ZoneInfo(conf.file.time_zone),
        )
        self.roster = Roster(around, path=path, zone=self.own.zone, capacity=self.own.capacity)
        self.checker = Checker(
            conf.file.pictures,
            path=path,
            recorder=name,
            archive=self.archive,
            outbox=self.outbox,
            cameras=self.roster.cameras,
            count=self._numbers.count,
        )
        self._do(self.store.run(), self._minutes())
        if offer is not None:
            try:
                session = await self._take_over(offer, path)
            except asyncio.CancelledError:  # told to end meanwhile
                await self._end_early()
                raise
            await asyncio.to_thread(self._thumbnails.look)  # the predecessor made some until its end
            self._start_upkeep()
            await self._begin_session(session)
        else:
            self.roster.load()
            self._start_upkeep()
            self._do(self._reach_bus())
        log.info("recorder_started", recorder=name, zone=self.own.zone)
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks, timeout=1)
        await self.roster.stop()
        # After the cameras: another recorder that takes a job must find that nobody writes its camera any
        # more.
        if self._session is not None:
            await self._session.stop_taking()
        self.store.close()
        # What does not get out in time waits in the index for the next start.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FLUSH_S):
                await self.index.run(lambda db: None)
                while self._session is not None and self._session.bus.connected:
                    if not await self.outbox.send(self._session.bus):
                        break
        if self._session is not None:
            await self._session.bus.close()
        self.thumbnail_desk.close()
        self.archive.close()
        await asyncio.to_thread(self.remote.close)
        self.index.close()
        if self._lock is not None:
            os.close(self._lock)
        log.info("recorder_stopped", recorder=self.name)

    def _pruner(self, path: Path, store: Store | None) -> Pruner:
        return Pruner(
            path=path,
            index=self.index,
            store=store,
            recorder=self.name,
            facts=self.outbox.nudge,
            gone=self._thumbnails.forget,
            remote=self.remote,
        )

    def _do(self, *works: Coroutine[Any, Any, None]) -> list[asyncio.Task[None]]:
        tasks = [asyncio.create_task(work) for work in works]
        self._tasks += tasks
        return tasks

    def _repair(self, path: Path) -> tuple[int, frozenset[str]]:
        """Blocks. The first segment id that was never used, and the disks that were written before."""
        with closing(open_index(path)) as db:
            self._repair_index(db)
            return segments.last_id(db) + 1, frozenset(keeping.known_disks(db))

    def _repair_index(
        self, db: sqlite3.Connection, *, below: int | None = None, going_on: frozenset[str] = frozenset()
    ) -> None:
        repair(
            db,
            stores=self.conf.stores(self.own),
            recorder=self.name,
            key=self._key.pair,
            trusted=public_keys(self.conf.recorder_key(self.name)),
            below=below,
            going_on=going_on,
        )

    # --- a successor ------------------------------------------------------------------------------------
    async def _ask_predecessor(self) -> HandoverOffer:
        self._bus = await Bus.join(self._login(), name=f"recorder-{self.name}")
        self._ended = asyncio.ensure_future(lock_when_free(self.conf.recorder_dir(self.name)))
        self._successor = Successor(self._bus, recorder=self.name, ended=self._ended)
        try:
            return await self._successor.begin()
        except (BusUnavailable, BusRefused, asyncio.CancelledError):
            self._ended.cancel()
            await self._bus.close()
            raise

    async def _take_over(self, offer: HandoverOffer, path: Path) -> Session:
        """All cameras, then the lock and what goes with it. The work of a process that ended meanwhile."""
        session, successor = self._new_session(self._bus), self._successor
        await successor.take(offer, self.roster, session)
        await successor.finish()
        async with asyncio.timeout(PREDECESSOR_ENDS_WITHIN_S):
            self._lock = await self._ended
        going_on = frozenset(self.roster.cameras) - {camera.desired.camera for camera in successor.lost}

        def take_stock() -> list[Kept]:
            with closing(open_index(path)) as db:
                self._repair_index(db, below=offer.first_id, going_on=going_on)
                return [Kept.read(db, camera.desired.camera) for camera in successor.lost]

        above = Watched(seq=wall_us() // 1000)  # whatever the other published, see `LiveStream`
        for camera, kept in zip(successor.lost, await asyncio.to_thread(take_stock), strict=True):
            camera.take_over(kept, recording_since_us=None, watched=above, sub_watched=above)
        self.roster.load()
        return session

    async def _end_early(self) -> None:
        """In the middle of a handover: what was taken over is kept and ended, and the other, which takes
        nothing back, need not wait any longer."""
        await self._successor.finish(within_s=END_WITHIN_S)
        if not self._ended.cancel() and self._lock is None and not self._ended.cancelled():
            self._lock = self._ended.result()
        await self._bus.close()
        await self.__aexit__()

    # --- the bus ----------------------------------------------------------------------------------------
    async def _reach_bus(self) -> None:
        """Until the bus is there; meanwhile what was recorded before is recorded on."""
        resumed = False
        while True:
            try:
                name = f"recorder-{self.name}"
                bus = await Bus.join(self._login(), name=name, patience_s=BUS_PATIENCE_S)
                try:
                    await self._begin_session(self._new_session(bus))
                except BaseException:  # also when the process ends just now
                    await bus.close()
                    raise
            except (BusUnavailable, FileNotFoundError, ValueError) as error:
                log.info("bus_not_reachable", error=str(error))
                if not resumed:
                    resumed = True
                    await self.roster.resume_from_index()
                await asyncio.sleep(1)
            else:
                return

    async def _begin_session(self, session: Session) -> None:
        """Raises BusUnavailable."""
        await session.start()
        predecessor = Predecessor(
            session,
            recorder=self.name,
            roster=self.roster,
            store=self.store,
            begun=self._stop_upkeep,
            finished=self.handed_over.set,
        )
        await predecessor.serve()
        self._session = session
        log.info("bus_reached", recorder=self.name)

    def _start_upkeep(self) -> None:
        """What only one process of a name may do: deleting and copying. Before a successor can ask for it to
        stop."""
        self._upkeep = self._do(
            *(pruner.run(partial(self.store.rates, disk)) for disk, pruner in self.pruners.items()),
            self.elsewhere.run(dict),
            self.remote.run(),
            self.checker.run(),
        )

    async def _stop_upkeep(self) -> None:
        await end(*self._upkeep)

    def _login(self) -> Login:
        """Raises FileNotFoundError, see `Conf.bus_login`."""
        return self.conf.bus_login(self.name)

    def _new_session(self, bus: Bus) -> Session:
        return Session(
            bus,
            recorder=self.name,
            zone=self.own.zone,
            zones=self.conf.zones,
            roster=self.roster,
            outbox=self.outbox,
            archive=self.archive,
            key=self.conf.recorder_key(self.name),
            thumbnails=self.thumbnail_desk,
            remote=self.remote,
            sender=self.sender,
            open_password=self._open_password,
            camera_ca=self.conf.camera_ca,
            camera_files=self.conf.camera_files,
            certificate=self._login().certificate,
            alive=self._alive,
        )

    def _alive(self) -> RecorderAlive:
        disks = [
            disk.model_copy(
                update={
                    "floor_days": self.pruners[disk.disk].floor_days,
                    "broken_until_us": self.pruners[disk.disk].broken_until_us,
                }
            )
            for disk in self.store.alive()
        ]
        self._watch_clock()
        numbers = self._numbers.told(
            states=[camera.state for camera in list(self.roster.cameras.values())],
            store_queue=self.store.waiting,
            index_queue=self.index.waiting,
            live_dropped=self.sender.dropped,
            written=self.store.counted(),
            disks=disks,
        )
        return RecorderAlive(
            recorder=self.name,
            zone=self.own.zone,
            at_us=wall_us(),
            started_us=self._started_us,
            cameras=len(self.roster.cameras),
            capacity=self.own.capacity,
            disk_free=sum(disk.free for disk in disks),
            disk_total=sum(disk.total for disk in disks),
            facts_waiting=self.outbox.waiting,
            disks=disks,
            clock_synced=self._clock.synced,
            clock_error_ms=self._clock.error_ms,
            numbers=numbers,
        )

    def _watch_clock(self) -> None:
        """The recorder's clock is evidence: each change of its state is noted here and told with the beat."""
        before, self._clock = self._clock, clock_state()
        if before.synced != self._clock.synced:
            log.info("clock_state", synced=self._clock.synced, error_ms=self._clock.error_ms)

    # --- shared by the cameras --------------------------------------------------------------------------
    def _open_password(self, sealed: str) -> str:
        """Raises ValueError."""
        conf = self.conf
        return open_for(self.own.zone, sealed, vault_key=conf.vault_key, zone_key=conf.zone_key)

    async def _turn(self) -> None:
        async with self._starts:
            await asyncio.sleep(1 / STARTS_PER_S)

    def _take_new_key(self) -> None:
        try:
            if self._key.refresh():
                log.info("key_rotated", recorder=self.name, key=self._key.id)
        except (OSError, ValueError) as error:
            log.error("key_not_read", error=str(error))

    async def _minutes(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(1)
            now = loop.time()
            self._take_new_key()
            for camera in list(self.roster.cameras.values()):
                camera.minute(now)
