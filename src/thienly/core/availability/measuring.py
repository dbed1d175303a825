"""Measuring: from readings of the platform's services to entries of history about their outages."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from thienly.core.access.actor import Actor
from thienly.core.availability.models import ServiceState
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.recording.models import RecorderState
from thienly.rules.availability import Cause
from thienly.rules.hashchain import JSON

LOST_AFTER = timedelta(seconds=15)
"""A service that has not worked for this long is lost. A recorder sends a sign of life every five seconds."""

STEWARD, DATABASE, BUS, GATEWAY = "steward", "database", "bus", "gateway"
RECORDER = "recorder:"


@dataclass(frozen=True, slots=True)
class Reading:
    """How a service was found. `worked_at`: when it last worked, None: it does not now. `process`: tells one
    process of it from the next, "" when nobody knows."""

    service: str
    worked_at: datetime | None
    process: str = ""


@dataclass(frozen=True, slots=True)
class Measurer:
    """The process that measures, since `began_at`. `hears_since`: since then it hears recorders, so that
    their silence means something; `database_failed_at`: since then the database did not answer."""

    process: str
    booted_at: datetime
    began_at: datetime
    hears_since: datetime
    database_failed_at: datetime | None = None


def recorder_readings() -> list[Reading]:
    """Of every recorder that was ever heard of, by its last sign of life."""
    rows = RecorderState.objects.order_by("name")
    return [Reading(f"{RECORDER}{row.name}", row.seen_at, row.started_at.isoformat()) for row in rows]


def observe(*, readings: Iterable[Reading], measurer: Measurer, now: datetime) -> int:
    """Writes what became known since the last time; returns how many entries. All in one transaction, and so
    proof that the database works."""
    with transaction.atomic():
        rows = {row.name: row for row in ServiceState.objects.select_for_update()}
        news = _own(rows, measurer, now)
        for reading in readings:
            since = measurer.hears_since if reading.service.startswith(RECORDER) else measurer.began_at
            news += _one(rows.get(reading.service), reading, since, now)
    return news


def lost_services() -> QuerySet[ServiceState]:
    """Those that are away now, the longest first."""
    return ServiceState.objects.exclude(outage="").order_by("seen_at")


def say_stopping() -> None:
    """The measuring process was asked to end: so its absence from now on is no failure."""
    ServiceState.objects.filter(name=STEWARD).update(stopping=True)


def _one(row: ServiceState | None, reading: Reading, since: datetime, now: datetime) -> int:
    """`since`: from then on its absence means something."""
    at = reading.worked_at
    if at is not None and now - at <= LOST_AFTER:
        return _works(row, reading, at, now)
    if row is None or row.outage or now - max(at or row.seen_at, row.seen_at, since) <= LOST_AFTER:
        return 0
    start = max(at or row.seen_at, row.seen_at)
    row.outage = _lost(row.name, start, Cause.NO_SIGN, now)
    row.seen_at = start
    row.save()
    return 1


def _works(row: ServiceState | None, reading: Reading, at: datetime, now: datetime) -> int:
    if row is None:
        ServiceState.objects.create(name=reading.service, seen_at=at, process=reading.process)
        _tell(Kind.SERVICE_WATCHED, reading.service, now, {"since": at.isoformat()})
        return 1
    told = 0
    if row.outage:
        known = bool(row.process and reading.process)
        same = row.process == reading.process
        cause = "" if not known else (Cause.CUT_OFF if same else Cause.RESTARTED).value
        _back(row.name, row.outage, at, cause, now)
        told, row.outage = 1, ""
    row.seen_at, row.process = max(at, row.seen_at), reading.process or row.process
    row.save()
    return told


def _own(rows: dict[str, ServiceState], measurer: Measurer, now: datetime) -> int:
    """The measurer's own absence, and the database's, are known only when they are over."""
    told = 0
    for name in (STEWARD, DATABASE):
        row = rows.get(name)
        if row is None:
            ServiceState.objects.create(name=name, seen_at=now, process=measurer.process)
            _tell(Kind.SERVICE_WATCHED, name, now, {"since": now.isoformat()})
            told += 1
            continue
        failed_at = measurer.database_failed_at
        if name == DATABASE:
            start, until, cause = failed_at or now, now, Cause.NO_SIGN
        else:
            until = failed_at or now  # from then on it was there and could not write
            start, cause = row.seen_at, _why_away(row, measurer)
        if until - start > LOST_AFTER:
            outage = _lost(name, start, cause, now)
            _back(name, outage, until, "", now)
            told += 2
        row.seen_at, row.process, row.stopping = now, measurer.process, False
        row.save()
    return told


def _why_away(row: ServiceState, measurer: Measurer) -> Cause:
    if row.process == measurer.process:
        return Cause.CUT_OFF
    if measurer.booted_at > row.seen_at:
        return Cause.MACHINE
    return Cause.STOPPED if row.stopping else Cause.KILLED


def _lost(service: str, start: datetime, cause: Cause, now: datetime) -> str:
    outage = f"{service}@{start:%Y%m%dT%H%M%S}"[:64]
    detail: dict[str, JSON] = {"outage": outage, "since": start.isoformat(), "cause": cause.value}
    _tell(Kind.SERVICE_LOST, service, now, detail)
    return outage


def _back(service: str, outage: str, at: datetime, cause: str, now: datetime) -> None:
    _tell(Kind.SERVICE_BACK, service, now, {"outage": outage, "until": at.isoformat(), "cause": cause})


def _tell(kind: Kind, service: str, now: datetime, detail: dict[str, JSON]) -> None:
    record(
        actor=Actor.machine("steward"),
        kind=kind,
        object_kind="service",
        object_id=service,
        object_label=service,
        detail=detail,
        at=now,
    )
