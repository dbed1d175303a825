"""Where recordings lie, who answers for it, and what is wrong with it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from django.db import transaction

from thienly.bus.messages import StoreNow
from thienly.bus.subjects import ALIVE_LOST_S
from thienly.core.access.actor import Actor
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.recording.models import Coverage
from thienly.core.recording.moments import instant
from thienly.core.registry.models import Camera
from thienly.core.storage.models import RestoreTest, Tier, TierHour
from thienly.rules.coverage import count

GRACE = timedelta(days=1)
"""After its time a restore test is not overdue at once: a recorder may have been off at night."""
HOME = "VN"


class Alarm(StrEnum):
    """What somebody has to look at. The stores' own troubles are `rules.copies.Trouble`."""

    SILENT = "silent"
    TROUBLE = "trouble"
    BEHIND = "behind"
    TEST_FAILED = "test_failed"
    TEST_OVERDUE = "test_overdue"
    LOST = "lost"
    DAMAGED = "damaged"
    NO_PLACE = "no_place"
    ABROAD = "abroad"


@dataclass(frozen=True, slots=True)
class TierView:
    """One place for recordings of one recorder."""

    recorder: str
    told: StoreNow
    seen_at: datetime
    copied_at: datetime | None
    oldest: datetime | None
    last_test: RestoreTest | None
    last_good: RestoreTest | None
    test_due: datetime | None
    alarms: list[Alarm] = field(default_factory=list)


def save_tiers(recorder: str, stores: list[StoreNow], heard_at: datetime) -> None:
    """What a heartbeat said. A place that is no longer told of goes."""
    names = [store.store for store in stores]
    with transaction.atomic():
        if stores:
            Tier.objects.filter(recorder=recorder).exclude(store__in=names).delete()
        for store in stores:
            Tier.objects.update_or_create(
                recorder=recorder,
                store=store.store,
                defaults={"seen_at": heard_at, "told": store.model_dump(mode="json")},
                create_defaults={
                    "since": heard_at,
                    "seen_at": heard_at,
                    "told": store.model_dump(mode="json"),
                },
            )


def tiers(*, now: datetime) -> list[TierView]:
    """All places, each recorder's disk first."""
    return [_view(row, now) for row in Tier.objects.order_by("recorder", "store")]


def _view(row: Tier, now: datetime) -> TierView:
    told = StoreNow.model_validate(row.told)
    tests = RestoreTest.objects.filter(recorder=row.recorder, store=row.store).order_by("-at")
    last, good = tests.first(), tests.filter(ok=True).first()
    due = None
    if told.test_days:
        due = (good.at + timedelta(days=told.test_days) if good else row.since) + GRACE
    oldest = instant(told.oldest_us) if told.oldest_us is not None else None
    checks = {
        Alarm.SILENT: now - row.seen_at > timedelta(seconds=ALIVE_LOST_S),
        Alarm.TROUBLE: bool(told.trouble),
        Alarm.BEHIND: oldest is not None and now - oldest > timedelta(hours=told.lag_hours),
        Alarm.TEST_FAILED: last is not None and not last.ok,
        Alarm.TEST_OVERDUE: due is not None and now > due,
        Alarm.LOST: told.lost > 0,
        Alarm.DAMAGED: told.damaged > 0,
        Alarm.NO_PLACE: not (told.location and told.provider),
        Alarm.ABROAD: told.country != HOME,
    }
    return TierView(
        recorder=row.recorder,
        told=told,
        seen_at=row.seen_at,
        copied_at=instant(told.copied_us) if told.copied_us else None,
        oldest=oldest,
        last_test=last,
        last_good=good,
        test_due=due,
        alarms=[alarm for alarm, holds in checks.items() if holds],
    )


def tell_overdue(*, now: datetime) -> int:
    """Writes into history, once for each time, that a restore test is overdue; returns how many."""
    told = 0
    for row in Tier.objects.order_by("recorder", "store"):
        overdue = Alarm.TEST_OVERDUE in _view(row, now).alarms
        if overdue == row.overdue_told:
            continue
        with transaction.atomic():
            Tier.objects.filter(id=row.id).update(overdue_told=overdue)
            if overdue:
                record(
                    actor=Actor.machine("steward"),
                    kind=Kind.RESTORE_OVERDUE,
                    object_kind="store",
                    object_id=row.store,
                    object_label=f"{row.store} ({row.recorder})",
                    detail={"store": row.store, "recorder": row.recorder},
                    at=now,
                )
                told += 1
    return told


@dataclass(frozen=True, slots=True)
class HourTier:
    """How many seconds of an hour lie in one place. `store` '': the recorder's disk."""

    hour: datetime
    recorder: str
    store: str
    seconds: int


def tiers_of(camera: Camera, start: datetime, end: datetime) -> list[HourTier]:
    """Of each recorded hour that begins in [start, end), UTC: where its seconds are."""
    begin = start.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    wanted = {"camera": camera, "hour__gte": begin, "hour__lt": end}
    copied = list(TierHour.objects.filter(**wanted))
    left = {(row.recorder, row.hour): bytes(row.seconds) for row in copied if not row.store}
    found = [
        HourTier(row.hour, row.recorder, row.store, count(bytes(row.seconds))) for row in copied if row.store
    ]
    for row in Coverage.objects.filter(**wanted):
        seconds = bytes(row.seconds)
        gone = left.get((row.recorder, row.hour), bytes(len(seconds)))
        here = bytes(a & ~b & 0xFF for a, b in zip(seconds, gone, strict=True))
        found.append(HourTier(row.hour, row.recorder, "", count(here)))
    kept = [one for one in found if one.seconds]
    return sorted(kept, key=lambda one: (one.hour, one.recorder, one.store))
