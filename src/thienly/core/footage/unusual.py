"""Each day's viewing is compared with the days before and with colleagues'; what is unusual is a row of
history that those read who inspect all of it."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Count
from django.db.models.functions import TruncHour
from django.utils import timezone

from thienly.conf import Conf
from thienly.core.access.actor import Actor
from thienly.core.accounts.models import Account
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.ledger.writer import record
from thienly.core.registry.models import Camera
from thienly.rules.hashchain import JSON
from thienly.rules.unusual import Finding, Viewing, unusual

OPENING = (Kind.LIVE_OPENED, Kind.PLAYBACK_OPENED, Kind.LISTEN_OPENED, Kind.SNAPSHOT_TAKEN)
_judged: dict[str, date] = {}  # the last day, by installation: a day is added up once a process


def judge_yesterday(conf: Conf, *, now: datetime) -> int:
    """Writes what was unusual yesterday, once; returns how many people."""
    day = timezone.localdate(now) - timedelta(days=1)
    if not conf.file.viewing.judge or _judged.get(str(conf.data)) == day:
        return 0
    written = judge(conf, day=day, now=now)
    _judged[str(conf.data)] = day
    return written


def judge(conf: Conf, *, day: date, now: datetime) -> int:
    """A person of whom that day's row is written already gets no second one."""
    limits = conf.file.viewing.limits
    seen, units = _viewings(day, conf.file.viewing.days)
    told = set(
        Entry.objects.filter(kind=Kind.VIEWING_UNUSUAL, detail__day=day.isoformat()).values_list(
            "object_id", flat=True
        )
    )
    written = 0
    for person, days in seen.items():
        today = days.get(day)
        if today is None or person in told:
            continue
        found = unusual(
            today,
            before=[viewing for other, viewing in days.items() if other != day],
            colleagues=[
                seen[other][day]
                for other in units
                if other != person and units[other] == units[person] and day in seen[other]
            ],
            limits=limits,
        )
        if found:
            _tell(person, day, found, now)
            written += 1
    return written


def _viewings(day: date, days: int) -> tuple[dict[str, dict[date, Viewing]], dict[str, str]]:
    """By account and day, and the units in which each stood on `day` or last before it."""
    begin = timezone.make_aware(datetime.combine(day - timedelta(days=days), time()))
    end = timezone.make_aware(datetime.combine(day + timedelta(days=1), time()))
    rows = (
        Entry.objects.filter(kind__in=OPENING, actor_kind="account", at__gte=begin, at__lt=end)
        .order_by()
        .annotate(hour=TruncHour("at"))
        .values_list("actor_id", "hour", "camera_id", "unit_label")
        .annotate(count=Count("seq"))
    )
    cameras: dict[tuple[str, date], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    hours: dict[tuple[str, date], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    units: dict[str, tuple[datetime, str]] = {}
    for person, hour, camera, unit, count in rows.iterator():
        local = timezone.localtime(hour)
        cameras[person, local.date()][camera] += count
        hours[person, local.date()][local.hour] += count
        units[person] = max(units.get(person, (hour, unit)), (hour, unit))
    found: dict[str, dict[date, Viewing]] = defaultdict(dict)
    for (person, one), seen in cameras.items():
        found[person][one] = Viewing(seen, hours[person, one])
    return found, {person: unit for person, (_, unit) in units.items()}


def _tell(person: str, day: date, found: list[Finding], now: datetime) -> None:
    codes: Mapping[str, str] = {
        camera.id.hex: camera.code
        for camera in Camera.objects.filter(pk__in=[one.camera for one in found if one.camera])
    }
    account = Account.objects.get(pk=person)
    rows: list[JSON] = [
        {
            "pattern": one.pattern.value,
            "count": one.count,
            "usual": one.usual,
            "camera": codes.get(one.camera, ""),
        }
        for one in found
    ]
    with transaction.atomic():
        record(
            actor=Actor.machine("steward"),
            kind=Kind.VIEWING_UNUSUAL,
            obj=account,
            object_id=person,
            detail={"day": day.isoformat(), "found": rows},
            at=now,
        )
