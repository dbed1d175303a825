"""The recorder's end of the work-queue: pulls cameras up to its capacity and keeps them with in-progress
acks."""

import asyncio
from collections.abc import Awaitable, Callable
from enum import Enum

import structlog
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import MsgAlreadyAckdError
from nats.js import JetStreamContext

from thienly.bus import subjects
from thienly.bus.client import Bus, cancellable

log = structlog.get_logger(__name__)

_FETCH_S = 2.0
_BATCH = 50
_FULL_S = 1.0


class Verdict(Enum):
    """What becomes of a job that was delivered."""

    KEEP = "keep"  # the camera is (or is already) recorded here
    DONE = "done"  # nobody wants it recorded
    LATER = "later"  # not now, or not here


Judge = Callable[[str, bool], Awaitable[Verdict]]
"""(camera, whether the job was delivered before) → verdict."""


class Jobs:
    """Jobs held by this recorder, by camera. A delivery that is adopted replaces the one before it."""

    def __init__(
        self, bus: Bus, *, zone: str, zones: list[str], room: Callable[[], int], judge: Judge
    ) -> None:
        self._bus = bus
        self._zone = zone
        self._zones = zones
        self._room = room
        self._judge = judge
        self._held: dict[str, Msg] = {}

    async def pull(self) -> None:
        """Takes jobs until cancelled."""
        while True:
            try:
                consumer = await self._bus.js.pull_subscribe_bind(
                    subjects.jobs_consumer(self._zone), subjects.JOBS_STREAM
                )
                try:
                    while True:
                        await self._once(consumer)
                finally:
                    if not self._bus.nc.is_closed:
                        await consumer.unsubscribe()
            except (OSError, NatsError, TimeoutError) as error:
                log.info("jobs_not_reachable", error=type(error).__name__)
                await asyncio.sleep(1)
                await self._prepare()

    async def _once(self, consumer: JetStreamContext.PullSubscription) -> None:
        # Held cameras are redelivered too after a cut, so a full recorder still looks, for one at a time.
        room = max(1, min(self._room(), _BATCH))
        if not self._bus.connected:
            await asyncio.sleep(0.2)
            return
        if self._room() <= 0:
            await asyncio.sleep(_FULL_S)  # what it cannot take it gives back: not in a tight loop
        try:
            with cancellable():
                messages = await consumer.fetch(room, timeout=_FETCH_S)
        except TimeoutError:
            return
        await asyncio.gather(*(self._consider(message) for message in messages))

    async def _consider(self, message: Msg) -> None:
        camera = message.subject.rsplit(".", 1)[1]
        delivered_before = message.metadata.num_delivered > 1
        verdict = await self._judge(camera, delivered_before)
        try:
            if verdict is Verdict.KEEP:
                self._held[camera] = message
                await message.in_progress()
            elif verdict is Verdict.DONE:
                await message.ack()
            else:
                await message.nak(delay=subjects.JOB_ACK_WAIT_S)
        except (NatsError, OSError) as error:
            log.info("job_not_answered", camera=camera, error=type(error).__name__)

    async def _prepare(self) -> None:
        try:
            await self._bus.ensure(zones=self._zones)
        except (OSError, NatsError, TimeoutError) as error:
            log.debug("bus_not_prepared", error=type(error).__name__)

    async def keep(self) -> None:
        """Says "in progress" for every held job until cancelled; at once after the bus was away."""
        while True:
            if self._bus.connected:
                for message in list(self._held.values()):
                    try:
                        await message.in_progress()
                    except (NatsError, OSError):
                        break
            await self._pause()

    async def _pause(self) -> None:
        waited = 0.0
        was_connected = self._bus.connected
        while waited < subjects.JOB_PROGRESS_EVERY_S:
            await asyncio.sleep(0.25)
            waited += 0.25
            if self._bus.connected and not was_connected:
                return
            was_connected = self._bus.connected

    async def done(self, camera: str) -> None:
        """The camera needs no recorder any more: its job leaves the queue."""
        message = self._held.pop(camera, None)
        if message is not None:
            await self._answer(message, release=False)

    def forget(self, camera: str) -> None:
        """Another recorder has the job. Our delivery of it must not be answered: that would end theirs."""
        self._held.pop(camera, None)

    async def release_all(self) -> None:
        """Gives every job back at once, for others to take."""
        held, self._held = self._held, {}
        for message in held.values():
            await self._answer(message, release=True)

    async def _answer(self, message: Msg, *, release: bool) -> None:
        try:
            await (message.nak() if release else message.ack())
        except MsgAlreadyAckdError:
            pass
        except (NatsError, OSError) as error:
            log.info("job_not_answered", error=type(error).__name__)
