"""Makes the packages that are ordered, one after the other, beside everything else."""

import asyncio
import time
from uuid import UUID

import structlog
from django.db import Error as DatabaseError
from django.db import close_old_connections, connections

from thienly.conf import Conf
from thienly.core.bus import SyncBus
from thienly.core.extraction.ordering import orders_waiting
from thienly.core.footage.clips import BusSource
from thienly.core.packages.packing import carry_out, remove_unfinished

ROUND_S = 2.0
AGAIN_S = 15.0

log = structlog.get_logger(__name__)


class Packer:
    """A thread and a bus connection of its own: a day takes minutes, and nothing waits for it."""

    def __init__(self, conf: Conf) -> None:
        self._bus = SyncBus(conf)
        self._stopping = False
        self._later: dict[UUID, float] = {}  # orders that wait for somebody, and until when (monotonic)

    async def run(self) -> None:
        """Ends only with its task; a package under way is begun anew at the next start."""
        try:
            await asyncio.to_thread(self._guarded, remove_unfinished)
            while True:
                await asyncio.to_thread(self._guarded, self._round)
                await asyncio.sleep(ROUND_S)
        finally:
            self._stopping = True
            self._bus.close()

    def _round(self) -> None:
        for request in orders_waiting():
            if self._stopping:
                return
            if time.monotonic() < self._later.get(request.pk, 0.0):
                continue
            done = carry_out(request, source=BusSource(self._bus.request), stopping=lambda: self._stopping)
            self._later.pop(request.pk, None)
            if not done:
                self._later[request.pk] = time.monotonic() + AGAIN_S

    def _guarded(self, work: object) -> None:
        close_old_connections()
        try:
            work()  # type: ignore[operator]
        except (DatabaseError, OSError) as error:
            log.warning("packing_failed", error=type(error).__name__)
        finally:
            connections.close_all()
