"""RTP timestamps are 32 bits and wrap: every 13 hours at 90 kHz."""


class Unwrapper:
    """Maps 32-bit RTP timestamps to a 64-bit line that never wraps; small steps backwards stay backwards.

    The first timestamp is mapped to itself.
    """

    def __init__(self) -> None:
        self._last: int | None = None

    def unwrap(self, ts: int) -> int:
        """`ts` (32 bits) as the value nearest to the one before."""
        if self._last is None:
            self._last = ts
            return ts
        step = (ts - self._last) & 0xFFFFFFFF
        self._last += step - 0x1_0000_0000 if step & 0x8000_0000 else step
        return self._last

    def near(self, ts: int) -> int:
        """Like `unwrap`, for a report about the stream: does not move the line."""
        if self._last is None:
            return ts
        step = (ts - self._last) & 0xFFFFFFFF
        return self._last + (step - 0x1_0000_0000 if step & 0x8000_0000 else step)
