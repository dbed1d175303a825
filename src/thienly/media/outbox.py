"""Facts wait in the index until the bus has them on disk: written with what they tell, sent in their
order."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import structlog

from thienly.bus import subjects
from thienly.bus.client import Bus, BusUnavailable
from thienly.bus.messages import Fact
from thienly.media.index.writer import IndexWriter, open_reader

log = structlog.get_logger(__name__)

_BATCH = 200
_IDLE_S = 5.0


def put(db: sqlite3.Connection, fact: Fact) -> None:
    """Part of the transaction that makes the fact true."""
    db.execute(
        "insert into outbox (id, subject, data) values (?, ?, ?) on conflict (id) do nothing",
        (fact.id, subjects.fact(fact.kind, fact.recorder, fact.subject_camera), fact.encode()),
    )


class Outbox:
    """Sends what waits, oldest first, whenever the bus is there. Create on the event loop."""

    def __init__(self, path: Path, index: IndexWriter) -> None:
        self._path = path
        self.index = index
        self._loop = asyncio.get_running_loop()
        self._more = asyncio.Event()
        self.waiting = 0
        """Facts not yet taken by the bus, when last looked."""

    def nudge(self) -> None:
        """Something new stands in the outbox; may be called from any thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._more.set)

    async def run(self, bus: Bus) -> None:
        """Sends until cancelled."""
        while True:
            self._more.clear()
            if not bus.connected or not await self.send(bus):
                # Nothing is lost by waiting; a nudge or the next look brings it on.
                try:
                    async with asyncio.timeout(_IDLE_S if bus.connected else 0.5):
                        await self._more.wait()
                except TimeoutError:
                    pass

    async def send(self, bus: Bus) -> bool:
        """Sends one batch in order; True when more may be waiting."""
        rows = await asyncio.to_thread(self._read)
        sent = 0
        for number, message_id, subject, data in rows:
            try:
                await bus.publish_raw_fact(subject, data, message_id)
            except BusUnavailable as error:
                log.info("facts_wait", waiting=self.waiting, error=str(error))
                break
            sent = number
        if sent:
            await self.index.run(
                lambda db: db.execute("delete from outbox where number<=?", (sent,)) and None
            )
            self.waiting = max(0, self.waiting - len(rows))
        return bool(rows) and sent == rows[-1][0]

    def _read(self) -> list[tuple[int, str, str, bytes]]:
        with closing(open_reader(self._path)) as db:
            self.waiting = db.execute("select count(*) from outbox").fetchone()[0]
            return db.execute(
                "select number, id, subject, data from outbox order by number limit ?", (_BATCH,)
            ).fetchall()
