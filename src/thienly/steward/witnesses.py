"""Carries signatures over history to witnesses outside, beside everything else."""

import asyncio

import structlog
from django.utils import timezone

from thienly.conf import Conf
from thienly.core.ledger import witnesses

BEAT_S = 10

log = structlog.get_logger(__name__)


class Witnesses:
    """In a thread of its own: a witness may take long to answer."""

    def __init__(self, conf: Conf) -> None:
        self._conf = conf

    async def run(self) -> None:
        """Ends only with its task."""
        while self._conf.file.witnesses:
            try:
                await asyncio.to_thread(witnesses.carry, self._conf, now=timezone.now())
            except OSError as error:  # our own disk
                log.warning("duty_failed", duty="witnesses", error=type(error).__name__)
            await asyncio.sleep(BEAT_S)
        await asyncio.Event().wait()
