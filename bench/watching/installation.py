"""An installation to watch: simulated cameras, bus, recorder, steward, gateway, and one signed-in viewer."""

import asyncio
import http.client
import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.recording.source import Source, running_source
from thienly.bus import server
from thienly.bus.client import Bus
from thienly.bus.vault import Vault
from thienly.core.ledger.keys import new_signing_key

READY_S = 60


@dataclass(frozen=True)
class Installation:
    """`session` is the viewer's session key; `cameras` are ids; `gateway` and `recorder` are pids."""

    port: int
    session: str
    cameras: list[str]
    gateway: int
    recorder: int

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def running(
    cameras: int, *, width: int, height: int, bitrate: int, directory: Path
) -> Iterator[Installation]:
    """Starts everything; all cameras are recorded and the pages answer. Raises RuntimeError."""
    with ExitStack() as stack:
        source = stack.enter_context(
            running_source(cameras, width=width, height=height, bitrate=bitrate, directory=directory)
        )
        data = directory / "data"
        port = server.free_port()
        _lay(data, port, cameras)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("THIENLY_")}
        ours = {"THIENLY_DATA": str(data), "DJANGO_SETTINGS_MODULE": "thienly.settings"}
        environment = {**kept, **ours}
        session, ids = _populate(source, environment)

        def start(name: str, command: list[str]) -> subprocess.Popen[bytes]:
            log = stack.enter_context((directory / f"{name}.log").open("wb"))
            process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
            stack.callback(_end, process)
            return process

        command = [sys.executable, "-m", "thienly"]
        login = server.prepare(data / "nats")
        start("nats", server.command(data / "nats"))
        asyncio.run(_ensure(login))
        start("steward", [*command, "steward"])
        recorder = start("recorder", [*command, "recorder", "--name", "r1"])
        gateway = start("gateway", [*command, "gateway"])
        _wait(lambda: _answers(port), "the pages answer")
        _wait(lambda: _recording(data / "db.sqlite3") >= cameras, "every camera is recorded")
        yield Installation(port, session, ids, gateway.pid, recorder.pid)


def _lay(data: Path, port: int, cameras: int) -> None:
    keys = data / "keys"
    keys.mkdir(parents=True)
    (keys / "vault.key").write_bytes(Vault.new_key())
    (keys / "ledger.pem").write_bytes(new_signing_key())
    (keys / "django.secret").write_text("only for this measurement, which listens on loopback")
    recorder = f'[[recorders]]\nname = "r1"\ncapacity = {cameras}\n'
    recorder += '[[hls_clients]]\nname = "bench"\naccount = "phepdo"\n'
    (data / "thienly.toml").write_text(f'profile = "demo"\nport = {port}\n{recorder}')


def _populate(source: Source, environment: dict[str, str]) -> tuple[str, list[str]]:
    command = [sys.executable, "-m", "bench.watching.rows", *source.urls]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    laid = json.loads(done.stdout)
    return laid["session"], laid["cameras"]


async def _ensure(login: server.Login) -> None:
    bus = await Bus.connect(login.url, user=login.user, password=login.password, name="bench")
    await bus.ensure(zones=["main"])
    await bus.close()


def _recording(database: Path) -> int:
    with closing(sqlite3.connect(database)) as connection:
        row = connection.execute("SELECT count(*) FROM recording_camerastate WHERE state = 'recording'")
        return int(row.fetchone()[0])


def _answers(port: int) -> bool:
    try:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=2)) as connection:
            connection.request("GET", "/signin/")
            connection.getresponse()
    except OSError:
        return False
    return True


def _wait(ready: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + READY_S
    while not ready():
        if time.monotonic() > deadline:
            raise RuntimeError(f"not after {READY_S} s: {what}")
        time.sleep(0.2)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(5)
