"""Ranged reads from copies, for playback: a few chunks at a time, with a small cache of what was read."""

import asyncio
import sqlite3
from collections import OrderedDict
from collections.abc import Callable
from uuid import uuid4

import structlog

from thienly.bus.messages import CopyLost
from thienly.media import outbox
from thienly.media.clock import wall_us
from thienly.media.index import copies, segments
from thienly.media.index.copies import Copy
from thienly.media.index.segments import SegmentRow
from thienly.media.remote.around import Around
from thienly.media.remote.sealing import CHUNK, HEADER, Layout, Seal, SealError
from thienly.media.remote.store import StoreError
from thienly.media.remote.upload import Place
from thienly.rules.copies import Trouble

log = structlog.get_logger(__name__)

CACHE_BYTES = 64 * 1024 * 1024
_AT_ONCE = 32


class Reader:
    """`places` by the name of the store. Use on the event loop."""

    def __init__(self, around: Around, places: dict[str, Place], *, cache_bytes: int = CACHE_BYTES) -> None:
        self._around = around
        self._places = places
        self._cache: OrderedDict[tuple[str, str, int], bytes] = OrderedDict()
        self._room = cache_bytes // CHUNK
        self._seals: OrderedDict[tuple[str, str], Seal] = OrderedDict()
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self.fetched = 0
        """Requests that went to a store, for tests and benchmarks."""

    async def read(self, row: SegmentRow, offset: int, length: int) -> bytes:
        """`length` bytes of the segment from `offset`, from the first of its copies that can give them.

        Raises StoreError with the trouble of the last: LOST when no copy is left.
        """
        trouble = StoreError(Trouble.LOST, "no verified copy")
        for copy in await self._around.ask(lambda db: copies.of_segment(db, row.id)):
            try:
                async with self._turns:
                    return await self._read(copy, offset, length)
            except StoreError as error:
                trouble = error
            except SealError as error:
                trouble = StoreError(Trouble.LOST, str(error))
            log.warning("copy_not_read", segment=row.id, store=copy.store, trouble=trouble.trouble.value)
            if trouble.trouble is Trouble.LOST:
                await self.lost(copy, row)
        raise trouble

    async def lost(self, copy: Copy, row: SegmentRow) -> None:
        """Marks and tells it. When our disk still has the segment, it is copied again."""
        mark_lost = lost(copy, row, self._around.recorder)
        await self._around.index.run(mark_lost)
        self._around.facts()

    async def _read(self, copy: Copy, offset: int, length: int) -> bytes:
        place = self._places.get(copy.store)
        if place is None:
            raise StoreError(Trouble.NOT_CONFIGURED, copy.store)
        layout = Layout.of_object(copy.size, encrypted=bool(copy.key_id))
        first, last = offset // CHUNK, (offset + length - 1) // CHUNK
        chunks: dict[int, bytes] = {}
        for number in range(first, last + 1):
            if (found := self._cached(copy, number)) is not None:
                chunks[number] = found
        missing = [number for number in range(first, last + 1) if number not in chunks]
        if missing:
            chunks |= await self._fetch(place, copy, layout, missing[0], missing[-1])
        data = b"".join(chunks[number] for number in range(first, last + 1))
        begin = offset - first * CHUNK
        return data[begin : begin + length]

    async def _fetch(
        self, place: Place, copy: Copy, layout: Layout, first: int, last: int
    ) -> dict[int, bytes]:
        store = await self._around.work(place.store)
        seal = await self._seal(place, copy, layout)
        start, end = layout.span(first, last)
        self.fetched += 1
        data = await store.get_range(copy.object, start, end)
        if len(data) != end - start:
            raise StoreError(Trouble.LOST, "the object is shorter than it was")

        def chunks() -> dict[int, bytes]:
            opened = {}
            for number in range(first, last + 1):
                begin, stop = layout.span(number, number)
                piece = data[begin - start : stop - start]
                opened[number] = piece if seal is None else seal.open(number, piece)
            return opened

        opened = await self._around.work(chunks)
        for number, chunk in opened.items():
            self._keep(copy, number, chunk)
        return opened

    async def _seal(self, place: Place, copy: Copy, layout: Layout) -> Seal | None:
        key = await self._around.work(lambda: place.key_of(copy))
        if key is None:
            return None
        name = (copy.store, copy.object)
        if name not in self._seals:
            store = await self._around.work(place.store)
            self.fetched += 1
            header = await store.get_range(copy.object, 0, HEADER)
            self._seals[name] = Seal.of_header(key, copy.object, header, layout.chunks)
            while len(self._seals) > 4096:
                self._seals.popitem(last=False)
        return self._seals[name]

    def _cached(self, copy: Copy, number: int) -> bytes | None:
        name = (copy.store, copy.object, number)
        if name in self._cache:
            self._cache.move_to_end(name)
            return self._cache[name]
        return None

    def _keep(self, copy: Copy, number: int, chunk: bytes) -> None:
        self._cache[(copy.store, copy.object, number)] = chunk
        while len(self._cache) > self._room:
            self._cache.popitem(last=False)


def lost(copy: Copy, row: SegmentRow, recorder: str) -> Callable[[sqlite3.Connection], None]:
    """The operation that marks a copy as lost (or to be made again) and tells it, once."""
    now = wall_us()

    def mark(db: sqlite3.Connection) -> None:
        current = segments.get(db, row.id)
        if current is None or current.deleted_us is not None:
            return  # deleted meanwhile: nothing was lost
        if copy not in copies.of_segment(db, row.id):
            return  # told already
        here = copies.is_here(db, row.id)
        if here:
            copies.again(db, row.id, copy.store, now)
        else:
            copies.set_state(db, row.id, copy.store, "lost", now)
        outbox.put(
            db,
            CopyLost(
                id=uuid4().hex,
                camera=row.camera,
                recorder=recorder,
                segment=row.id,
                store=copy.store,
                start_us=row.start_us,
                end_us=row.end_us or row.start_us + 1,
                here=here,
            ),
        )

    return mark
