"""Whether a disk can be written, and how full it is. Used in the disk's own thread; read from others."""

import errno
import os
from pathlib import Path

import structlog

from thienly.media.encryption import Encryption, encryption_of
from thienly.rules.problems import Problem

log = structlog.get_logger(__name__)

_TRIAL = bytes(4096)
_ENOUGH = 64 * 1024 * 1024
"""Bytes. A disk that was full is used again from here."""


class Health:
    """`known`: the disk was written before. Where its directory is gone then, the disk is not mounted, and a
    new directory would fill the disk below instead."""

    def __init__(self, directory: Path, *, known: bool) -> None:
        self.trouble: tuple[Problem, str] | None = None
        self.free = 0
        self.total = 0
        self.encryption: Encryption | None = None
        """None while it was not looked at."""
        self._directory = directory
        self._known = known
        try:
            self.measure()
        except OSError as error:
            self.failed(error)

    def look(self) -> None:
        """Measures; a disk in trouble is tried, and comes back when it takes and gives what it should."""
        try:
            self.measure()
            if self.trouble is None:
                return
            if self.trouble[0] is Problem.STORE_FULL and self.free < _ENOUGH:
                return
            self._try()
        except OSError as error:
            self.failed(error)
        else:
            log.info("disk_is_back", directory=str(self._directory))
            self.trouble = None

    def failed(self, error: OSError) -> tuple[Problem, str]:
        """The disk refused; what that is called."""
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        problem = Problem.STORE_FULL if full else Problem.STORE_FAILED
        detail = errno.errorcode.get(error.errno or 0, "OSError")
        if error.errno == errno.ENOENT and not self._directory.exists():
            detail = "not mounted"
        self.trouble = (problem, detail)
        return problem, detail

    def worked(self) -> None:
        """A write was taken."""
        if self.trouble is not None and self.trouble[0] is Problem.STORE_FULL:
            self.trouble = None

    def measure(self) -> None:
        """Makes the directory of a new disk. Raises OSError, also for a disk that is read-only."""
        if not self._known:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._known = True
        usage = os.statvfs(self._directory)
        self.free, self.total = usage.f_bavail * usage.f_frsize, usage.f_blocks * usage.f_frsize
        self.encryption = encryption_of(self._directory)
        if usage.f_flag & os.ST_RDONLY:
            raise OSError(errno.EROFS, "read-only")

    def _try(self) -> None:
        path = self._directory / ".trial"
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            try:
                os.write(descriptor, _TRIAL)
                os.fsync(descriptor)
                if os.pread(descriptor, len(_TRIAL), 0) != _TRIAL:
                    raise OSError(errno.EIO, "reads back something else")
            finally:
                os.close(descriptor)
        finally:
            path.unlink(missing_ok=True)
