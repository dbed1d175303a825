"""A recording played as if it were a camera, for exercises and trials: only what lies below the one folder
that the installation names, whatever somebody types and whatever links lie there."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from thienly.media.frames import SourceError
from thienly.rules.problems import Problem

_STEP = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC


@contextmanager
def opened(folder: Path | None, path: PurePosixPath) -> Iterator[int]:
    """A descriptor of the file, opened for reading.

    Every step goes down from the one before and follows no link, so that nothing moved meanwhile leads out.
    Raises SourceError: ADDRESS_REFUSED, NOT_FOUND.
    """
    if folder is None:
        raise SourceError(Problem.ADDRESS_REFUSED, "no folder of files is configured (camera_files)")
    try:
        at = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise SourceError(Problem.NOT_FOUND, "the folder of files (camera_files) cannot be opened") from error
    try:
        for part in path.parts[:-1]:
            at = _down(at, part, _STEP | os.O_DIRECTORY)
        # A named pipe would be waited for.
        at = _down(at, path.name, _STEP | os.O_NONBLOCK)
        if not stat.S_ISREG(os.fstat(at).st_mode):
            raise SourceError(Problem.ADDRESS_REFUSED, "not a plain file")
        yield at
    finally:
        os.close(at)


def _down(at: int, part: str, flags: int) -> int:
    """One step; `at` is closed. Raises SourceError."""
    if part in ("", ".", "..") or "/" in part or "\0" in part:
        raise SourceError(Problem.ADDRESS_REFUSED, "the path leads elsewhere")
    try:
        found = os.open(part, flags, dir_fd=at)
    except FileNotFoundError as error:
        raise SourceError(Problem.NOT_FOUND, "no such file") from error
    except OSError as error:
        # A link, a file where a folder should be, or no right to read.
        raise SourceError(Problem.ADDRESS_REFUSED, os.strerror(error.errno or 0)[:60]) from error
    os.close(at)
    return found
