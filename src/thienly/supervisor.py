"""Runs every process of an installation on one machine: starts, restarts, and stops them together."""

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1
STOP_WITHIN_S = 10.0
LOG_LIMIT = 20 * 1024 * 1024  # bytes; a larger log is set aside when its process starts


@dataclass(slots=True)
class Child:
    """One process to keep alive. `command` holds no secret: it stands in the process list."""

    name: str
    command: list[str]
    env: dict[str, str] = field(default_factory=dict)


def _die_with_parent() -> None:
    """In the child: a supervisor that is killed takes its processes along, each with an orderly SIGTERM."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Supervisor:
    """Keeps children running until `stop`. A child that ends is started again, later each time it fails."""

    def __init__(self, logs: Path, say: Callable[[str], None]) -> None:
        self._logs = logs
        self._say = say
        self._tasks: list[asyncio.Task[None]] = []
        self._processes: dict[str, asyncio.subprocess.Process] = {}
        self._stopping = False

    @property
    def pids(self) -> dict[str, int]:
        return {name: process.pid for name, process in self._processes.items() if process.returncode is None}

    def start(self, child: Child) -> None:
        self._tasks.append(asyncio.create_task(self._keep(child), name=child.name))

    async def _keep(self, child: Child) -> None:
        pause = 0.5
        while not self._stopping:
            started = time.monotonic()
            process = await self._spawn(child)
            code = await process.wait()
            if self._stopping:
                return
            lived = time.monotonic() - started
            pause = 0.5 if lived > 30 else min(pause * 2, 10.0)
            self._say(
                f"{child.name} ended (code {code}) after {lived:.0f} s; starting it again in {pause:.1f} s"
            )
            await asyncio.sleep(pause)

    async def _spawn(self, child: Child) -> asyncio.subprocess.Process:
        self._logs.mkdir(parents=True, exist_ok=True)
        path = self._logs / f"{child.name}.log"
        if path.exists() and path.stat().st_size > LOG_LIMIT:
            path.replace(path.with_suffix(".log.1"))
        with path.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *child.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **child.env},
                start_new_session=True,  # Ctrl-C reaches the supervisor alone, which then stops them in order
                preexec_fn=_die_with_parent,
            )
        self._processes[child.name] = process
        return process

    async def stop(self) -> None:
        """SIGTERM to all but the bus, then to the bus; SIGKILL to what is left after `STOP_WITHIN_S`."""
        self._stopping = True
        bus = self._processes.pop("nats", None)
        await self._end(list(self._processes.values()))
        if bus is not None:
            await self._end([bus])
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _end(self, processes: list[asyncio.subprocess.Process]) -> None:
        running = [process for process in processes if process.returncode is None]
        for process in running:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        try:
            async with asyncio.timeout(STOP_WITHIN_S):
                await asyncio.gather(*(process.wait() for process in running))
        except TimeoutError:
            for process in running:
                if process.returncode is None:
                    with contextlib.suppress(ProcessLookupError):
                        process.kill()
            await asyncio.gather(*(process.wait() for process in running))


def thienly(*words: str) -> list[str]:
    """The command line of a process of ours, run by this very interpreter."""
    return [sys.executable, "-m", "thienly", *words]
