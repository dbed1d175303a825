"""One recorder process: start-up repair, the threads, the cameras, the bus, and an orderly end."""

import asyncio
import contextlib
import fcntl
import os
import resource
import signal
from contextlib import closing
from pathlib import Path

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from thienly.bus.client import Bus, BusRefused, BusUnavailable
from thienly.bus.handover import HandoverOffer
from thienly.bus.messages import RecorderAlive
from thienly.bus.server import Login
from thienly.bus.vault import Vault
from thienly.conf import Conf
from thienly.media.archive import Archive
from thienly.media.clock import wall_us
from thienly.media.index import gaps, segments
from thienly.media.index.gaps import GapRow
from thienly.media.index.writer import INDEX_FILE, IndexWriter, open_index
from thienly.media.live import LiveSender
from thienly.media.ntp import ClockState, clock_state
from thienly.media.outbox import Outbox
from thienly.media.prune import Pruner
from thienly.media.recorder.camera import Surroundings
from thienly.media.recorder.handover import Predecessor, Successor
from thienly.media.recorder.numbers import Numbers
from thienly.media.recorder.roster import Roster
from thienly.media.recorder.session import Session
from thienly.media.recorder.source import Source, by_scheme
from thienly.media.repair import repair
from thienly.media.signing import load_or_create_key
from thienly.media.store import Store, disk_space

log = structlog.get_logger(__name__)

STARTS_PER_S = 50
"""Cameras are connected one after the other: a recorder with a thousand is complete in twenty seconds."""
BUS_PATIENCE_S = 3.0
"""After this long without a bus, recording goes on by what the index remembers."""
FLUSH_S = 1.0
PREDECESSOR_ENDS_WITHIN_S = 30.0


class Recorder:
    """`source` is where frames come from; tests may give another. Use as `async with`."""

    def __init__(self, conf: Conf, name: str, *, source: Source = by_scheme, succeed: bool = False) -> None:
        """`succeed`: another process of this name runs; its cameras are taken over one by one."""
        self.conf = conf
        self.handed_over = asyncio.Event()
        """A successor has everything: this process has nothing left to do."""
        self._succeed = succeed
        self.name = name
        self.own = conf.recorder(name)
        self._source = source
        self._started_us = wall_us()
        self._numbers = Numbers()
        self._clock = ClockState(None)
        self._tasks: list[asyncio.Task[None]] = []
        self._session: Session | None = None
        self._starts = asyncio.Lock()

    async def __aenter__(self) -> "Recorder":
        """Raises AlreadyRunning; a successor raises BusUnavailable and BusRefused when there is nobody to
        succeed or no bus to ask by, TimeoutError when the predecessor does not end."""
        conf, name = self.conf, self.name
        directory = conf.store(self.own)
        path = conf.recorder_dir(name) / INDEX_FILE
        key = load_or_create_key(conf.recorder_key(name))
        offer = await self._ask_predecessor() if self._succeed else None
        if offer is not None:
            first_id = offer.first_id
        else:
            self._lock = lock(conf.recorder_dir(name))
            first_id = await asyncio.to_thread(self._repair, path, directory, key)
        self.index = IndexWriter(path)
        self.outbox = Outbox(path, self.index)
        self.store = Store(
            directory=directory,
            recorder=name,
            key=key,
            index=self.index,
            first_id=first_id,
            facts=self.outbox.nudge,
        )
        self.archive = Archive(path, self.store)
        self.sender = LiveSender()
        self.pruner = Pruner(
            path=path, index=self.index, store=directory, recorder=name, facts=self.outbox.nudge
        )
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
        )
        self.roster = Roster(around, path=path, zone=self.own.zone, capacity=self.own.capacity)
        works = [self.pruner.run(), self._minutes()]
        if offer is not None:
            await self._take_over(offer, path, directory, key)
        else:
            self.roster.load()
            works.append(self._reach_bus())
        self._tasks += [asyncio.create_task(work) for work in works]
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
        self.archive.close()
        self.index.close()
        os.close(self._lock)
        log.info("recorder_stopped", recorder=self.name)

    def _repair(self, path: Path, directory: Path, key: Ed25519PrivateKey) -> int:
        """Blocks. The first segment id that was never used."""
        with closing(open_index(path)) as db:
            repair(db, store=directory, recorder=self.name, key=key)
            return segments.last_id(db) + 1

    # --- a successor ------------------------------------------------------------------------------------
    async def _ask_predecessor(self) -> HandoverOffer:
        login = self._login()
        self._bus = await Bus.connect(
            login.url, user=login.user, password=login.password, name=f"recorder-{self.name}"
        )
        self._ended = asyncio.ensure_future(_lock_of_predecessor(self.conf.recorder_dir(self.name)))
        self._successor = Successor(self._bus, recorder=self.name, ended=self._ended)
        try:
            return await self._successor.begin()
        except (BusUnavailable, BusRefused):
            self._ended.cancel()
            await self._bus.close()
            raise

    async def _take_over(
        self, offer: HandoverOffer, path: Path, directory: Path, key: Ed25519PrivateKey
    ) -> None:
        """All cameras, then the lock and what goes with it. The work of a process that ended meanwhile."""
        session, successor = self._new_session(self._bus), self._successor
        await successor.take(offer, self.roster, session)
        await successor.finish()
        async with asyncio.timeout(PREDECESSOR_ENDS_WITHIN_S):
            self._lock = await self._ended
        going_on = frozenset(self.roster.cameras) - {camera.desired.camera for camera in successor.lost}

        def take_stock() -> dict[str, tuple[int | None, GapRow | None]]:
            with closing(open_index(path)) as db:
                repair(
                    db,
                    store=directory,
                    recorder=self.name,
                    key=key,
                    below=offer.first_id,
                    going_on=going_on,
                )
                open_gaps = gaps.open_gaps(db)
                names = [camera.desired.camera for camera in successor.lost]
                return {name: (segments.newest_end(db, name), open_gaps.get(name)) for name in names}

        known = await asyncio.to_thread(take_stock)
        for camera in successor.lost:
            end_us, gap = known[camera.desired.camera]
            camera.take_over(end_us=end_us, gap=gap, recording_since_us=None, seq=0, lease_s=0)
        self.roster.load()
        await self._begin_session(session)

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
            finished=self.handed_over.set,
        )
        await predecessor.serve()
        self._session = session
        log.info("bus_reached", recorder=self.name)

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
            sender=self.sender,
            open_password=self._open_password,
            alive=self._alive,
        )

    def _alive(self) -> RecorderAlive:
        free, total = disk_space(self.store.directory)
        self._watch_clock()
        numbers = self._numbers.told(
            states=[camera.state for camera in list(self.roster.cameras.values())],
            store_queue=self.store.waiting,
            index_queue=self.index.waiting,
            live_dropped=self.sender.dropped,
            disk_free=free,
        )
        return RecorderAlive(
            recorder=self.name,
            zone=self.own.zone,
            at_us=wall_us(),
            started_us=self._started_us,
            cameras=len(self.roster.cameras),
            capacity=self.own.capacity,
            disk_free=free,
            disk_total=total,
            facts_waiting=self.outbox.waiting,
            clock_synced=self._clock.synced,
            clock_error_ms=self._clock.error_ms,
            numbers={**numbers, **self.store.count},
        )

    def _watch_clock(self) -> None:
        """The recorder's clock is evidence: each change of its state is noted here and told with the beat."""
        before, self._clock = self._clock, clock_state()
        if before.synced != self._clock.synced:
            log.info("clock_state", synced=self._clock.synced, error_ms=self._clock.error_ms)

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

    async def _minutes(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(1)
            now = loop.time()
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


async def _lock_of_predecessor(directory: Path) -> int:
    """Waits until the process before has ended."""
    while True:
        try:
            return lock(directory)
        except AlreadyRunning:
            await asyncio.sleep(0.1)


class AlreadyRunning(Exception):
    """Another process records under this name."""


def allow_open_files() -> None:
    """A camera needs a socket and a file; the usual soft limit of 1,024 ends at five hundred cameras."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


async def run(conf: Conf, name: str, *, succeed: bool = False) -> None:
    """Records until SIGTERM or SIGINT, or until a successor has everything. Raises AlreadyRunning, KeyError
    when `thienly.toml` knows no such recorder, and as a successor BusUnavailable and BusRefused."""
    allow_open_files()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with Recorder(conf, name, succeed=succeed) as recorder:
        ends = [asyncio.ensure_future(event.wait()) for event in (stop, recorder.handed_over)]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        log.info("recorder_stopping", recorder=name)
        for waiting in ends:
            waiting.cancel()
