"""The link of cameras by day, added up and judged."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from thienly.core.quality.models import LinkDay
from thienly.core.registry.models import Camera
from thienly.rules.link import Figures, Judgement, judge


@dataclass(frozen=True, slots=True)
class LinkOfDay:
    """One camera on one day, over all recorders that held it."""

    camera: UUID
    day: date
    until: datetime
    received: int
    lost: int
    bytes: int
    frames: int
    media_s: float
    declared_fps: float | None
    disconnects: int
    reconnects: int
    jitter_ms: float | None  # mean of the windows
    jitter_worst_ms: float | None
    clock_worst_ms: int | None

    @property
    def expected(self) -> int:
        return self.received + self.lost

    @property
    def loss(self) -> float | None:
        """0 to 1; None where the source is not RTP, or nothing came."""
        return self.lost / self.expected if self.expected else None

    @property
    def bitrate(self) -> int | None:
        """Bit/s while it was connected."""
        return round(self.bytes * 8 / self.media_s) if self.media_s else None

    @property
    def fps(self) -> float | None:
        return self.frames / self.media_s if self.media_s else None

    @property
    def judgement(self) -> Judgement:
        share = self.fps / self.declared_fps if self.fps is not None and self.declared_fps else None
        figures = Figures(
            loss=self.loss,
            jitter_ms=self.jitter_ms,
            drops=self.disconnects if self.media_s or self.disconnects else None,
            fps=share,
            clock_ms=self.clock_worst_ms,
        )
        return judge(figures, settings.CONF.file.quality.limits)


def links_of(cameras: QuerySet[Camera], first: date, last: date) -> list[LinkOfDay]:
    """The days `first` to `last` (inclusive) of which something is known, the newest first."""
    rows = LinkDay.objects.filter(day__gte=first, day__lte=last, camera__in=cameras.values("pk"))
    found: dict[tuple[date, UUID], list[LinkDay]] = {}
    for row in rows.order_by("-day", "camera", "held"):
        found.setdefault((row.day, row.camera_id), []).append(row)
    return [_sum(of_day) for of_day in found.values()]


def _sum(rows: list[LinkDay]) -> LinkOfDay:
    windows = sum(row.jitter_windows for row in rows)
    declared = [row.declared_fps for row in rows if row.declared_fps]
    return LinkOfDay(
        camera=rows[0].camera_id,
        day=rows[0].day,
        until=max(row.until for row in rows),
        received=sum(row.received for row in rows),
        lost=sum(row.lost for row in rows),
        bytes=sum(row.bytes for row in rows),
        frames=sum(row.frames for row in rows),
        media_s=sum(row.media_ms for row in rows) / 1000,
        declared_fps=declared[-1] if declared else None,
        disconnects=sum(row.disconnects for row in rows),
        reconnects=sum(row.reconnects for row in rows),
        jitter_ms=sum(row.jitter_sum_us for row in rows) / windows / 1000 if windows else None,
        jitter_worst_ms=max(row.jitter_worst_us for row in rows) / 1000 if windows else None,
        clock_worst_ms=_worst(row.clock_worst_ms for row in rows),
    )


def _worst(offsets: Iterable[int | None]) -> int | None:
    return max((offset for offset in offsets if offset is not None), key=abs, default=None)
