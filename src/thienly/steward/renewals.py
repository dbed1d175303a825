"""Recorders elsewhere get their next certificate over the bus, while the one they have lets them in."""

import asyncio
from datetime import datetime, timedelta
from functools import partial

import structlog
from django.db import Error as DatabaseError
from django.utils import timezone
from nats.aio.msg import Msg

from thienly import membership
from thienly.bus import subjects
from thienly.bus.client import Bus
from thienly.conf import Conf
from thienly.core.recording.bus_members import issued
from thienly.steward.database import Database

AGAIN_AFTER = timedelta(days=1)
"""An answer may be lost; nobody makes certificates without end."""

log = structlog.get_logger(__name__)


class Renewals:
    """Answers where the authority is. The subject names the recorder: only its own certificate may use it."""

    def __init__(self, bus: Bus, database: Database, conf: Conf) -> None:
        self._bus = bus
        self._database = database
        self._conf = conf
        self._one = asyncio.Lock()

    async def run(self) -> None:
        """Ends only with its task."""
        if membership.authority(self._conf).exists:
            await self._bus.subscribe(subjects.RENEWALS, self._answer)
        await asyncio.Event().wait()

    async def _answer(self, message: Msg) -> None:
        name = message.subject.rsplit(".", 1)[1]
        if not message.reply:
            return
        async with self._one:
            try:
                pem = await self._renewed(name)
            except (OSError, ValueError, DatabaseError) as error:
                log.warning("certificate_not_renewed", recorder=name, error=type(error).__name__)
                await self._bus.reply_error(message, "not now")
                return
        if pem is None:
            await self._bus.reply_error(message, "not due")
        else:
            log.info("certificate_renewed", recorder=name)
            await self._bus.reply(message, pem)

    async def _renewed(self, name: str) -> bytes | None:
        """None when it is not due, or the name is nobody's (any more)."""
        authority, now = membership.authority(self._conf), timezone.now()
        standing = [m for m in authority.standing(now) if (m.role, m.name) == ("recorder", name)]
        if not standing or now.timestamp() - standing[0].since < AGAIN_AFTER.total_seconds():
            return None
        zone = standing[0].zone

        def issue(at: datetime) -> bytes:
            return authority.issue("recorder", name, now=at, zone=zone)

        work = partial(issued, role="recorder", name=name, zone=zone, issue=issue, by="steward")
        pem = await self._database.run(work)
        await asyncio.to_thread(membership.tell_server, self._conf, now=now)
        return pem
