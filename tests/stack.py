"""A whole installation for tests: real processes, real NATS, real RTSP, its own directory and ports.

The processes are those that `thienly up` supervises; `pids` and `kill` reach each of them.
"""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tests.interpreter import Interpreter
from thienly.bus.server import free_port

T = TypeVar("T")
ROOT = Path(__file__).parent.parent
CLIPS = ROOT / "build" / "clips"  # rendered once for all runs of the tests


@dataclass
class Stack:
    """Running processes of one installation. `base` is the address of its pages, without a slash."""

    data: Path
    port: int
    process: subprocess.Popen[bytes]
    env: dict[str, str]
    interpreter: Interpreter

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pids(self) -> dict[str, int]:
        """Name → pid of what the supervisor runs now."""
        pids: dict[str, int] = json.loads((self.data / "pids.json").read_text())
        return pids

    def kill(self, name: str) -> int:
        """SIGKILL to a process; returns the pid that died."""
        pid = self.pids[name]
        os.kill(pid, signal.SIGKILL)
        return pid

    def wait_restarted(self, name: str, old: int, *, within_s: float = 20) -> None:
        wait_until(
            lambda: self.pids.get(name) not in (None, old), within_s=within_s, what=f"{name} restarted"
        )

    def python(self, code: str) -> str:
        """Runs code in this installation's Django; what it prints comes back."""
        return self.interpreter.run(code)

    def log(self, name: str) -> str:
        path = self.data / "logs" / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""


def wait_until(condition: Callable[[], T], *, within_s: float, what: str, every_s: float = 0.2) -> T:
    """The first true answer of `condition`; AssertionError when the time is over."""
    deadline = time.monotonic() + within_s
    while True:
        answer = condition()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"not within {within_s} s: {what}"
        time.sleep(every_s)


def environment(data: Path, port: int) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("THIENLY_", "DJANGO_"))}
    return {
        **kept,
        "THIENLY_DATA": str(data),
        "THIENLY_PORT": str(port),
        "THIENLY_SIM_CACHE": str(CLIPS),
        "DJANGO_SETTINGS_MODULE": "thienly.settings",
        "PYTHONPATH": str(ROOT),
    }


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@contextmanager
def demo(data: Path, *, picture: str = "640x360", **more: str) -> Iterator[Stack]:
    """The demo province, as `make run` starts it, with small pictures."""
    port = free_port()
    env = {**environment(data, port), "THIENLY_DEMO_PICTURE": picture, **more}
    with _running(["demo"], data, port, env) as stack:
        yield stack


@contextmanager
def installation(data: Path, *, prepare: Callable[[dict[str, str]], None]) -> Iterator[Stack]:
    """`thienly up` on a directory that `prepare(environment)` has filled."""
    port = free_port()
    env = environment(data, port)
    prepare(env)
    with _running(["up"], data, port, env) as stack:
        yield stack


@contextmanager
def _running(words: list[str], data: Path, port: int, env: dict[str, str]) -> Iterator[Stack]:
    data.mkdir(parents=True, exist_ok=True)
    with (data / "console.log").open("wb") as console:
        process = subprocess.Popen(
            [sys.executable, "-m", "thienly", *words], env=env, stdout=console, stderr=subprocess.STDOUT
        )
    stack = Stack(data, port, process, env, Interpreter(env))
    try:
        wait_until(
            lambda: process.poll() is not None or answers(f"{stack.base}/api/health"),
            within_s=150,
            what="the pages answer",
        )
        assert process.poll() is None, (data / "console.log").read_text(errors="replace")
        yield stack
    finally:
        stack.interpreter.end()
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
