"""Whether the machine's clock follows a time server: the recorder's clock is evidence.

Asked of the kernel by adjtimex(2), so that it does not matter which program disciplines the clock.
"""

import ctypes
from dataclasses import dataclass

_TIME_ERROR = 5
_STA_UNSYNC = 0x0040


class _Timex(ctypes.Structure):
    """`struct timex` of Linux, 64 bit; what follows `status` up to the end is not read."""

    _fields_ = [
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 256),
    ]


@dataclass(frozen=True, slots=True)
class ClockState:
    """`synced`: None when the kernel does not say. `error_ms`: the most that it may be wrong."""

    synced: bool | None
    error_ms: int | None = None


def clock_state() -> ClockState:
    """Never raises: not to know is an answer."""
    timex = _Timex()
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(timex))
    except (OSError, AttributeError):
        return ClockState(None)
    if state < 0:
        return ClockState(None)
    return ClockState(state != _TIME_ERROR and not timex.status & _STA_UNSYNC, timex.maxerror // 1000)
