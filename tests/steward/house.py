"""An installation for tests of the steward: its own data directory and bus, the database of the test."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from django.db import connection

from thienly.bus import server
from thienly.bus.client import Bus
from thienly.bus.messages import Fact
from thienly.bus.server import Login
from thienly.conf import Conf

T = TypeVar("T")


def database_url() -> str:
    """The database that this test uses, for another process."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite://{name}"
    user, host = connection.settings_dict["USER"], connection.settings_dict["HOST"]
    return f"postgresql://{user}@/{name}?host={host}"


def eventually(look: Callable[[], T], *, within_s: float = 20.0, what: str = "") -> T:
    """The first answer that is true. Fails with the last one."""
    deadline = time.monotonic() + within_s
    while not (answer := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what or look} did not come true: {answer!r}")
        time.sleep(0.1)
    return answer


class House:
    """`login`: of its bus. `conf`: of its data directory."""

    def __init__(self, data: Path, login: Login, bus: subprocess.Popen[bytes]) -> None:
        self.data = data
        self._bus = bus
        self.login = login
        self.conf = Conf(data, env={})

    def on_bus(self, work: Callable[[Bus], Awaitable[T]]) -> T:
        """Runs `work` with a connection of its own."""

        async def run() -> T:
            bus = await Bus.connect(
                self.login.url, user=self.login.user, password=self.login.password, name="test"
            )
            try:
                await bus.ensure(zones=["main"])
                return await work(bus)
            finally:
                await bus.close()

        return asyncio.run(run())

    def publish(self, *facts: Fact) -> None:
        async def send(bus: Bus) -> None:
            for fact in facts:
                await bus.publish_fact(fact)

        self.on_bus(send)

    def start(self) -> subprocess.Popen[bytes]:
        """A steward; end it with `stop` or `kill`."""
        env = {k: v for k, v in os.environ.items() if not k.startswith(("THIENLY_", "DJANGO_"))}
        env |= {"THIENLY_DATA": str(self.data), "THIENLY_DATABASE_URL": database_url()}
        with (self.data / "steward.log").open("ab") as log:
            command = [sys.executable, "-m", "thienly.steward"]
            return subprocess.Popen(command, env=env, stdout=log, stderr=log)

    @contextmanager
    def steward(self) -> Iterator[subprocess.Popen[bytes]]:
        process = self.start()
        try:
            yield process
        finally:
            stop(process)

    def kill_bus(self) -> None:
        """`kill -9` of the bus server of this installation."""
        self._bus.kill()
        self._bus.wait(10)

    @property
    def log(self) -> str:
        return (self.data / "steward.log").read_text()


def stop(process: subprocess.Popen[bytes]) -> int:
    """SIGTERM; its exit code."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    return process.wait(15)


@contextmanager
def house(data: Path) -> Iterator[House]:
    shutil.copytree(Path(os.environ["THIENLY_DATA"], "keys"), data / "keys")
    login = server.prepare(data / "nats")
    (data / "thienly.toml").write_text('profile = "demo"\nkeep_days = 3\n')
    bus = subprocess.Popen(
        server.command(data / "nats"), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    try:
        yield House(data, login, bus)
    finally:
        bus.kill()
        bus.wait(10)
