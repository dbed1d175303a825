"""The gateway's connection to the bus: sought until it is found, and kept."""

import asyncio

import structlog

from thienly.bus.client import Bus, BusUnavailable
from thienly.conf import Conf

log = structlog.get_logger(__name__)


class Link:
    """`bus` is None until the first connection; from then on the client reconnects by itself."""

    def __init__(self, conf: Conf, name: str) -> None:
        self._conf = conf
        self._name = name
        self.bus: Bus | None = None

    def get(self) -> Bus:
        """Raises BusUnavailable when it is down now."""
        if self.bus is None or not self.bus.connected:
            raise BusUnavailable("no connection to the bus")
        return self.bus

    async def seek(self) -> Bus:
        """Connects, however long it takes."""
        while self.bus is None:
            try:
                self.bus = await Bus.join(self._conf.bus_login(), name=self._name)
            except (BusUnavailable, FileNotFoundError) as error:
                log.warning("bus_away", error=type(error).__name__)
                await asyncio.sleep(1)
        return self.bus

    async def close(self) -> None:
        if self.bus is not None:
            await self.bus.close()
