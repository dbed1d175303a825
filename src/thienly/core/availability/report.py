"""The report on availability: computed anew from the entries of history each time, and sealed each month."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from thienly.core.access.actor import Actor
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.ledger.writer import record
from thienly.core.recording.moments import instant, microseconds
from thienly.core.recording.spans import midnight
from thienly.rules.availability import Event, Outage, Service, Sums, What, platform, services, sums
from thienly.rules.coverage import Span

SEAL_AFTER = timedelta(hours=1)
"""After the end of a month: what began in it is noticed by then."""

_WHAT = {
    Kind.SERVICE_WATCHED.value: What.WATCHED,
    Kind.SERVICE_LOST.value: What.LOST,
    Kind.SERVICE_BACK.value: What.BACK,
    Kind.OUTAGE_ACKNOWLEDGED.value: What.ACKNOWLEDGED,
    Kind.SERVICE_RETIRED.value: What.RETIRED,
}


@dataclass(frozen=True, slots=True)
class Sealed:
    """A report as it was when the month was over: the last entry it rests on, and the hash of its bytes."""

    at: datetime
    seq: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Report:
    """Of the span `within`, from the entries until `seq`."""

    within: Span
    seq: int
    services: list[Service]

    @property
    def platform(self) -> Sums:
        return platform(self.services, self.within)

    @property
    def outages(self) -> list[Outage]:
        """Those that touch the span, by their beginnings."""
        found = [outage for service in self.services for outage in service.outages]
        touching = [
            one
            for one in found
            if one.start_us < self.within.end_us and (one.end_us is None or one.end_us > self.within.start_us)
        ]
        return sorted(touching, key=lambda one: (one.start_us, one.service))

    def sums_of(self, service: Service) -> Sums:
        return sums(service, self.within)

    def as_bytes(self) -> bytes:
        """JSON, the same bytes for the same span and entries."""
        whole = {
            "from": instant(self.within.start_us).isoformat(),
            "until": instant(self.within.end_us).isoformat(),
            "history_until": self.seq,
            "platform": _numbers(self.platform),
            "services": {service.name: _numbers(self.sums_of(service)) for service in self.services},
            "outages": [_outage(outage) for outage in self.outages],
        }
        return json.dumps(whole, ensure_ascii=False, indent=1, sort_keys=True).encode()


def month_report(first: date, *, now: datetime, seq: int | None = None) -> Report:
    """Of the month that begins with `first`, until now while it lasts. `seq`: as history was then."""
    within = month_of(first)
    if seq is None:
        seq = Entry.objects.filter(kind__in=_WHAT).aggregate(last=Max("seq"))["last"] or 0
    end_us = max(within.start_us, min(within.end_us, microseconds(now)))
    return Report(Span(within.start_us, end_us), seq, services(_events(seq)))


def month_of(first: date) -> Span:
    tz = timezone.get_default_timezone()
    after = (first + timedelta(days=31)).replace(day=1)
    return Span(microseconds(midnight(first, tz)), microseconds(midnight(after, tz)))


def sealed(first: date) -> Sealed | None:
    """What was sealed of the month; the first seal counts."""
    rows = Entry.objects.filter(kind=Kind.AVAILABILITY_SEALED, object_id=f"{first:%Y-%m}")
    row = rows.order_by("seq").first()
    if row is None or not isinstance(row.detail, dict):
        return None
    return Sealed(row.at, int(row.detail["history_until"]), str(row.detail["sha256"]))


def seal_month(*, now: datetime) -> bool:
    """Seals the report of the month before in history, once; False when there is nothing (left) to seal."""
    first = (timezone.localdate(now).replace(day=1) - timedelta(days=1)).replace(day=1)
    if now < instant(month_of(first).end_us) + SEAL_AFTER or sealed(first) is not None:
        return False
    report = month_report(first, now=now)
    if not any(report.sums_of(service).watched for service in report.services):
        return False
    with transaction.atomic():
        record(
            actor=Actor.machine("steward"),
            kind=Kind.AVAILABILITY_SEALED,
            object_kind="month",
            object_id=f"{first:%Y-%m}",
            object_label=f"{first:%m/%Y}",
            detail={
                "month": f"{first:%Y-%m}",
                "history_until": report.seq,
                "sha256": sha256(report.as_bytes()).hexdigest(),
            },
            at=now,
        )
    return True


def _events(seq: int) -> Iterator[Event]:
    """From the entries of history until `seq`, in their order."""
    for entry in Entry.objects.filter(kind__in=_WHAT, seq__lte=seq).order_by("seq").iterator():
        detail = entry.detail if isinstance(entry.detail, dict) else {}
        moment = detail.get("since") or detail.get("until")
        yield Event(
            at_us=microseconds(entry.at),
            what=_WHAT[entry.kind],
            service=entry.object_id,
            outage=str(detail.get("outage", "")),
            moment_us=microseconds(datetime.fromisoformat(str(moment)) if moment else entry.at),
            cause=str(detail.get("cause", "")),
            person=entry.actor_label,
            note=str(detail.get("note", "")),
        )


def _numbers(of: Sums) -> dict[str, object]:
    return {
        "measured_s": round(of.watched, 3),
        "away_s": round(of.down, 3),
        "available": None if of.ratio is None else f"{of.ratio:.6f}",
    }


def _outage(of: Outage) -> dict[str, object]:
    def at(us: int | None) -> str | None:
        return None if us is None else instant(us).isoformat()

    return {
        "outage": of.id,
        "service": of.service,
        "from": at(of.start_us),
        "until": at(of.end_us),
        "cause": of.cause,
        "noticed": at(of.noticed_us),
        "acknowledged": at(of.acknowledged_us),
        "acknowledged_by": of.acknowledged_by,
        "notes": [{"at": at(us), "person": person, "note": note} for us, person, note in of.notes],
    }
