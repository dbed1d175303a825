"""How well cameras were recorded over some days, and of which the promised days are not there."""

from datetime import date, datetime, timedelta
from typing import Self
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field, model_validator

from thienly.api.session import actor_of
from thienly.core.recording.overview import cameras_with_coverage, coverage_of
from thienly.core.recording.proving import broken
from thienly.core.recording.queries import FIRST_DAY, LAST_DAY
from thienly.core.registry.models import Camera
from thienly.rules.continuity import Violation

router = Router(tags=["coverage"])


class CoverageOut(Schema):
    """Seconds of one camera; `expected` is `recorded`, `unknown` and the gaps together."""

    id: str
    code: str
    days: int
    as_of: datetime | None
    ratio: float | None = Field(description="recorded / expected, 0 to 1; null: nothing was expected")
    expected: int
    recorded: int = Field(description="also what was deleted since under the rules on keeping")
    deleted: int
    planned: int = Field(description="announced before; not expected")
    off: int = Field(description="recording switched off; not expected")
    unknown: int
    gaps: dict[str, int] = Field(description="by class: power, network, device, manual, sabotage, …")


class CoverageFilter(Schema):
    """Local days, both inclusive; at most 366."""

    from_: date = Field(alias="from", ge=FIRST_DAY, le=LAST_DAY)
    to: date = Field(ge=FIRST_DAY, le=LAST_DAY)
    unit: UUID | None = Field(None, description="also those below it")
    site: UUID | None = None
    sector: str = Field("", pattern=r"^[a-z_]{0,40}$")
    limit: int = Field(1000, ge=1, le=5000)
    offset: int = Field(0, ge=0, le=1_000_000)

    @model_validator(mode="after")
    def _a_span(self) -> Self:
        if not self.from_ <= self.to < self.from_ + timedelta(days=366):
            raise ValueError("`to` must not lie before `from`, nor a year after it")
        return self


class CoveragePage(Schema):
    total: int
    items: list[CoverageOut] = Field(description="worst first")


class KeepingOut(Schema):
    id: str
    code: str
    violation: Violation
    since: datetime
    oldest: datetime | None = Field(description="begin of the oldest footage that was read")
    proven_at: datetime
    floor_days: int


@router.get("", response=CoveragePage)
def coverage(request: HttpRequest, ask: Query[CoverageFilter]) -> CoveragePage:
    """Cameras whose coverage the person may know. What he may not know filters like what does not exist."""
    cameras = cameras_with_coverage(actor=actor_of(request), now=timezone.now())
    if ask.unit:
        cameras = cameras.filter(site__unit__path__contains=f"{ask.unit.hex}/")
    if ask.site:
        cameras = cameras.filter(site=ask.site)
    if ask.sector:
        cameras = cameras.filter(sector=ask.sector)
    rows = coverage_of(cameras, ask.from_, ask.to)
    page = rows[ask.offset : ask.offset + ask.limit]
    codes = dict(Camera.objects.filter(pk__in=[row.camera for row in page]).values_list("pk", "code"))
    items = [
        CoverageOut(
            id=row.camera.hex,
            code=codes[row.camera],
            days=row.days,
            as_of=row.as_of,
            ratio=row.ratio,
            gaps={n.removeprefix("gap_"): s for n, s in row.sums.items() if n.startswith("gap_") and s},
            **{n: s for n, s in row.sums.items() if not n.startswith("gap_")},
        )
        for row in page
    ]
    return CoveragePage(total=len(rows), items=items)


@router.get("/keeping", response=list[KeepingOut])
def keeping(request: HttpRequest) -> list[KeepingOut]:
    """Cameras whose promised days of recording are not there, as reading proved; the longest first."""
    cameras = cameras_with_coverage(actor=actor_of(request), now=timezone.now())
    return [
        KeepingOut(
            id=row.camera_id.hex,
            code=row.camera.code,
            violation=Violation(row.violation),
            since=row.since or row.asked_at,
            oldest=row.oldest,
            proven_at=row.proven_at or row.asked_at,
            floor_days=row.floor_days,
        )
        for row in broken(cameras)[:1000]
    ]
