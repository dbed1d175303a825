"""Takes facts from their stream: in batches, acknowledged after the commit, never stopped by a bad one."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Sequence

import structlog
from django.db import DataError, IntegrityError
from django.utils import timezone
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import MsgAlreadyAckdError
from nats.js import JetStreamContext

from thienly.bus import subjects
from thienly.bus.client import Bus, cancellable
from thienly.bus.messages import FACTS, Fact
from thienly.core.recording.apply import Poison, apply_facts
from thienly.steward.database import Database

BATCH = 500
BATCH_EVERY_S = 0.2
_KINDS = {kind.kind: kind for kind in FACTS}
_BAD = (Poison, DataError, IntegrityError)

log = structlog.get_logger(__name__)


class FactTaker:
    """`counts`: facts applied, about cameras that are `unknown`, and `poison`, since the process began."""

    def __init__(self, bus: Bus, database: Database) -> None:
        self._bus = bus
        self._database = database
        self.counts: Counter[str] = Counter()

    async def run(self) -> None:
        """Ends only with its task."""
        while True:
            try:
                pull = await self._bus.js.pull_subscribe_bind(
                    subjects.STEWARD_CONSUMER, subjects.FACTS_STREAM
                )
                try:
                    while True:
                        await self._take(pull)
                finally:
                    with contextlib.suppress(NatsError, OSError):
                        await pull.unsubscribe()
            except (NatsError, OSError) as error:
                log.warning("fact_stream_away", error=type(error).__name__)
                await asyncio.sleep(1)

    async def _take(self, pull: JetStreamContext.PullSubscription) -> None:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        try:
            with cancellable():
                messages = await pull.fetch(BATCH, timeout=5)
        except TimeoutError:
            return
        facts = [(message, fact) for message in messages if (fact := await self._decode(message))]
        await self._apply(facts)
        for message, _ in facts:
            with contextlib.suppress(MsgAlreadyAckdError):  # ended as poison
                await message.ack()
        # Facts trickle in one by one: a transaction for each would keep others from writing.
        await asyncio.sleep(max(0.0, BATCH_EVERY_S - (loop.time() - begun)))

    async def _decode(self, message: Msg) -> Fact | None:
        try:
            _, kind, recorder, _ = message.subject.split(".")
            fact = _KINDS[kind].decode(message.data)
            if fact.recorder != recorder:  # the server lets each recorder speak under its own name alone
                raise Poison("told in the name of another recorder")
        except (KeyError, ValueError, Poison) as error:
            await self._bury(message, error)
            return None
        return fact

    async def _apply(self, pairs: Sequence[tuple[Msg, Fact]]) -> None:
        """All in one transaction; when one is bad, one by one."""
        facts = [fact for _, fact in pairs]
        waiting = [message for message, _ in pairs]
        try:
            await self._commit(facts, waiting)
        except _BAD:
            for message, fact in pairs:
                try:
                    await self._commit([fact], waiting)
                except _BAD as error:
                    await self._bury(message, error)

    async def _commit(self, facts: Sequence[Fact], waiting: Sequence[Msg]) -> None:
        async def still_working() -> None:
            for message in waiting:
                with contextlib.suppress(NatsError):  # already ended as poison, or the bus is away too
                    await message.in_progress()

        known = await self._database.until_done(
            lambda: apply_facts(facts, now=timezone.now()), meanwhile=still_working
        )
        self.counts["applied"] += known
        self.counts["unknown"] += len(facts) - known

    async def _bury(self, message: Msg, error: Exception) -> None:
        """Never delivered again; it stays in the stream for whoever wants to look."""
        self.counts["poison"] += 1
        sequence = message.metadata.sequence.stream
        log.error("fact_refused", subject=message.subject, stream_seq=sequence, error=type(error).__name__)
        await message.term()
