"""Where recordings lie, and whether backups were restored."""

from datetime import date, datetime, time, timedelta

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema
from pydantic import Field

from thienly.api.session import actor_of
from thienly.core.recording.queries import FIRST_DAY, LAST_DAY
from thienly.core.storage.looking import look_at_storage, look_at_tiers, may_see_storage
from thienly.core.storage.models import RestoreTest
from thienly.core.storage.tiers import Alarm, TierView

router = Router(tags=["storage"])


class TestOut(Schema):
    """A recording that was brought back on trial."""

    at: datetime
    ok: bool
    step: str = Field(description="where it failed: fetch, verify, signature, decode")
    camera: str
    start: datetime
    end: datetime
    took_ms: int


class PlaceOut(Schema):
    """A place where a recorder keeps recordings. `store` '' is its own disk."""

    recorder: str
    store: str
    purpose: str = Field(description="disk, archive, backup")
    location: str
    provider: str
    contract: str
    country: str
    encrypted: bool
    seen_at: datetime
    waiting: int = Field(description="recordings still to be copied")
    waiting_bytes: int
    oldest_waiting: datetime | None
    last_copied: datetime | None
    trouble: str
    lost: int
    damaged: int
    test_days: int = Field(description="a restore is to be tried this often; 0: not at all")
    test_due: datetime | None
    last_test: TestOut | None
    last_good_test: TestOut | None
    alarms: list[Alarm]


class HourTierOut(Schema):
    """Seconds of an hour that lie in one place."""

    hour: datetime
    recorder: str
    store: str
    seconds: int


@router.get("", response=list[PlaceOut])
def places(request: HttpRequest) -> list[PlaceOut]:
    """For who runs or inspects the installation; others see none."""
    actor = actor_of(request)
    if not may_see_storage(actor):
        return []
    return [_place(view) for view in look_at_storage(actor=actor, now=timezone.now())]


@router.get("/cameras/{camera_id}", response=list[HourTierOut])
def hours_of(request: HttpRequest, camera_id: str, day: date | None = None) -> list[HourTierOut]:
    """In which places the recordings of a local day (today when none is given) lie, hour by hour."""
    day = min(max(day or timezone.localdate(), FIRST_DAY), LAST_DAY)
    start = timezone.make_aware(datetime.combine(day, time()))
    end = timezone.make_aware(datetime.combine(day + timedelta(days=1), time()))
    found = look_at_tiers(
        actor=actor_of(request), camera_id=camera_id, start=start, end=end, now=timezone.now()
    )
    return [
        HourTierOut(hour=one.hour, recorder=one.recorder, store=one.store, seconds=one.seconds)
        for one in found
    ]


def _place(view: TierView) -> PlaceOut:
    told = view.told
    return PlaceOut(
        recorder=view.recorder,
        store=told.store,
        purpose=told.purpose,
        location=told.location,
        provider=told.provider,
        contract=told.contract,
        country=told.country,
        encrypted=told.encrypted,
        seen_at=view.seen_at,
        waiting=told.waiting,
        waiting_bytes=told.waiting_bytes,
        oldest_waiting=view.oldest,
        last_copied=view.copied_at,
        trouble=told.trouble,
        lost=told.lost,
        damaged=told.damaged,
        test_days=told.test_days,
        test_due=view.test_due,
        last_test=_test(view.last_test),
        last_good_test=_test(view.last_good),
        alarms=view.alarms,
    )


def _test(test: RestoreTest | None) -> TestOut | None:
    if test is None:
        return None
    return TestOut(
        at=test.at,
        ok=test.ok,
        step=test.step,
        camera=test.camera_id.hex,
        start=test.start,
        end=test.end,
        took_ms=test.took_ms,
    )
