"""The server's time of a frame, from RTP timestamps, arrivals and the camera's reports.

RTP timestamps are even but run at the camera's rate and jump when it restarts; arrivals are on the server's
clock but late and uneven. `StreamClock` takes the evenness of the first and the truth of the second:
anchored at the first arrival, advanced by RTP, drawn towards the arrivals by at most 500 ppm, anchored anew
after a jump.
"""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic_ns, time_ns

MAX_CORRECTION_PPM = 500
JUMP_US = 2_000_000
"""A step of RTP time that differs from the step of arrival by more than this is a jump of the camera's
clock."""
STEP_US = 1_000_000
"""The server's clock was stepped when wall and monotonic time part by more than this."""
_OFF_US = 1_000_000  # a mapping that is wrong by more than this is not drawn but moved
_LATE_FOR_US = 10_000_000  # a network that held back frames catches up sooner
_REORDER_US = 1_000_000  # B-frames go back in RTP time by some frames


def wall_us() -> int:
    """The server's time: Unix, microseconds."""
    return time_ns() // 1000


def monotonic_us() -> int:
    """A clock that is never stepped, microseconds from an arbitrary origin."""
    return monotonic_ns() // 1000


@dataclass(frozen=True, slots=True)
class ServerClock:
    """Both clocks of the server, replaceable in tests."""

    wall_us: Callable[[], int] = wall_us
    monotonic_us: Callable[[], int] = monotonic_us


class StepDetector:
    """Notices when the server's wall clock was stepped (not slewed) since it was last asked."""

    def __init__(self, clock: ServerClock) -> None:
        self._clock = clock
        self._difference = clock.wall_us() - clock.monotonic_us()

    def stepped(self) -> bool:
        """Whether wall and monotonic time have parted by more than `STEP_US` since the last call."""
        difference = self._clock.wall_us() - self._clock.monotonic_us()
        moved = difference - self._difference
        self._difference = difference
        return abs(moved) > STEP_US


class StreamClock:
    """Maps unwrapped RTP timestamps of one track to the server's time (Unix, microseconds)."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._anchored = False
        self._anchor_ts = 0
        self._anchor_us = 0
        self._last_ts = 0
        self._last_arrival = 0
        self._least_error: int | None = None  # of the arrivals since the last correction
        self._late_since: int | None = None
        self.jumps = 0

    def reset(self) -> None:
        """Forget the anchor: the next frame is placed at its arrival."""
        self._anchored = False

    def at(self, ts: int) -> int:
        """The server's time of `ts` by the present mapping."""
        return self._anchor_us + (ts - self._anchor_ts) * 1_000_000 // self._rate

    def frame(self, ts: int, arrived_us: int) -> int:
        """The server's time of the frame `ts`, which arrived at `arrived_us`."""
        if not self._anchored or self._jumped(ts, arrived_us):
            self._anchor(ts, arrived_us)
        self._last_ts, self._last_arrival = ts, arrived_us
        when = self.at(ts)
        error = arrived_us - when
        if self._least_error is None or error < self._least_error:
            self._least_error = error
        if error < _OFF_US:
            self._late_since = None
        elif self._late_since is None:
            self._late_since = arrived_us
        return when

    def correct(self, ts: int) -> bool:
        """Draw the mapping towards the arrivals; called at a GOP's beginning `ts`, so that a GOP is never
        bent.

        The least late arrival of the GOP counts: lateness is the network's, the least of it is the clock's.
        When every frame of ten seconds was a second late, the camera stood still without counting on, and
        the mapping is moved. Returns True when frames arrive a second before their time: the anchor was
        late (a camera that began with a burst), and only a caller that starts a new segment can let time go
        back (`reset`).
        """
        error, self._least_error = self._least_error, None
        if error is None:
            return False
        if error < -_OFF_US:
            return True
        now = self.at(ts)
        if self._late_since is not None and self._last_arrival - self._late_since > _LATE_FOR_US:
            self._anchor(ts, now + error)
            self.jumps += 1
            return False
        limit = max(0, now - self._anchor_us) * MAX_CORRECTION_PPM // 1_000_000
        self._anchor_ts, self._anchor_us = ts, now + max(-limit, min(limit, error))
        return False

    def _anchor(self, ts: int, when_us: int) -> None:
        self._anchor_ts, self._anchor_us, self._anchored = ts, when_us, True
        self._least_error = self._late_since = None

    def _jumped(self, ts: int, arrived_us: int) -> bool:
        step = (ts - self._last_ts) * 1_000_000 // self._rate
        waited = arrived_us - self._last_arrival
        jumped = step < -_REORDER_US or step > max(waited, 0) + JUMP_US
        self.jumps += jumped
        return jumped
