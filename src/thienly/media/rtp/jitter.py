"""Interarrival jitter (RFC 3550 sections 6.4.1 and A.8)."""

_HALF, _WRAP = 1 << 31, 1 << 32
_ABSURD_S = 5  # a camera that began anew, not a late packet


class Interarrival:
    """One track, whose timestamps count at `clock_rate` Hz.

    Pictures that are sent before others which are shown earlier (B-frames) carry timestamps that go back by
    design: only packets of the newest timestamp so far are compared, so that the network alone is measured.
    """

    def __init__(self, clock_rate: int) -> None:
        self.samples = 0
        self._rate = clock_rate
        self._jitter = 0.0  # in units of the timestamp
        self._newest = -1
        self._transit = 0

    def arrived(self, ts: int, at_ns: int) -> None:
        """A packet with the timestamp `ts` (32 bits) arrived at `at_ns`, nanoseconds of any steady clock."""
        if self._newest >= 0 and (ts - self._newest) % _WRAP >= _HALF:
            return
        transit = at_ns * self._rate // 1_000_000_000 - ts
        if self._newest >= 0:
            difference = abs((transit - self._transit + _HALF) % _WRAP - _HALF)
            if difference < _ABSURD_S * self._rate:
                self._jitter += (difference - self._jitter) / 16
                self.samples += 1
        self._newest, self._transit = ts, transit

    @property
    def micros(self) -> int:
        return round(self._jitter * 1_000_000 / self._rate)
