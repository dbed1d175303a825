"""A real NATS server for tests, on its own port and directory."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from thienly.bus import server


@contextmanager
def nats_server(directory: Path) -> Iterator[server.Login]:
    """Starts nats-server with JetStream below `directory`; ends it with the block."""
    login = server.prepare(directory)
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(server.command(directory), stderr=quiet, stdout=quiet)
    try:
        yield login
    finally:
        process.terminate()
        process.wait(10)
