"""One recorder process: start-up repair, the threads, the cameras, the bus, and an orderly end."""

import asyncio
import contextlib
import fcntl
import os
import resource
import signal
from contextlib import closing
from functools import partial
from pathlib import Path

import structlog

from thienly.bus.client import Bus, BusUnavailable
from thienly.bus.messages import RecorderAlive
from thienly.bus.server import Login
from thienly.bus.vault import Vault
from thienly.conf import Conf
from thienly.media.archive import Archive
from thienly.media.clock import wall_us
from thienly.media.disks import Disks
from thienly.media.index import keeping, segments
from thienly.media.index.writer import INDEX_FILE, IndexWriter, open_index
from thienly.media.keys import SigningKey, public_keys
from thienly.media.live import LiveSender
from thienly.media.outbox import Outbox
from thienly.media.prune import Pruner
from thienly.media.recorder.camera import Surroundings
from thienly.media.recorder.memory import keep_freed_memory
from thienly.media.recorder.roster import Roster
from thienly.media.recorder.session import Session
from thienly.media.recorder.source import Source, by_scheme
from thienly.media.remote.main import Remote
from thienly.media.repair import repair
from thienly.media.store import Store
from thienly.media.thumbnail_desk import ThumbnailDesk
from thienly.media.thumbnails import Thumbnails

log = structlog.get_logger(__name__)

STARTS_PER_S = 80
"""Cameras are connected one after the other: a recorder with a thousand is complete in fifteen seconds."""
BUS_PATIENCE_S = 3.0
"""After this long without a bus, recording goes on by what the index remembers."""
FLUSH_S = 1.0


class Recorder:
    """`source` is where frames come from; tests may give another. Use as `async with`."""

    def __init__(self, conf: Conf, name: str, *, source: Source | None = None) -> None:
        self.conf = conf
        self.name = name
        self.own = conf.recorder(name)
        self._source = source or by_scheme(conf.camera_ca)
        self._started_us = wall_us()
        self._tasks: list[asyncio.Task[None]] = []
        self._session: Session | None = None
        self._starts = asyncio.Lock()

    async def __aenter__(self) -> "Recorder":
        conf, name = self.conf, self.name
        stores = conf.stores(self.own)
        path = conf.recorder_dir(name) / INDEX_FILE
        self._lock = lock(conf.recorder_dir(name))
        self._key = SigningKey(conf.recorder_key(name))
        first_id, known = await asyncio.to_thread(self._repair, path, stores)
        self.index = IndexWriter(path)
        self.outbox = Outbox(path, self.index)
        self.store = Disks(
            stores,
            recorder=name,
            key=self._key,
            index=self.index,
            first_id=first_id,
            facts=self.outbox.nudge,
            known=known,
        )
        self.remote = Remote(
            conf,
            self.own,
            path=path,
            disks=self.store,
            index=self.index,
            facts=self.outbox.nudge,
        )
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
        )
        self.roster = Roster(around, path=path, zone=self.own.zone, capacity=self.own.capacity)
        self.roster.load()
        pruning = [pruner.run(partial(self.store.rates, disk)) for disk, pruner in self.pruners.items()]
        pruning.append(self.elsewhere.run(dict))
        beside = (self.store.run(), self.remote.run(), self._minutes())
        for work in (self._reach_bus(), *pruning, *beside):
            self._tasks.append(asyncio.create_task(work))
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

    def _repair(self, path: Path, stores: dict[str, Path]) -> tuple[int, frozenset[str]]:
        """Blocks. The first segment id that was never used, and the disks that were written before."""
        with closing(open_index(path)) as db:
            trusted = public_keys(self.conf.recorder_key(self.name))
            repair(db, stores=stores, recorder=self.name, key=self._key.pair, trusted=trusted)
            return segments.last_id(db) + 1, frozenset(keeping.known_disks(db))

    # --- the bus ----------------------------------------------------------------------------------------
    async def _reach_bus(self) -> None:
        """Until the bus is there; meanwhile what was recorded before is recorded on."""
        resumed = False
        while True:
            try:
                login = self._login()
                bus = await Bus.connect(
                    login.url,
                    user=login.user,
                    password=login.password,
                    name=f"recorder-{self.name}",
                    patience_s=BUS_PATIENCE_S,
                )
                session = self._new_session(bus)
                try:
                    await session.start()
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
                self._session = session
                log.info("bus_reached", recorder=self.name)
                return

    def _login(self) -> Login:
        """Raises FileNotFoundError while the supervisor has not prepared the child server."""
        return Login(self.conf.nats_url) if self.conf.nats_url else Login.read(self.conf.nats_login)

    def _new_session(self, bus: Bus) -> Session:
        return Session(
            bus,
            recorder=self.name,
            zone=self.own.zone,
            zones=self.conf.zones,
            roster=self.roster,
            outbox=self.outbox,
            archive=self.archive,
            thumbnails=self.thumbnail_desk,
            remote=self.remote,
            sender=self.sender,
            open_password=self._open_password,
            camera_ca=self.conf.camera_ca,
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
        )

    # --- shared by the cameras --------------------------------------------------------------------------
    def _open_password(self, sealed: str) -> str:
        """Raises ValueError."""
        if not sealed:
            return ""
        try:
            return Vault.from_file(self.conf.vault_key).open(sealed)
        except OSError as error:
            raise ValueError("the installation's key is missing") from error

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


def lock(directory: Path) -> int:
    """The descriptor that holds the lock on a recorder's directory, until it is closed or the process ends.

    Raises AlreadyRunning: a second process would repair, and cut, the files that the first one writes.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise AlreadyRunning(f"another process holds {directory}") from error
    return descriptor


class AlreadyRunning(Exception):
    """Another process records under this name."""


def allow_open_files() -> None:
    """A camera needs a socket and a file; the usual soft limit of 1,024 ends at five hundred cameras."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


async def run(conf: Conf, name: str) -> None:
    """Records until SIGTERM or SIGINT. Raises AlreadyRunning, and KeyError when `thienly.toml` knows no such
    recorder."""
    allow_open_files()
    keep_freed_memory()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with Recorder(conf, name):
        await stop.wait()
        log.info("recorder_stopping", recorder=name)
