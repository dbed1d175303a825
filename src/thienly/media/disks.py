"""All disks of one recorder: which camera is written where, and what happens when a disk does not work.

Each disk has a thread and a bounded queue of its own (`media.store`), so that one that hangs costs its
neighbours nothing. A camera stays on its disk; when the disk is full, fails or does not answer, the camera's
next fragment goes to another, and what was in flight becomes a gap with its reason.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog

from thienly.bus.messages import DiskAlive
from thienly.media.frames import Fragment
from thienly.media.index.segments import SegmentRow
from thienly.media.index.writer import IndexWriter
from thienly.media.keys import SigningKey
from thienly.media.segments import SegmentFile, path_of_row
from thienly.media.store import QUEUE_BYTES, Kept, OpenSegment, SegmentIds, Store
from thienly.rules import placement
from thienly.rules.problems import Problem

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 2.0
BALANCE_EVERY_S = 10.0
"""At most one camera moves in this time to a disk that would last longer."""
USUAL_RATE = 500_000.0
"""Bytes a second of a camera that was not measured yet (4 Mbit/s)."""
_MEASURE = 0.2
"""Weight of the newest fragment in a camera's measured rate."""


class NotHere(Exception):
    """The bytes of a segment cannot be had now; the text is technical and free of secrets."""


@dataclass
class Writing:
    """A segment of a camera on the disk where it is written now; a disk that fails is replaced."""

    store: Store
    segment: OpenSegment


class Disks:
    """Create on the event loop; all methods are called there unless they say otherwise."""

    def __init__(
        self,
        stores: Mapping[str, Path],
        *,
        recorder: str,
        key: SigningKey,
        index: IndexWriter,
        first_id: int,
        facts: Callable[[], None],
        known: frozenset[str] = frozenset(),
        must_encrypt: frozenset[str] = frozenset(),
        queue_bytes: int = QUEUE_BYTES,
    ) -> None:
        """`known`: disks that were written before; `must_encrypt`: those that are to be encrypted. One that
        is not is told and written all the same: losing evidence would be worse."""
        self._ids = SegmentIds(first_id)
        self.stores = {
            name: Store(
                name=name,
                directory=directory,
                recorder=recorder,
                key=key,
                index=index,
                ids=self._ids,
                facts=facts,
                known=name in known,
                queue_bytes=queue_bytes,
            )
            for name, directory in stores.items()
        }
        self.directories = dict(stores)
        self._must_encrypt = must_encrypt
        self._cameras: dict[str, str] = {}  # the disk of each camera
        self._rates: dict[str, float] = {}  # bytes a second of each camera
        self._told: dict[str, tuple[Problem, str] | None] = {}
        self._bare: set[str] = set()
        self._balanced_s = time.monotonic()

    # --- writing ----------------------------------------------------------------------------------------
    def begin(
        self, *, camera: str, stream: str, media_us: int, init: bytes, init_id: str, mime: str, owner: Kept
    ) -> Writing:
        store = self._store_for(camera)
        segment = store.begin(
            camera=camera,
            stream=stream,
            media_us=media_us,
            init=init,
            init_id=init_id,
            mime=mime,
            owner=owner,
        )
        return Writing(store, segment)

    def append(self, writing: Writing, fragment: Fragment) -> bool:
        """False: too much waits for the disk already, the fragment was not taken."""
        if writing.store.trouble is not None:
            self._move(writing, fragment)
        taken = writing.store.append(writing.segment, fragment)
        if taken and fragment.duration_us > 0:
            camera = writing.segment.head.camera
            rate = len(fragment.data) * 1e6 / fragment.duration_us
            before = self._rates.get(camera)
            self._rates[camera] = rate if before is None else before + _MEASURE * (rate - before)
        return taken

    def end(self, writing: Writing, end_reason: str, *, sync: bool = True) -> None:
        """See `Store.end`."""
        writing.store.end(writing.segment, end_reason, sync=sync)

    def forget(self, camera: str) -> None:
        """The camera is not recorded here any more."""
        self._cameras.pop(camera, None)
        self._rates.pop(camera, None)

    def _store_for(self, camera: str) -> Store:
        """The camera's disk for a new segment; another when that one does not work and another does, or when
        another would last longer."""
        name = self._cameras.get(camera)
        if name is not None and len(self.stores) > 1:
            name = self._cameras[camera] = self._balance(camera, name)
        if name is None or self.stores[name].trouble is not None:
            name = self._choose(camera) or name or next(iter(self.stores))
            self._cameras[camera] = name
        return self.stores[name]

    def _choose(self, camera: str) -> str | None:
        return placement.choose(self._loads(), self._rates.get(camera, USUAL_RATE))

    def _balance(self, camera: str, name: str) -> str:
        now = time.monotonic()
        # A disk that is behind with what it has gets no more.
        if now - self._balanced_s < BALANCE_EVERY_S or camera not in self._rates:
            return name
        self._balanced_s = now
        free = [disk for disk in self._loads() if disk.name == name or not self.stores[disk.name].waiting]
        other = placement.better(free, name, self._rates[camera])
        if other is not None:
            log.info("camera_balanced", camera=camera, disk=name, to=other)
        return other or name

    def _loads(self) -> list[placement.Disk]:
        """Of the disks that work."""
        return [
            placement.Disk(name, store.health.free, store.health.total, self.rate_of(name))
            for name, store in self.stores.items()
            if store.trouble is None
        ]

    def rate_of(self, disk: str) -> float:
        """What the cameras of a disk write, bytes a second."""
        return sum(self.rates(disk).values())

    def rates(self, disk: str) -> dict[str, float]:
        """By camera, bytes a second."""
        # A copy: the heartbeat asks from its thread.
        return {c: self._rates.get(c, USUAL_RATE) for c, name in list(self._cameras.items()) if name == disk}

    def _move(self, writing: Writing, fragment: Fragment) -> None:
        """From a disk in trouble to one that works, if there is one."""
        before, old = writing.store, writing.segment
        trouble = before.trouble
        head = old.head
        name = self._choose(head.camera)
        if name is None or trouble is None:
            return
        problem, detail = trouble
        old.left = True
        before.end(old, problem.value, sync=False)
        old.owner.on_not_kept(fragment.start_us, problem, f"{before.name}: {detail}")
        self._cameras[head.camera] = name
        writing.store = self.stores[name]
        writing.segment = writing.store.begin(
            camera=head.camera,
            stream=head.stream,
            media_us=head.media_us,
            init=old.init,
            init_id=head.init_id,
            mime=head.mime,
            owner=old.owner,
        )
        log.error("camera_moved", camera=head.camera, disk=before.name, to=name, problem=problem)

    async def settled(self, timeout_s: float, *, camera: str | None = None) -> bool:
        """See `Store.settled`; of all disks, or of the one of `camera`."""
        name = self._cameras.get(camera) if camera is not None else None
        stores = [self.stores[name]] if name is not None else list(self.stores.values())
        return all(await asyncio.gather(*(store.settled(timeout_s) for store in stores)))

    def close(self, timeout_s: float = 3.0) -> None:
        """Writes what waits and ends the threads."""
        deadline = time.monotonic() + timeout_s
        for store in self.stores.values():
            store.finish()
        for store in self.stores.values():
            store.join(max(0.0, deadline - time.monotonic()))

    # --- reading (from any thread) ----------------------------------------------------------------------
    def unindexed(self, camera: str, stream: str) -> list[SegmentFile]:
        """See `Store.unindexed`."""
        return [file for store in self.stores.values() for file in store.unindexed(camera, stream)]

    def unindexed_file(self, segment: int) -> SegmentFile | None:
        for store in self.stores.values():
            if (file := store.unindexed_file(segment)) is not None:
                return file
        return None

    def path(self, row: SegmentRow) -> Path:
        """Where a closed segment lies. Raises NotHere: its disk is gone, or does not answer (a reader that
        waited for it would keep all others waiting)."""
        path = path_of_row(self.directories, row)
        if path is None:
            raise NotHere("its disk is not one of this recorder's")
        if self.stores[row.disk].hangs:
            raise NotHere("its disk does not answer")
        return path

    def readable(self) -> list[str]:
        """Disks that are there and answer. Blocks shortly."""
        there = self.directories.items()
        return [name for name, path in there if not self.stores[name].hangs and path.is_dir()]

    def with_room(self, size: int) -> str | None:
        """The disk with most room of those that work; None when none has `size` bytes."""
        free = {name: store.health.free for name, store in self.stores.items() if store.trouble is None}
        name = max(free, key=lambda one: free[one], default=None)
        return name if name is not None and free[name] > size else None

    # --- what is counted --------------------------------------------------------------------------------
    @property
    def next_id(self) -> int:
        """The id that the next segment gets, on whichever disk."""
        return self._ids.next

    @property
    def waiting(self) -> int:
        """Bytes that wait for the disks."""
        return sum(store.waiting for store in self.stores.values())

    def counted(self) -> Counter[str]:
        """See `Store.count`."""
        return sum((store.count for store in self.stores.values()), Counter())

    # --- health -----------------------------------------------------------------------------------------
    async def run(self) -> None:
        """Looks at every disk until cancelled."""
        while True:
            for name, store in self.stores.items():
                trouble = store.trouble
                if trouble != self._told.get(name):
                    self._told[name] = trouble
                    log.error("disk_trouble" if trouble else "disk_works", disk=name, trouble=trouble)
                self._note_encryption(name, store)
                if not store.hangs:
                    store.look()
            await asyncio.sleep(LOOK_EVERY_S)

    def _note_encryption(self, name: str, store: Store) -> None:
        found = store.health.encryption
        bare = name in self._must_encrypt and found is not None and not found.proven
        if bare != (name in self._bare):
            self._bare ^= {name}
            detail = found.detail if found is not None else ""
            log.error("disk_not_encrypted" if bare else "disk_encrypted", disk=name, detail=detail)

    def alive(self) -> list[DiskAlive]:
        """For the heartbeat."""
        found = []
        for name, store in self.stores.items():
            trouble, encryption = store.trouble, store.health.encryption
            found.append(
                DiskAlive(
                    disk=name,
                    free=store.health.free,
                    total=store.health.total,
                    problem=trouble[0] if trouble else None,
                    detail=trouble[1] if trouble else "",
                    cameras=sum(disk == name for disk in list(self._cameras.values())),
                    rate=round(self.rate_of(name)),
                    must_encrypt=name in self._must_encrypt,
                    encrypted=encryption.proven if encryption is not None else None,
                    encryption=encryption.detail if encryption is not None else "",
                )
            )
        return found
