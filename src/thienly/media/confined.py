"""What a process may do that hands a stranger's bytes to C code: little, and only as long as its parent
lives."""

import ctypes
import resource
import signal

MEMORY = 2 << 30
"""Bytes of address space; libav's libraries alone map a quarter of it."""
_PR_SET_PDEATHSIG = 1


def confine() -> None:
    """Of this process, for good: bounded memory, no files written, few opened, no core dump."""
    for what, limit in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),  # it writes to pipes only
        (resource.RLIMIT_NOFILE, 64),
    ):
        resource.setrlimit(what, (limit, limit))
    # Also when the parent is killed without a word while nothing is read or written.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
