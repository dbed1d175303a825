"""The bus for code that is not asyncio: one connection for each process, on a loop in a thread of its own."""

import asyncio
import contextlib
import os
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Late
from typing import Any, TypeVar

from nats.errors import Error as NatsError

from thienly.bus.client import Bus, BusUnavailable
from thienly.conf import Conf

T = TypeVar("T")
CONNECT_WITHIN_S = 2.0
AWAY_FOR_S = 5.0


async def connect(conf: Conf, *, name: str, patience_s: float = 30.0) -> Bus:
    """The installation's bus, an external server or the child. Raises BusUnavailable."""
    try:
        login = conf.bus_login()
    except FileNotFoundError as error:
        raise BusUnavailable("no bus was ever started here") from error
    return await Bus.join(login, name=name, patience_s=patience_s)


class SyncBus:
    """Calls from any thread. Connects at the first call, and again after it failed."""

    def __init__(self, conf: Conf) -> None:
        self._conf = conf
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._connecting: asyncio.Lock | None = None
        self._bus: Bus | None = None
        self._pid = 0
        self._away_until = 0.0

    def request(self, subject: str, data: bytes, *, timeout_s: float) -> bytes:
        """Raises BusUnavailable (nobody listens, or no answer in time) and BusRefused."""

        async def ask() -> bytes:
            return await (await self._connected()).request(subject, data, timeout_s=timeout_s)

        try:
            return self._submit(ask()).result(timeout_s + CONNECT_WITHIN_S + 1)
        except Late as error:
            raise BusUnavailable(subject) from error

    def publish_soon(self, subject: str, data: bytes = b"") -> None:
        """Returns at once; when the bus is away the message is lost."""

        async def send() -> None:
            if asyncio.get_running_loop().time() < self._away_until:
                return  # many hints in a row must not each wait for a bus that is away
            with contextlib.suppress(BusUnavailable, NatsError, OSError):
                await (await self._connected()).publish(subject, data)

        self._submit(send())

    def connected(self) -> bool:
        """Whether the bus answers now; tries to connect."""

        async def look() -> bool:
            return (await self._connected()).connected

        try:
            return self._submit(look()).result(CONNECT_WITHIN_S + 1)
        except (BusUnavailable, Late):
            return False

    def close(self) -> None:
        """Ends connection and thread; the next call starts anew."""
        with self._lock:
            loop, bus, self._loop, self._bus = self._loop, self._bus, None, None
        if loop is None or self._pid != os.getpid():
            return

        async def end() -> None:
            if bus is not None:
                await bus.close()
            pending = asyncio.all_tasks() - {asyncio.current_task()}
            for task in pending:
                task.cancel()
            await asyncio.gather(*pending, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)

    async def _connected(self) -> Bus:
        assert self._connecting is not None  # noqa: S101 - made with the loop
        async with self._connecting:
            if self._bus is None:
                loop, name = asyncio.get_running_loop(), f"pages-{os.getpid()}"
                try:
                    self._bus = await connect(self._conf, name=name, patience_s=CONNECT_WITHIN_S)
                except BusUnavailable:
                    self._away_until = loop.time() + AWAY_FOR_S
                    raise
            return self._bus

    def _submit(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        with self._lock:
            if (
                self._loop is None or self._pid != os.getpid()
            ):  # a forked child has the loop but not its thread
                self._loop, self._bus, self._pid = asyncio.new_event_loop(), None, os.getpid()
                self._connecting = asyncio.Lock()
                threading.Thread(target=_run, args=(self._loop,), name="bus", daemon=True).start()
            return asyncio.run_coroutine_threadsafe(work, self._loop)


def _run(loop: asyncio.AbstractEventLoop) -> None:
    try:
        loop.run_forever()
    finally:
        loop.close()
