"""Measures the platform itself every few seconds: bus, database, gateway, recorders, this very process."""

import asyncio
import http.client
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import uuid4

import structlog
from django.db import Error as DatabaseError
from django.utils import timezone
from nats.errors import Error as NatsError

from thienly.bus import subjects
from thienly.bus.client import Bus, cancellable
from thienly.conf import Conf
from thienly.core.availability.measuring import (
    BUS,
    GATEWAY,
    Measurer,
    Reading,
    observe,
    recorder_readings,
    say_stopping,
)
from thienly.steward.database import Database

EVERY_S = 5.0
ANSWER_WITHIN_S = 4.0

log = structlog.get_logger(__name__)


class Watch:
    """`round` is one measurement; what a round finds is written in the next when the database is away."""

    def __init__(self, bus: Bus, database: Database, conf: Conf) -> None:
        self._bus = bus
        self._database = database
        self._conf = conf
        self._process = uuid4().hex
        self._began_at = self._hears_since = timezone.now()
        self._database_failed_at: datetime | None = None

    async def run(self) -> None:
        """Ends only with its task."""
        while True:
            begun = time.monotonic()
            await self.round()
            await asyncio.sleep(max(0.5, EVERY_S - (time.monotonic() - begun)))

    async def round(self) -> None:
        bus, gateway = await asyncio.gather(self._bus_works(), asyncio.to_thread(self._gateway_works))
        now = timezone.now()
        if not bus:
            self._hears_since = now  # recorders may be well: they are not heard
        readings = [Reading(BUS, now if bus else None), Reading(GATEWAY, now if gateway else None)]
        measurer = Measurer(
            self._process, _booted_at(now), self._began_at, self._hears_since, self._database_failed_at
        )
        try:
            await self._database.run(partial(_write, readings, measurer, now, with_recorders=bus))
        except (DatabaseError, OSError) as error:
            self._database_failed_at = self._database_failed_at or now
            log.warning("availability_not_saved", error=type(error).__name__)
            return
        if self._database_failed_at is not None:  # heartbeats could not be saved meanwhile
            self._database_failed_at, self._hears_since = None, timezone.now()

    async def stopping(self) -> None:
        """Before an orderly end."""
        try:
            await self._database.run(say_stopping)
        except (DatabaseError, OSError) as error:
            log.warning("availability_not_saved", error=type(error).__name__)

    async def _bus_works(self) -> bool:
        """It answers what stands in the stream of facts, without which nothing reaches the centre."""
        if not self._bus.connected:
            return False
        try:
            with cancellable():
                async with asyncio.timeout(ANSWER_WITHIN_S):
                    await self._bus.js.stream_info(subjects.FACTS_STREAM)
        except (NatsError, OSError, TimeoutError):
            return False
        return True

    def _gateway_works(self) -> bool:
        """The pages answer that they can work, as a person's browser would ask."""
        host = self._conf.file.host
        host = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - compared, not bound
        try:
            connection = http.client.HTTPConnection(host, self._conf.port, timeout=ANSWER_WITHIN_S)
            try:
                connection.request("GET", "/api/health", headers={"Host": self._conf.file.hosts[0]})
                return connection.getresponse().status == 200
            finally:
                connection.close()
        except (OSError, http.client.HTTPException):
            return False


def _write(readings: list[Reading], measurer: Measurer, now: datetime, *, with_recorders: bool) -> None:
    heard = recorder_readings() if with_recorders else []
    observe(readings=[*readings, *heard], measurer=measurer, now=now)


def _booted_at(now: datetime) -> datetime:
    """When this machine was started."""
    try:
        up_s = float(Path("/proc/uptime").read_text().split()[0])
    except (OSError, ValueError):
        return datetime.fromtimestamp(0, UTC)
    return now - timedelta(seconds=up_s)
