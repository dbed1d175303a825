"""The log of extraction (QN Đ20.4): purpose, time, who performs, who asks, and the rest; a book.

Each line is an extraction that was ordered. Nothing in it is written here: it is read from the requests,
whose history the ledger seals.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils import timezone

from thienly.core.access.actor import Actor
from thienly.core.extraction.models import Extraction
from thienly.core.extraction.ordering import order_of
from thienly.core.extraction.reading import visible_requests
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.service import service
from thienly.core.text import fold
from thienly.rules.order import Order

MOST = 5000
"""Lines of one sheet."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which lines: ordered from then until then; words anywhere in them."""

    text: str = ""
    start: datetime | None = None
    end: datetime | None = None


def lines(*, actor: Actor, asked: Asked) -> QuerySet[Extraction]:
    """The extractions that the actor may read of, the last first."""
    found = visible_requests(actor=actor).exclude(ordered_at=None).order_by("-ordered_at", "-pk")
    if asked.start is not None:
        found = found.filter(ordered_at__gte=asked.start)
    if asked.end is not None:
        found = found.filter(ordered_at__lt=asked.end)
    if text := asked.text.strip():
        words = Q(case__title__icontains=text) | Q(why__icontains=text) | Q(basis__icontains=text)
        words |= Q(applicant__icontains=text) | Q(recipient__icontains=text)
        words |= Q(case__opened_by__folded__contains=fold(text)) | Q(performer__folded__contains=fold(text))
        words |= Q(cameras__camera__folded__contains=fold(text)) | Q(application__folded__contains=fold(text))
        found = found.filter(words).distinct()
    return found


@service
def export(*, actor: Actor, asked: Asked) -> list[tuple[Extraction, Order]]:
    """The lines as orders, for a sheet; that it was taken stands in history."""
    now = timezone.now()
    rows = [(one, order_of(one, now=now)) for one in lines(actor=actor, asked=asked)[:MOST]]
    record(
        actor=actor,
        kind=Kind.EXTRACTIONS_EXPORTED,
        object_kind="register",
        detail={
            "lines": len(rows),
            "text": asked.text,
            "from": asked.start.isoformat() if asked.start else None,
            "until": asked.end.isoformat() if asked.end else None,
        },
        at=now,
    )
    return rows
