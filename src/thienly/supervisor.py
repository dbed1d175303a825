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

from thienly.rotation import rotate

PR_SET_PDEATHSIG = 1
STOP_WITHIN_S = 10.0
SUCCEED_WITHIN_S = 180.0
ROTATE_EVERY_S = 10.0


@dataclass(slots=True)
class Child:
    """One process to keep alive. `command` holds no secret: it stands in the process list.

    `succeed`: the command of a successor, which takes over from the process that runs and lets it end; empty
    when a restart is an end and a start. `fds` are handed down, so that each process finds them again.
    """

    name: str
    command: list[str]
    env: dict[str, str] = field(default_factory=dict)
    succeed: list[str] = field(default_factory=list)
    fds: tuple[int, ...] = ()


def _die_with_parent() -> None:
    """In the child: a supervisor that is killed takes its processes along, each with an orderly SIGTERM."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Supervisor:
    """Keeps children running until `stop`. A child that ends is started again, later each time it fails."""

    def __init__(self, logs: Path, say: Callable[[str], None]) -> None:
        self._logs = logs
        self._say = say
        self._children: dict[str, Child] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._processes: dict[str, asyncio.subprocess.Process] = {}
        self._successors: dict[str, asyncio.subprocess.Process] = {}
        self._restarting: set[str] = set()
        self._stopping = False

    @property
    def pids(self) -> dict[str, int]:
        return {name: process.pid for name, process in self._processes.items() if process.returncode is None}

    @property
    def names(self) -> list[str]:
        """Of the children, in the order in which they were started."""
        return list(self._children)

    def start(self, child: Child) -> None:
        if not self._children:
            self._tasks.append(asyncio.create_task(self._rotate(), name="rotate"))
        self._children[child.name] = child
        self._tasks.append(asyncio.create_task(self._keep(child), name=child.name))

    async def restart(self, name: str) -> bool:
        """A new process in place of the old one. True when a successor took over while the old one ran;
        False when there was a time between. Raises KeyError."""
        child, old = self._children[name], self._processes[name]
        if name in self._restarting:
            return False
        self._restarting.add(name)
        try:
            if child.succeed and old.returncode is None and await self._succeed(child, old):
                return True
            with contextlib.suppress(ProcessLookupError):
                old.terminate()
            await self._ended(old)
            while self._processes[name] is old and not self._stopping:  # noqa: ASYNC110 - no event tells it
                await asyncio.sleep(0.05)  # `_keep` starts the next one
            return False
        finally:
            self._restarting.discard(name)

    async def _succeed(self, child: Child, old: asyncio.subprocess.Process) -> bool:
        """Whether the successor runs and the old one has ended by itself."""
        successor = await self._spawn(child, child.succeed)
        self._successors[child.name] = successor
        ends = [asyncio.create_task(process.wait()) for process in (old, successor)]
        await asyncio.wait(ends, timeout=SUCCEED_WITHIN_S, return_when=asyncio.FIRST_COMPLETED)
        for end in ends:
            end.cancel()
        if successor.returncode is None and old.returncode is not None:
            return True
        self._say(f"{child.name}: the successor did not take over; the process is stopped and started")
        self._successors.pop(child.name, None)
        if successor.returncode is None:
            await self._end([successor])
        return False

    async def _keep(self, child: Child) -> None:
        pause = 0.5
        process: asyncio.subprocess.Process | None = None
        while not self._stopping:
            started = time.monotonic()
            process = process or await self._spawn(child, child.command)
            self._processes[child.name] = process
            code = await process.wait()
            process = self._successors.pop(child.name, None)
            if self._stopping or process is not None or child.name in self._restarting:
                continue
            lived = time.monotonic() - started
            pause = 0.5 if lived > 30 else min(pause * 2, 10.0)
            self._say(
                f"{child.name} ended (code {code}) after {lived:.0f} s; starting it again in {pause:.1f} s"
            )
            await asyncio.sleep(pause)

    async def _spawn(self, child: Child, command: list[str]) -> asyncio.subprocess.Process:
        self._logs.mkdir(parents=True, exist_ok=True)
        with (self._logs / f"{child.name}.log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **child.env},
                pass_fds=child.fds,
                start_new_session=True,  # Ctrl-C reaches the supervisor alone, which then stops them in order
                preexec_fn=_die_with_parent,
            )

    async def _rotate(self) -> None:
        while True:
            for name in self.names:
                try:
                    await asyncio.to_thread(rotate, self._logs / f"{name}.log")
                except OSError as error:
                    self._say(f"{name}.log cannot be set aside: {error}")
            await asyncio.sleep(ROTATE_EVERY_S)

    async def stop(self) -> None:
        """SIGTERM to all but the bus, then to the bus; SIGKILL to what is left after `STOP_WITHIN_S`."""
        self._stopping = True
        bus = self._processes.pop("nats", None)
        await self._end([*self._processes.values(), *self._successors.values()])
        if bus is not None:
            await self._end([bus])
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _end(self, processes: list[asyncio.subprocess.Process]) -> None:
        for process in processes:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.terminate()
        await asyncio.gather(*(self._ended(process) for process in processes))

    async def _ended(self, process: asyncio.subprocess.Process) -> None:
        """Waits for the end of a process that was asked to end; then makes it."""
        try:
            async with asyncio.timeout(STOP_WITHIN_S):
                await process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


def thienly(*words: str) -> list[str]:
    """The command line of a process of ours, run by this very interpreter."""
    return [sys.executable, "-m", "thienly", *words]
