"""What one camera's link did today: counted on, told now and then, told for good when the day is over."""

from dataclasses import asdict, dataclass, field
from datetime import date, datetime, tzinfo
from uuid import uuid4

from thienly.bus.messages import LinkReport
from thienly.media.link import LinkMeter

FIRST_S = 60.0
EVERY_S = 300.0
"""Facts of a day are sums so far: each replaces the one before it, and a lost process costs this much."""


@dataclass(slots=True)
class _Sums:
    """Since this recorder took the camera."""

    received: int = 0
    lost: int = 0
    bytes: int = 0
    frames: int = 0
    media_us: int = 0
    disconnects: int = 0
    reconnects: int = 0
    jitter_windows: int = 0
    jitter_sum_us: int = 0


@dataclass(slots=True)
class LinkLog:
    """One hold of one camera. `now_us`: Unix, microseconds; `now`: monotonic seconds."""

    camera: str
    recorder: str
    held_us: int
    tz: tzinfo
    meter: LinkMeter = field(default_factory=LinkMeter)
    _sums: _Sums = field(default_factory=_Sums)
    _begun: _Sums = field(default_factory=_Sums)  # at the day's beginning
    _day: date | None = None
    _from_us: int = 0
    _connected_before: bool = False
    _clock_worst_ms: int | None = None
    _next: float = 0.0

    def media(self, *, frames: int, bytes_: int, duration_us: int, clock_ms: int | None) -> None:
        """What was made of the stream since the last call; `clock_ms`: the camera's clock minus ours."""
        self._sums.frames += frames
        self._sums.media_us += duration_us
        if not self.meter.received:
            self._sums.bytes += bytes_  # not RTP: what was recorded is all that is counted
        if clock_ms is not None and abs(clock_ms) >= abs(self._clock_worst_ms or 0):
            self._clock_worst_ms = clock_ms

    def connected(self) -> None:
        """Pictures are being recorded."""
        self._sums.reconnects += self._connected_before
        self._connected_before = True

    def disconnected(self) -> None:
        """A connection that gave pictures has ended, and not because we wanted it."""
        self._sums.disconnects += 1

    def due(self, now_us: int, now: float) -> list[LinkReport]:
        """What is to be told now: the day so far, and before it a day that is over."""
        day = datetime.fromtimestamp(now_us / 1e6, self.tz).date()
        told: list[LinkReport] = []
        if self._day is None:
            self._day, self._from_us, self._next = day, now_us, now + FIRST_S
        if day != self._day:
            told.append(self._report(self._day, now_us))
            self._day, self._from_us, self._begun = day, now_us, self._now()
            self.meter.jitter_worst_us, self._clock_worst_ms = 0, None
        if now >= self._next:
            self._next = now + EVERY_S
            told.append(self._report(day, now_us))
        return told

    def last(self, now_us: int) -> list[LinkReport]:
        """The camera is let go."""
        return [self._report(self._day, now_us)] if self._day else []

    def _now(self) -> _Sums:
        meter, sums = self.meter, self._sums
        return _Sums(
            received=meter.received,
            lost=meter.lost,
            bytes=meter.bytes + sums.bytes,
            frames=sums.frames,
            media_us=sums.media_us,
            disconnects=sums.disconnects,
            reconnects=sums.reconnects,
            jitter_windows=meter.windows,
            jitter_sum_us=meter.jitter_sum_us,
        )

    def _report(self, day: date, now_us: int) -> LinkReport:
        now, begun = asdict(self._now()), asdict(self._begun)
        return LinkReport(
            id=uuid4().hex,
            camera=self.camera,
            recorder=self.recorder,
            held_us=self.held_us,
            day=day,
            from_us=self._from_us,
            until_us=now_us,
            declared_fps=self.meter.declared_fps,
            jitter_worst_us=self.meter.jitter_worst_us,
            clock_worst_ms=self._clock_worst_ms,
            **{name: now[name] - begun[name] for name in now},
        )
