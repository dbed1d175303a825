"""Write-behind: closed segments go to one store, oldest first, and count only when read back as they were
sent.

Recording never waits for it. What is to be copied stands in the index (`copy`) and survives a crash; an
upload that was cut off begins anew. While the store is away the pauses grow.
"""

import asyncio
import random
import sqlite3
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import uuid4

import structlog

from thienly.bus.messages import SegmentCopied
from thienly.conf_stores import StoreConf
from thienly.media import outbox
from thienly.media.clock import wall_us
from thienly.media.disks import NotHere
from thienly.media.index import copies, segments
from thienly.media.index.copies import Copy, Purpose
from thienly.media.index.segments import SegmentRow
from thienly.media.remote.around import Around
from thienly.media.remote.objects import DamagedError, Outgoing
from thienly.media.remote.sealing import FootageKey
from thienly.media.remote.store import ObjectStore, StoreError
from thienly.rules.copies import A_PERSON_MUST_ACT, Trouble

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

log = structlog.get_logger(__name__)

LOOK_S = 2.0


class Place:
    """One configured store: opened when it can be, with its trouble while there is one."""

    def __init__(self, around: Around, conf: StoreConf) -> None:
        self.conf = conf
        self.trouble: Trouble | None = None
        self.detail = ""
        self.trouble_since_us = 0
        self._around = around
        self._store: ObjectStore | None = None
        self._key: FootageKey | None = None

    def store(self) -> ObjectStore:
        """Blocks shortly. Raises StoreError."""
        if self._store is None:
            self._store = ObjectStore.open(self.conf, self._around.conf)
        return self._store

    def key(self) -> FootageKey:
        """The installation's key. Raises StoreError (NO_KEY)."""
        if self._key is None:
            path = self._around.conf.footage_key
            try:
                made = FootageKey.load_or_create(path) if self.conf.encrypt else FootageKey.load(path)
            except (OSError, ValueError) as error:
                raise StoreError(Trouble.NO_KEY, type(error).__name__) from error
            self._key = made
        return self._key

    def key_of(self, copy: Copy) -> FootageKey | None:
        """None when the copy is not encrypted. Raises StoreError (NO_KEY: missing, or another one)."""
        if not copy.key_id:
            return None
        if self.key().id != copy.key_id:
            raise StoreError(Trouble.NO_KEY, "encrypted with another key")
        return self.key()

    def well(self) -> None:
        if self.trouble is not None:
            log.info("store_well", store=self.conf.name, after=self.trouble.value)
        self.trouble, self.detail, self.trouble_since_us = None, "", 0

    def ill(self, error: StoreError) -> None:
        if self.trouble is not error.trouble:
            log.warning(
                "store_trouble", store=self.conf.name, trouble=error.trouble.value, detail=error.detail
            )
            self.trouble_since_us = wall_us()
        self.trouble, self.detail = error.trouble, error.detail
        if error.trouble in A_PERSON_MUST_ACT:
            self._store = self._key = None  # what a person changes is read anew


class Uploader:
    """Copies to one store until cancelled."""

    def __init__(self, around: Around, place: Place) -> None:
        self._around = around
        self._place = place
        self._pace = Pace(place.conf.mbit_s)
        self._attempts = 0

    async def run(self) -> None:
        while True:
            try:
                busy = await self.once()
            except StoreError as error:
                self._place.ill(error)
                await asyncio.sleep(self._pause_s(error.trouble))
            except (OSError, sqlite3.Error) as error:
                log.error("copying_failed", store=self._place.conf.name, error=repr(error))
                await asyncio.sleep(LOOK_S)
            else:
                if busy:
                    self._attempts = 0
                else:
                    await asyncio.sleep(LOOK_S)

    async def once(self) -> int:
        """One handful of segments; how many were copied, or never will be. Raises the first StoreError when
        all is done."""
        name, count = self._place.conf.name, self._place.conf.uploads
        disks = await self._around.work(self._around.disks.readable)
        due = await self._around.ask(lambda db: copies.waiting(db, name, disks, count))
        if not due:
            return 0
        store = await self._around.work(self._place.store)
        ends = await asyncio.gather(
            *(self._copy(store, segment, purpose) for segment, purpose in due), return_exceptions=True
        )
        errors = [end for end in ends if isinstance(end, BaseException)]
        for error in errors:
            if not isinstance(error, StoreError):
                raise error
        if len(errors) < len(due):
            self._place.well()
        if errors:
            raise errors[0]
        return sum(end is True for end in ends)

    async def _copy(self, store: ObjectStore, segment: int, purpose: Purpose) -> bool:
        """False: its disk does not give it now."""
        around, name = self._around, self._place.conf.name
        row = await around.ask(lambda db: segments.get(db, segment))
        if row is None or row.deleted_us is not None:
            return True
        try:
            copy = await self._send(store, row, purpose)
        except DamagedError as error:
            now = wall_us()
            log.error("segment_damaged", segment=segment, detail=str(error))
            await around.index.run(lambda db: copies.set_state(db, segment, name, "damaged", now))
            return True
        except NotHere as error:
            log.warning("segment_not_read", segment=segment, disk=row.disk, detail=str(error))
            await around.index.run(lambda db: copies.failed(db, segment, name))
            return False
        except StoreError as error:
            if error.trouble is Trouble.LYING:
                await around.index.run(lambda db: copies.failed(db, segment, name))
            raise
        if not await around.index.run(lambda db: _verified(db, copy, row, around.recorder)):
            await store.remove(copy.object)  # the segment was deleted while it was under way
        around.facts()
        return True

    async def _send(self, store: ObjectStore, row: SegmentRow, purpose: Purpose) -> Copy:
        """Raises StoreError, DamagedError, NotHere."""
        around, conf = self._around, self._place.conf
        blob = await around.ask(
            lambda db: db.execute("select fragments from segment where id = ?", (row.id,)).fetchone()[0]
        )
        key = await around.work(self._place.key) if conf.encrypt else None
        name = around.object_name(row)
        outgoing = Outgoing(around, row, blob, name, key)
        size = outgoing.layout.size
        now = wall_us()
        await around.index.run(lambda db: copies.begun(db, row.id, conf.name, now))
        try:
            await store.put(name, self._paced(outgoing.pieces()), size)
        except (StoreError, DamagedError, NotHere) as error:
            raise outgoing.problem or error from error
        head = await store.head(name)
        await self._read_back(store, name, size, outgoing.digest)
        return Copy(
            segment=row.id,
            store=conf.name,
            purpose=purpose,
            object=name,
            size=size,
            sha256=outgoing.digest,
            etag=head.etag if head is not None else "",
            key_id=key.id if key is not None else b"",
        )

    async def _read_back(self, store: ObjectStore, name: str, size: int, digest: bytes) -> None:
        """A store's word is not enough: the footage may leave our disk on the strength of this."""
        back, taken = sha256(), 0
        try:
            async for piece in self._paced(store.get(name)):
                taken += len(piece)
                await self._around.work(lambda: back.update(piece))  # noqa: B023 - awaited at once
        except StoreError as error:
            if error.trouble is Trouble.LOST:
                raise StoreError(Trouble.LYING, "what it took is not there") from error
            raise
        if taken != size or back.digest() != digest:
            raise StoreError(Trouble.LYING, f"gave back other bytes ({taken} of {size})")

    async def _paced(self, pieces: "AsyncIterator[bytes]") -> "AsyncIterator[bytes]":
        async for piece in pieces:
            await self._pace.take(len(piece))
            yield piece

    def _pause_s(self, trouble: Trouble) -> float:
        first, most = (2.0, 120.0) if trouble in A_PERSON_MUST_ACT else (1.0, 60.0)
        full: float = min(most, first * 2**self._attempts)
        self._attempts = min(self._attempts + 1, 10)
        return full * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing


class Pace:
    """At most `mbit_s` (0: no limit) for all transfers of a store together."""

    def __init__(self, mbit_s: float) -> None:
        self._bytes_s = mbit_s * 125_000
        self._free_at = 0.0

    async def take(self, count: int) -> None:
        if not self._bytes_s:
            return
        now = asyncio.get_running_loop().time()
        self._free_at = max(self._free_at, now) + count / self._bytes_s
        await asyncio.sleep(self._free_at - now)


def _verified(db: sqlite3.Connection, copy: Copy, row: SegmentRow, recorder: str) -> bool:
    now = segments.get(db, row.id)
    if now is None or now.deleted_us is not None or not copies.verified(db, copy, wall_us()):
        return False
    outbox.put(db, copied(copy, row, recorder))
    return True


def copied(copy: Copy, row: SegmentRow, recorder: str) -> SegmentCopied:
    """The fact that this copy is good."""
    return SegmentCopied(
        id=uuid4().hex,
        camera=row.camera,
        recorder=recorder,
        segment=row.id,
        store=copy.store,
        purpose=copy.purpose,
        start_us=row.start_us,
        end_us=row.end_us or row.start_us + 1,
        bytes=copy.size,
        encrypted=bool(copy.key_id),
    )
