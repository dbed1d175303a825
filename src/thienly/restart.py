"""`thienly restart`: asks the supervisor that runs for new processes, and waits for them.

A request is an empty file in `<data>/restart/`, which the service's user alone may write; the supervisor
takes it away when the process is restarted, and leaves `<name>.done` with what happened.
"""

import asyncio
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

from thienly.conf import Conf
from thienly.supervisor import Supervisor

WITHIN_S = 240.0
BUS = "nats"


def restart(conf: Conf, names: list[str], *, say: Callable[[str], None]) -> int:
    """One process after the other; the exit code."""
    running = _running(conf)
    if not running:
        say(
            "Hệ thống không chạy bằng `thienly up` trong thư mục này.\n"
            "No `thienly up` runs on this data directory."
        )
        return 1
    wanted = names or [name for name in running if name != BUS]
    by_short_name = {name.removeprefix("recorder-"): name for name in running}
    unknown = [name for name in wanted if name not in running and name not in by_short_name]
    if unknown:
        say(
            f"Không có tiến trình {', '.join(unknown)}; đang chạy: {', '.join(running)}.\n"
            f"There is no process {', '.join(unknown)}; these run: {', '.join(running)}."
        )
        return 1
    return max(_one(conf, by_short_name.get(name, name), say) for name in wanted)


def _one(conf: Conf, name: str, say: Callable[[str], None]) -> int:
    directory = _directory(conf)
    done = directory / f"{name}.done"
    done.unlink(missing_ok=True)
    (directory / name).touch(mode=0o600)
    deadline = time.monotonic() + WITHIN_S
    while not done.exists():
        if time.monotonic() > deadline:
            (directory / name).unlink(missing_ok=True)
            say(f"{name}: sau {WITHIN_S:.0f} s chưa khởi động lại · not restarted within {WITHIN_S:.0f} s")
            return 1
        time.sleep(0.1)
    handed_over = json.loads(done.read_text())["handed_over"]
    done.unlink(missing_ok=True)
    how = "bàn giao liền mạch · handed over" if handed_over else "đã khởi động lại · restarted"
    say(f"{name}: {how}")
    return 0


async def serve(conf: Conf, supervisor: Supervisor) -> None:
    """The supervisor's side, until cancelled."""
    directory = _directory(conf)
    for stale in directory.iterdir():
        stale.unlink()
    while True:
        for name in supervisor.names:
            request = directory / name
            if request.exists():
                handed_over = await supervisor.restart(name)
                request.unlink(missing_ok=True)
                temporary = directory / f".{name}"
                temporary.write_text(json.dumps({"handed_over": handed_over}))
                temporary.replace(directory / f"{name}.done")
        await asyncio.sleep(0.2)


def _directory(conf: Conf) -> Path:
    directory = conf.data / "restart"
    directory.mkdir(mode=0o700, exist_ok=True)
    return directory


def _running(conf: Conf) -> list[str]:
    """Names of the processes that run now, of an installation whose supervisor lives."""
    try:
        pids: dict[str, int] = json.loads((conf.data / "pids.json").read_text())
    except (FileNotFoundError, ValueError):
        return []
    return [name for name, pid in pids.items() if _alive(pid)]


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
