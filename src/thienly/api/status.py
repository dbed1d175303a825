"""Who asks, how things are for him, and whether the installation is well."""

from datetime import datetime

from django.db import Error, connection
from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema
from ninja.responses import Status
from pydantic import Field

from thienly.api.cameras import StateOut
from thienly.api.session import actor_of
from thienly.core.access import gate
from thienly.core.access.facts import unended
from thienly.core.access.models import Seat
from thienly.core.hints import installation_bus
from thienly.core.recording.models import RecorderState
from thienly.core.recording.overview import cameras_with_coverage
from thienly.core.recording.proving import broken
from thienly.core.recording.queries import ALIVE_LOST, State, overall
from thienly.core.storage.models import DiskState
from thienly.rules.actions import Action

router = Router(tags=["status"])


class SeatOut(Schema):
    profile: str
    role: str
    unit: str
    unit_id: str
    document: str
    valid_from: datetime
    valid_to: datetime | None


class Me(Schema):
    id: str
    username: str
    full_name: str
    title: str
    language: str
    seats: list[SeatOut]
    actions: list[Action] = Field(description="what the person may do to at least one object")


class TroubledOut(Schema):
    id: str
    code: str
    name: str
    site: str
    state: StateOut


class Home(Schema):
    """Is everything recording, and if not: what, since when, why?"""

    fine: bool
    total: int = Field(description="cameras that should be recording")
    counts: dict[State, int]
    switched_off: int
    troubled: list[TroubledOut] = Field(description="longest trouble first")
    keeping_broken: int = Field(
        description="cameras whose promised days are not there; see /coverage/keeping"
    )


class DiskOut(Schema):
    """`floor_days`: days until footage younger than its prescribed minimum will have to be deleted, by the
    measured rate; `broken_until`: such footage was deleted, and until then it is missing."""

    disk: str
    free: int = Field(description="bytes")
    total: int = Field(description="bytes")
    problem: str
    cameras: int
    rate: int = Field(description="bytes a second, measured")
    floor_days: float | None
    broken_until: datetime | None
    must_encrypt: bool = Field(description="the configuration says that it is encrypted")
    encrypted: bool | None = Field(description="the recorder's kernel proves it; null: not looked at")


class RecorderOut(Schema):
    name: str
    zone: str
    alive: bool
    seen_at: datetime
    cameras: int
    capacity: int
    disk_free: int = Field(description="bytes")
    disk_total: int = Field(description="bytes")
    facts_waiting: int
    disks: list[DiskOut]
    clock_synced: bool | None = Field(description="its clock follows a time server; null: not known")
    clock_error_ms: int | None = Field(description="the most that it may be wrong")


class Health(Schema):
    """Strangers learn only `ok`."""

    ok: bool
    database: str | None = None
    bus: bool | None = None
    recorders: list[RecorderOut] | None = None


@router.get("/me", response=Me)
def me(request: HttpRequest) -> Me:
    """Who I am, which seats I hold, and what they let me do."""
    actor, now = actor_of(request), timezone.now()
    account = actor.account
    assert account is not None  # noqa: S101 - the session says so
    seats = Seat.objects.filter(unended(now), account=account, valid_from__lte=now).select_related("unit")
    actions = [
        action
        for action in Action
        if gate.visible(actor=actor, action=action, now=now).exists()
        or gate.decide(actor=actor, action=action, obj=None, now=now).allow
    ]
    return Me(
        id=account.id.hex,
        username=account.username,
        full_name=account.full_name,
        title=account.title,
        language=account.language,
        seats=[
            SeatOut(
                profile=seat.profile,
                role=seat.role,
                unit=seat.unit.name,
                unit_id=seat.unit_id.hex,
                document=seat.document,
                valid_from=seat.valid_from,
                valid_to=seat.valid_to,
            )
            for seat in seats
        ],
        actions=actions,
    )


@router.get("/home", response=Home)
def home(request: HttpRequest) -> Home:
    """Over the cameras that the person may know."""
    actor, now = actor_of(request), timezone.now()
    answer = overall(actor, now)
    return Home(
        keeping_broken=broken(cameras_with_coverage(actor=actor, now=now)).count(),
        fine=answer.fine,
        total=answer.total,
        counts=answer.counts,
        switched_off=answer.switched_off,
        troubled=[
            TroubledOut(
                id=camera.id.hex,
                code=camera.code,
                name=camera.name,
                site=camera.site.name,
                state=StateOut.of(now),
            )
            for camera, now in answer.troubled
        ],
    )


@router.get("/health", response={200: Health, 503: Health}, auth=None, exclude_none=True)
def health(request: HttpRequest) -> Health | Status[Health]:
    """200 when the pages can work, else 503. Details only for who inspects or runs the installation."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return Status(503, Health(ok=False))
    actor = actor_of(request)
    allowed = gate.allowed_actions(actor=actor, obj=None)
    if actor.account is None or not allowed & {Action.INSPECT_META, Action.ADMIN_SYSTEM}:
        return Health(ok=True)
    now = timezone.now()
    disks: dict[str, list[DiskOut]] = {}
    for disk in DiskState.objects.all():
        disks.setdefault(disk.recorder, []).append(DiskOut.from_orm(disk))
    recorders = [
        RecorderOut(
            name=row.name,
            zone=row.zone,
            alive=now - row.seen_at <= ALIVE_LOST,
            seen_at=row.seen_at,
            cameras=row.cameras,
            capacity=row.capacity,
            disk_free=row.disk_free,
            disk_total=row.disk_total,
            facts_waiting=row.facts_waiting,
            disks=disks.get(row.name, []),
            clock_synced=row.clock_synced,
            clock_error_ms=row.clock_error_ms,
        )
        for row in RecorderState.objects.order_by("name")
    ]
    bus = installation_bus().connected()
    return Health(ok=True, database=connection.vendor, bus=bus, recorders=recorders)
