"""One process at a time records under a name: it holds the lock on the recorder's directory."""

import asyncio
import fcntl
import os
from pathlib import Path


class AlreadyRunning(Exception):
    """Another process records under this name."""


def lock(directory: Path) -> int:
    """The descriptor that holds the lock on a recorder's directory, until it is closed or the process ends.

    Raises AlreadyRunning: a second process would repair, and cut, the files that the first one writes.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise AlreadyRunning(f"another process holds {directory}") from error
    return descriptor


async def lock_when_free(directory: Path) -> int:
    """Waits until the process before has ended."""
    while True:
        try:
            return lock(directory)
        except AlreadyRunning:
            await asyncio.sleep(0.1)
