"""Footage that must not be deleted: which is held, holding it, releasing it. The rights of the pages."""

from datetime import UTC, datetime

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema
from ninja.responses import Status
from pydantic import Field

from thienly.api.bookmarks import Instant
from thienly.api.session import actor_of
from thienly.core.cases.engine import Conflict
from thienly.core.storage import holds
from thienly.core.storage.models import Hold
from thienly.rules.cases import IllegalStep
from thienly.rules.hold import HOLD

MOST = 1000

router = Router(tags=["holds"])
of_camera = Router(tags=["holds"])


class HoldIn(Schema):
    start: Instant = Field(description="of the footage")
    end: Instant = Field(description="of the footage")
    purpose: str = Field(max_length=1000, description="what it is kept for")
    basis: str = Field(max_length=1000, description="legal basis, or number of the document that asks for it")
    until: Instant = Field(description="the hold itself ends then, unless it is released before")


class Release(Schema):
    version: int = Field(ge=1, description="the one that was looked at")
    note: str = Field(max_length=1000, description="why")


class HoldOut(Schema):
    id: str
    number: str = Field(description="of its case: number and year")
    camera: str
    start: datetime
    end: datetime
    purpose: str
    basis: str
    until: datetime
    state: str = Field(description="held, released, expired")
    in_force: bool = Field(description="nothing deletes the footage")
    by: str = Field(description="who placed it")
    placed_at: datetime
    version: int

    @classmethod
    def of(cls, row: Hold) -> "HoldOut":
        case = row.case
        return cls(
            id=case.id.hex,
            number=f"{case.number}/{case.year}",
            camera=row.camera_id.hex,
            start=row.start.astimezone(UTC),
            end=row.end.astimezone(UTC),
            purpose=row.purpose,
            basis=row.basis,
            until=row.until.astimezone(UTC),
            state=case.state,
            in_force=holds.in_force(row, timezone.now()),
            by=str(case.opened_by),
            placed_at=case.opened_at.replace(microsecond=0),
            version=case.version,
        )


@router.get("", response=list[HoldOut])
def held(request: HttpRequest, everything: bool = False) -> list[HoldOut]:
    """Holds that I may know, the next to end first, at most 1,000; `everything`: also those that are over."""
    known = holds.visible_holds(actor=actor_of(request))
    shown = known if everything else known.filter(case__state=HOLD.initial)
    return [HoldOut.of(hold) for hold in shown[:MOST]]


@of_camera.post("/{camera_id}/holds", response={201: HoldOut})
def hold_add(request: HttpRequest, camera_id: str, hold: HoldIn) -> Status[HoldOut]:
    """Holds footage of a camera; needs the right to extract."""
    actor = actor_of(request)
    placed = holds.place_hold(
        actor=actor,
        camera=holds.camera_to_hold(actor=actor, camera_id=camera_id),
        fields=holds.HoldFields(**hold.model_dump()),
    )
    return Status(201, HoldOut.of(placed))


@router.post("/{hold_id}/release", response={200: HoldOut, 409: dict[str, str | int]})
def hold_lift(request: HttpRequest, hold_id: str, release: Release) -> HoldOut | Status[dict[str, str | int]]:
    """Releases it; needs the right to extract. 409: somebody was faster, look again."""
    try:
        case = holds.release_hold(
            actor=actor_of(request), case_id=hold_id, version=release.version, note=release.note
        )
    except Conflict as conflict:
        return Status(409, {"error": "conflict", "version": conflict.case.version})
    except IllegalStep as over:
        return Status(409, {"error": "over", "state": over.state})
    return HoldOut.of(case.hold)
