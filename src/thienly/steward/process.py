"""Everything that the steward does, side by side, until it is told to stop."""

import asyncio
import contextlib
import signal

import structlog
from nats.errors import Error as NatsError

from thienly.bus.client import end
from thienly.conf import Conf
from thienly.core.bus import connect
from thienly.steward.availability import Watch
from thienly.steward.clock import Clock
from thienly.steward.database import Database
from thienly.steward.facts import FactTaker
from thienly.steward.heartbeats import Heartbeats
from thienly.steward.packing import Packer
from thienly.steward.proving import Prover
from thienly.steward.publisher import Publisher
from thienly.steward.renewals import Renewals
from thienly.steward.testing import Tester
from thienly.steward.witnesses import Witnesses

log = structlog.get_logger(__name__)


async def serve(conf: Conf) -> None:
    """Until SIGTERM or SIGINT. Raises BusUnavailable; an ExceptionGroup when a duty meets the unforeseen."""
    bus = await connect(conf, name="steward")
    await bus.ensure(zones=conf.zones)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    database = Database()
    taker = FactTaker(bus, database)
    watch = Watch(bus, database, conf)
    duties = (
        taker,
        Publisher(bus, database, conf),
        Heartbeats(bus, database),
        Clock(database),
        Prover(bus, database),
        watch,
        Renewals(bus, database, conf),
        Tester(bus, database),
        Packer(conf),
        Witnesses(conf),
    )
    log.info("steward_started")
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(duty.run(), name=type(duty).__name__) for duty in duties]
            await stop.wait()
            await end(*tasks)
            await watch.stopping()
    finally:
        # A batch under way is committed; unacknowledged, it comes again and changes nothing.
        await asyncio.to_thread(database.close)
        with contextlib.suppress(NatsError, OSError):
            await bus.close()
        log.info("steward_stopped", **taker.counts)
