"""Log files that do not fill the disk in a year of running."""

import os
import shutil
from pathlib import Path

LIMIT = 20 * 1024 * 1024
"""Bytes of a log; then it is set aside."""
KEPT = 5
"""Logs set aside for each process: `.log.1` is the newest."""


def rotate(path: Path, *, limit: int = LIMIT, kept: int = KEPT) -> bool:
    """Sets the log aside when it is too large; whether it did. Blocks. Raises OSError.

    The process that writes it keeps its file open, in append mode: the file is copied and then emptied. A
    line written between the two would be lost, so the copy is completed until nothing was added.
    """
    if not path.exists() or path.stat().st_size <= limit:
        return False
    for number in range(kept, 1, -1):
        older = path.with_name(f"{path.name}.{number - 1}")
        if older.exists():
            older.replace(path.with_name(f"{path.name}.{number}"))
    aside = path.with_name(f"{path.name}.1")
    with path.open("r+b") as log, aside.open("wb") as copy:
        os.fchmod(copy.fileno(), path.stat().st_mode & 0o777)
        while True:
            shutil.copyfileobj(log, copy, 1 << 20)
            if os.fstat(log.fileno()).st_size == log.tell():
                break
        os.ftruncate(log.fileno(), 0)
    return True
