"""Has recorders read the oldest footage of every camera in rotation, at a bounded rate."""

import asyncio
from functools import partial

import structlog
from django.db import Error as DatabaseError
from django.utils import timezone
from nats.errors import Error as NatsError
from pydantic import ValidationError

from thienly.bus import subjects
from thienly.bus.client import Bus, BusRefused, BusUnavailable
from thienly.bus.questions import OldestAsk, OldestRead
from thienly.core.recording.proving import Question, next_questions, save_answer
from thienly.steward.database import Database

ROUND_S = 10.0
A_ROUND = 5
"""43,200 cameras a day at most."""
ANSWER_WITHIN_S = 15.0

log = structlog.get_logger(__name__)


class Prover:
    def __init__(self, bus: Bus, database: Database) -> None:
        self._bus = bus
        self._database = database

    async def run(self) -> None:
        """Ends only with its task."""
        while True:
            try:
                await self.round()
            except (DatabaseError, NatsError, OSError) as error:
                log.warning("proofs_not_saved", error=type(error).__name__)
            await asyncio.sleep(ROUND_S)

    async def round(self) -> int:
        """Asks about the next few cameras; returns how many. Raises Error of the database."""
        questions = await self._database.run(lambda: next_questions(now=timezone.now(), limit=A_ROUND))
        for question in questions:
            answer = await self._ask(question)
            work = partial(save_answer, question=question, answer=answer, now=timezone.now())
            await self._database.run(work)
        return len(questions)

    async def _ask(self, question: Question) -> OldestRead | None:
        """None when nobody answers."""
        if not question.recorder:
            return OldestRead(found=False, ok=True)  # the centre knows of no footage: nothing to read
        ask = OldestAsk(camera=question.camera.id.hex).encode()
        try:
            data = await self._bus.request(
                subjects.archive_oldest(question.recorder), ask, timeout_s=ANSWER_WITHIN_S
            )
            return OldestRead.decode(data)
        except (BusUnavailable, BusRefused, ValidationError) as error:
            log.info("oldest_not_answered", recorder=question.recorder, error=type(error).__name__)
            return None
