"""The database, from asyncio: one thread does it all, so that the loop never waits and writes keep order."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import structlog
from django.db import DataError, Error, IntegrityError, close_old_connections, connections

T = TypeVar("T")
log = structlog.get_logger(__name__)


class Database:
    """Connections are checked around each piece of work; a database that went away is found again."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="database")

    async def run(self, work: Callable[[], T]) -> T:
        """Raises whatever `work` raises."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, _fresh, work)

    async def until_done(self, work: Callable[[], T], *, meanwhile: Callable[[], Awaitable[None]]) -> T:
        """Tries until the database takes it. Calls `meanwhile` after each failure.

        Raises what is no failure of the database to answer, see `is_away`.
        """
        pause = 0.5
        while True:
            try:
                return await self.run(work)
            except Error as error:
                if not is_away(error):
                    raise
                log.warning("database_away", error=type(error).__name__, retry_s=pause)
            await meanwhile()
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5.0)

    def close(self) -> None:
        """Waits for the work that is under way."""
        self._thread.submit(connections.close_all)
        self._thread.shutdown(wait=True)


def is_away(error: Error) -> bool:
    """Whether trying again may help: not when the database refused the data itself."""
    return not isinstance(error, DataError | IntegrityError)


def _fresh(work: Callable[[], T]) -> T:
    close_old_connections()
    try:
        return work()
    except Error:
        connections.close_all()
        raise
    finally:
        close_old_connections()
