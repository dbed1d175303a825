"""What is counted of the way from a camera to here."""

from dataclasses import dataclass


@dataclass(slots=True)
class LinkMeter:
    """One camera, over all its connections. What no packet source counts (not RTP) stays 0.

    `lost` of `received + lost` RTP packets never came. The jitter is that of RFC 3550 section A.8 in
    microseconds, measured in windows (`rtsp/link_watch.py`); None before the first.
    """

    received: int = 0
    lost: int = 0
    bytes: int = 0  # everything that came, headers too
    reports: int = 0  # RTCP sender reports with a time
    keep_alives: int = 0  # requests that kept the session alive and were answered
    declared_fps: float = 0.0  # by the description; 0: it does not say
    by_udp: bool = False
    windows: int = 0  # in which jitter was measured
    jitter_us: int | None = None  # of the last window
    jitter_sum_us: int = 0
    jitter_worst_us: int = 0

    @property
    def expected(self) -> int:
        """RTP packets that the camera sent, by their sequence numbers."""
        return self.received + self.lost

    def measured(self, jitter_us: int) -> None:
        """A window is over."""
        self.windows += 1
        self.jitter_us = jitter_us
        self.jitter_sum_us += jitter_us
        self.jitter_worst_us = max(self.jitter_worst_us, jitter_us)
