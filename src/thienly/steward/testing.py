"""Has recorders test the connections that were ordered to be tested, one after the other."""

import asyncio
import time
from functools import partial
from uuid import UUID

import structlog
from django.db import Error as DatabaseError
from django.utils import timezone
from nats.errors import Error as NatsError
from pydantic import ValidationError

from thienly.bus import subjects
from thienly.bus.client import Bus, BusRefused, BusUnavailable
from thienly.bus.questions import ProbeResult
from thienly.core.quality.testing import TIMEOUT_S, WATCH_S, Question, next_question, save_result
from thienly.steward.database import Database

ROUND_S = 1.0
TRY_AGAIN_S = 30.0
AT_ONCE = 4
_MORE_S = 6.0  # for certificates, and for the way

log = structlog.get_logger(__name__)


class Tester:
    def __init__(self, bus: Bus, database: Database) -> None:
        self._bus = bus
        self._database = database
        self._resting: dict[UUID, float] = {}  # being tried, or tried in vain: until when (monotonic)

    async def run(self) -> None:
        """Ends only with its task."""
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(self._one_by_one())

    async def _one_by_one(self) -> None:
        while True:
            try:
                busy = await self.round()
            except (DatabaseError, NatsError, OSError) as error:
                log.warning("connection_test_not_saved", error=type(error).__name__)
                busy = False
            if not busy:
                await asyncio.sleep(ROUND_S)

    async def round(self) -> bool:
        """One test; whether there was one to do. Raises Error of the database."""
        now = time.monotonic()
        self._resting = {test: until for test, until in self._resting.items() if until > now}
        tried = set(self._resting)
        question = await self._database.run(lambda: next_question(leaving_out=tried))
        if question is None or question.test.pk in self._resting:  # another took it meanwhile
            return False
        self._resting[question.test.pk] = now + TRY_AGAIN_S
        result = await self._ask(question)
        if result is not None:
            work = partial(save_result, question=question, result=result, now=timezone.now())
            await self._database.run(work)
        return True

    async def _ask(self, question: Question) -> ProbeResult | None:
        """None when no recorder answers: the test waits."""
        patience = TIMEOUT_S + WATCH_S + _MORE_S
        try:
            data = await self._bus.request(
                subjects.probe(question.zone), question.request.encode(), timeout_s=patience
            )
            return ProbeResult.decode(data)
        except (BusUnavailable, BusRefused, ValidationError) as error:
            log.info("connection_test_waits", camera=str(question.test.camera), error=type(error).__name__)
            return None
