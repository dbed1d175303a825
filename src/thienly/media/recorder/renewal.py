"""The recorder's certificate for the bus: the next is asked for in time, and used at the next connection."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import structlog

from thienly.bus import subjects
from thienly.bus.authority import RENEW_DAYS, ends, write_private
from thienly.bus.client import Bus, BusRefused, BusUnavailable

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 3600.0


async def keep_certificate(bus: Bus, *, recorder: str, path: Path) -> None:
    """Until cancelled."""
    while True:
        try:
            if (ends(path) - datetime.now(UTC)).days < RENEW_DAYS:
                pem = await bus.request(subjects.renew(recorder), b"", timeout_s=20)
                await asyncio.to_thread(write_private, path, pem)
                log.info("certificate_renewed", recorder=recorder, until=ends(path).isoformat())
        except (BusUnavailable, BusRefused, OSError, ValueError) as error:
            log.warning("certificate_not_renewed", recorder=recorder, error=str(error))
        await asyncio.sleep(LOOK_EVERY_S)
