"""The centre knows where each hour lies and who answers for it, and notices an overdue restore test."""

from datetime import timedelta
from uuid import uuid4

import pytest

from tests.core.recording.scene import DAY, at, camera, closed, deleted
from thienly.bus.messages import (
    CopyLost,
    Fact,
    RecorderAlive,
    RestoreTested,
    SegmentCopied,
    SegmentMoved,
    StoreNow,
)
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.recording.apply import Poison, apply_facts
from thienly.core.recording.heartbeats import save_heartbeat
from thienly.core.recording.moments import microseconds
from thienly.core.registry.models import Camera
from thienly.core.storage.models import RestoreTest, TierHour
from thienly.core.storage.tiers import Alarm, TierView, tell_overdue, tiers, tiers_of

pytestmark = pytest.mark.django_db
NOW = DAY + timedelta(hours=12)


def copied(one: Camera, start: float, end: float, store: str = "archive") -> SegmentCopied:
    return SegmentCopied(
        id=uuid4().hex,
        camera=one.id.hex,
        recorder="r1",
        segment=round(start) + 1,
        store=store,
        purpose="archive" if store == "archive" else "backup",
        start_us=at(start),
        end_us=at(end),
        bytes=1000,
    )


def moved(one: Camera, start: float, end: float, *, here: bool = False) -> SegmentMoved:
    return SegmentMoved(
        id=uuid4().hex,
        camera=one.id.hex,
        recorder="r1",
        segment=round(start) + 1,
        here=here,
        start_us=at(start),
        end_us=at(end),
    )


def lost(one: Camera, start: float, end: float, *, here: bool) -> CopyLost:
    return CopyLost(
        id=uuid4().hex,
        camera=one.id.hex,
        recorder="r1",
        segment=round(start) + 1,
        store="archive",
        start_us=at(start),
        end_us=at(end),
        here=here,
    )


def trial(one: Camera, seconds: float, *, ok: bool, step: str = "") -> RestoreTested:
    return RestoreTested(
        id=uuid4().hex,
        camera=one.id.hex,
        recorder="r1",
        segment=1,
        store="backup",
        start_us=at(0),
        end_us=at(60),
        at_us=at(seconds),
        ok=ok,
        step=step,
        bytes=1000,
        took_ms=20,
    )


def where(one: Camera) -> list[tuple[str, int]]:
    return [(found.store, found.seconds) for found in tiers_of(one, DAY, DAY + timedelta(days=1))]


def take(*facts: Fact) -> int:
    return apply_facts(facts, now=NOW)


def heard(*stores: StoreNow, at: object = NOW) -> None:
    beat = RecorderAlive(
        recorder="r1",
        zone="main",
        at_us=microseconds(NOW),
        started_us=microseconds(DAY),
        cameras=1,
        capacity=10,
        disk_free=1,
        disk_total=2,
        facts_waiting=0,
        stores=list(stores),
    )
    save_heartbeat(beat, at)  # type: ignore[arg-type]


def backup(**fields: object) -> StoreNow:
    said: dict[str, object] = {
        "store": "backup",
        "purpose": "backup",
        "location": "Hạ Long",
        "provider": "Sở Khoa học và Công nghệ",
        "test_days": 30,
    }
    return StoreNow.model_validate(said | fields)


def view(store: str) -> TierView:
    return next(one for one in tiers(now=NOW) if one.told.store == store)


def test_each_hour_tells_in_which_places_its_seconds_lie_until_they_are_deleted() -> None:
    one = camera()
    take(closed(one, 0, 60), closed(one, 60, 120))
    assert where(one) == [("", 120)]
    take(copied(one, 0, 60), copied(one, 0, 60, "backup"), moved(one, 0, 60))
    assert where(one) == [("", 60), ("archive", 60), ("backup", 60)]
    take(moved(one, 0, 60, here=True))
    assert where(one)[0] == ("", 120)
    take(moved(one, 0, 60), lost(one, 0, 60, here=False))
    assert where(one) == [("", 60), ("backup", 60)]
    entry = Entry.objects.get(kind=Kind.COPY_LOST)
    assert (entry.camera_id, entry.detail["only_copy"]) == (one.id.hex, 1)
    gone = deleted(one, 0, 60)
    take(gone)
    assert where(one) == [("", 60)] and not TierHour.objects.filter(store="backup").exists()
    take(copied(one, 0, 60), gone)  # delivered again, late
    assert where(one) == [("", 60)]


def test_a_restore_test_stands_in_history_once_and_nonsense_is_refused() -> None:
    one = camera()
    fact = trial(one, 100, ok=False, step="verify")
    take(fact)
    take(fact)
    assert RestoreTest.objects.count() == 1
    (entry,) = Entry.objects.filter(kind=Kind.RESTORE_TESTED)
    assert (entry.actor_label, entry.detail["ok"], entry.detail["step"]) == ("r1", False, "verify")
    with pytest.raises(Poison):
        take(trial(one, 10**9, ok=True))
    with pytest.raises(Poison):
        take(fact.model_copy(update={"id": uuid4().hex, "start_us": 5, "end_us": 5}))


@pytest.mark.req_part("DN-009")
def test_every_place_names_its_location_and_who_answers_for_it_or_is_an_alarm() -> None:
    disk = StoreNow(store="", kind="disk", purpose="disk", location="Móng Cái", provider="UBND")
    heard(disk, backup(), StoreNow(store="archive", country="SG", location="Singapore", provider="X"))
    assert (view("").told.location, view("").told.provider, view("").alarms) == ("Móng Cái", "UBND", [])
    assert view("backup").alarms == []
    assert view("archive").alarms == [Alarm.ABROAD]
    heard(backup(location=""))
    assert [one.told.store for one in tiers(now=NOW)] == ["backup"]
    assert view("backup").alarms == [Alarm.NO_PLACE]


def test_a_store_in_trouble_behind_or_with_losses_raises_alarms() -> None:
    heard(backup(trouble="copies_away", lost=2, damaged=1, waiting=9, oldest_us=at(-86_400 * 2)))
    assert view("backup").alarms == [Alarm.TROUBLE, Alarm.BEHIND, Alarm.LOST, Alarm.DAMAGED]
    heard(backup(), at=NOW - timedelta(minutes=1))
    assert view("backup").alarms == [Alarm.SILENT]


@pytest.mark.req_part("QN-021", "NB-018")
def test_an_overdue_restore_test_alarms_and_is_told_once_until_one_succeeds() -> None:
    one = camera()
    heard(backup(), at=NOW - timedelta(days=40))
    heard(backup())
    assert view("backup").alarms == [Alarm.TEST_OVERDUE]  # none was ever tried
    assert (tell_overdue(now=NOW), tell_overdue(now=NOW)) == (1, 0)
    assert Entry.objects.filter(kind=Kind.RESTORE_OVERDUE).count() == 1
    take(trial(one, 100, ok=False, step="fetch"))
    assert view("backup").alarms == [Alarm.TEST_FAILED, Alarm.TEST_OVERDUE]
    take(trial(one, 200, ok=True))
    assert view("backup").alarms == [] and tell_overdue(now=NOW) == 0
    later = NOW + timedelta(days=32)
    (again,) = tiers(now=later)
    assert Alarm.TEST_OVERDUE in again.alarms
    assert tell_overdue(now=later) == 1
