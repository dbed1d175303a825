"""Requests whose time runs out, and emergencies that nobody has justified: told in history, once each."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from thienly.core.access.actor import Actor
from thienly.core.extraction.facts import deciders
from thienly.core.extraction.models import Extraction
from thienly.core.extraction.reading import open_needs, requests
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.rules.extraction import ANSWERABLE

BEFORE = timedelta(days=1)
_AT_ONCE = 200
_STEWARD = Actor.machine("steward")


def remind(*, now: datetime) -> int:
    """Tells what is due within a day, and what is overdue, with those who could decide; how many. Called by
    the steward."""
    unanswered = Q(case__state__in=ANSWERABLE, due_at__isnull=False)
    unjustified = Q(justify_by__isnull=False, justified_at=None)
    found = requests().filter(unanswered | unjustified).annotate(until=Coalesce("due_at", "justify_by"))
    soon = found.filter(until__gt=now, until__lte=now + BEFORE, reminded_at=None)
    late = found.filter(until__lte=now, overdue_told_at=None)
    told = 0
    for request in soon.order_by(F("until"))[:_AT_ONCE]:
        told += _tell(request, Kind.EXTRACTION_REMINDED, "reminded_at", now)
    for request in late.order_by(F("until"))[:_AT_ONCE]:
        told += _tell(request, Kind.EXTRACTION_OVERDUE, "overdue_told_at", now)
    return told


def _tell(request: Extraction, kind: Kind, field: str, now: datetime) -> int:
    with transaction.atomic():
        if not Extraction.objects.filter(pk=request.pk, **{field: None}).update(**{field: now}):
            return 0
        people = [str(seat.account) for need in open_needs(request, now) for seat in deciders(need, now)]
        due = request.due_at or request.justify_by
        record(
            actor=_STEWARD,
            kind=kind,
            obj=request.case,
            camera=request.case.camera,
            purpose=request.purpose,
            detail={
                "due": due.isoformat() if due else None,
                "cite": request.due_cite,
                "person": ", ".join(dict.fromkeys(people or [str(request.case.opened_by)])),
            },
            at=now,
        )
    return 1
