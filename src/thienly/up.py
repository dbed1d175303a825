"""`thienly up`: an installation on one machine, in the foreground."""

import asyncio
import contextlib
import json
import signal
import socket
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from thienly import membership, restart
from thienly.bus import server as nats_server
from thienly.bus.client import Bus
from thienly.conf import Conf
from thienly.supervisor import Child, Supervisor, thienly

Say = Callable[[str], None]
CERTIFICATES_EVERY_S = 6 * 3600.0


class PortTaken(Exception):
    """Another program listens where the pages should be."""


def listen(host: str, port: int) -> socket.socket:
    """The pages' port. It belongs to the supervisor: while the gateway is restarted, who comes waits instead
    of being turned away. Raises PortTaken."""
    try:
        # Without SO_REUSEPORT: another program on this port must be noticed.
        return socket.create_server((host, port), backlog=2048)
    except OSError as error:
        raise PortTaken(f"{host}:{port}") from error


async def up(conf: Conf, *, say: Say, extra: list[Child], ready: Callable[[], None]) -> None:
    """Runs everything until SIGINT or SIGTERM. `extra` children start first (the simulated cameras).

    `ready` is called when the pages answer. Raises PortTaken.
    """
    door = listen(conf.file.host, conf.port)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    supervisor = Supervisor(conf.data / "logs", say)
    pids = conf.data / "pids.json"
    try:
        if not conf.nats_url:
            membership.prepare(conf, now=datetime.now(UTC))
            supervisor.start(Child("nats", nats_server.command(conf.nats_dir)))
        for child in extra:
            supervisor.start(child)
        bus = await connect(conf, "up")
        await bus.ensure(zones=conf.zones)
        await bus.close()
        supervisor.start(Child("steward", thienly("steward")))
        gateway = thienly("gateway", "--fd", str(door.fileno()))
        supervisor.start(Child("gateway", gateway, fds=(door.fileno(),)))
        if conf.file.transcode_slots:
            supervisor.start(Child("transcoder", thienly("transcoder")))
        for recorder in conf.file.recorders:
            words = thienly("recorder", "--name", recorder.name)
            supervisor.start(Child(f"recorder-{recorder.name}", words, succeed=[*words, "--succeed"]))
        others = [
            asyncio.create_task(_announce(conf, ready)),
            asyncio.create_task(restart.serve(conf, supervisor)),
            asyncio.create_task(_keep_certificates(conf, say)),
        ]
        while not stop.is_set():
            _write_pids(pids, supervisor.pids)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await stop.wait()
        for other in others:
            other.cancel()
        say("stopping …")
    finally:
        await supervisor.stop()
        door.close()
        pids.unlink(missing_ok=True)


async def connect(conf: Conf, name: str) -> Bus:
    """The installation's bus, external or child. Raises BusUnavailable, FileNotFoundError."""
    return await Bus.join(conf.bus_login(), name=name)


async def _keep_certificates(conf: Conf, say: Say) -> None:
    """Renews those of this machine in time."""
    while conf.file.bus_listen:
        await asyncio.sleep(CERTIFICATES_EVERY_S)
        try:
            await asyncio.to_thread(membership.renew, conf, now=datetime.now(UTC))
        except (OSError, ValueError) as error:
            say(f"certificates of the bus are not renewed: {error}")


async def _announce(conf: Conf, ready: Callable[[], None]) -> None:
    host = "127.0.0.1" if conf.file.host == "0.0.0.0" else conf.file.host  # noqa: S104 - compared, not bound
    health = urllib.request.Request(
        f"http://{host}:{conf.port}/api/health", headers={"Host": conf.file.hosts[0]}
    )
    while not await asyncio.to_thread(_answers, health):  # noqa: ASYNC110 - another process is waited for
        await asyncio.sleep(0.3)
    ready()


def _answers(health: urllib.request.Request) -> bool:
    try:
        with urllib.request.urlopen(health, timeout=2) as response:  # noqa: S310 - our own address
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _write_pids(path: Path, pids: dict[str, int]) -> None:
    """For `thienly doctor` and the fault tests: which process has which pid now."""
    text = json.dumps(pids)
    if not path.exists() or path.read_text() != text:
        temporary = path.with_suffix(".tmp")
        temporary.write_text(text)
        temporary.replace(path)
