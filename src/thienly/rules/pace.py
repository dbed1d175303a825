"""Whether a viewer's line carries the large picture, judged from what had to be skipped."""

from collections import deque

SKIPS = 3
WITHIN_S = 20.0
"""So many skips in so short a time: the line does not carry it, it did not merely stumble."""
CALM_S = 60.0
LONGEST_CALM_S = 960.0


class Pace:
    """Steps down when skips pile up, and up again after a calm. `now` in seconds of a monotonic clock.

    Each step down that follows soon after a step up doubles the calm that the next attempt needs: a line that
    carries the large picture for half a minute only is left in peace.
    """

    def __init__(self) -> None:
        self.low = False
        self._skips: deque[float] = deque(maxlen=SKIPS)
        self._calm_s = CALM_S
        self._since = 0.0  # of the last skip, or of the last step

    def skipped(self, now: float) -> bool:
        """A picture was skipped; True when the viewer is to get the small one from now on."""
        self._skips.append(now)
        if self.low:
            self._since = now
            return False
        if len(self._skips) < SKIPS or now - self._skips[0] > WITHIN_S:
            return False
        soon = bool(self._since) and now - self._since < 2 * self._calm_s
        self._calm_s = min(self._calm_s * 2, LONGEST_CALM_S) if soon else CALM_S
        self.low, self._since = True, now
        self._skips.clear()
        return True

    def calm(self, now: float) -> bool:
        """Nothing was skipped until now; True when the large picture is to be tried again."""
        if not self.low or now - self._since < self._calm_s:
            return False
        self.low, self._since = False, now
        self._skips.clear()
        return True
