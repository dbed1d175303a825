"""What machines report goes into history only when it matters: an outage that lasts, a missing recording.

A camera that flaps faster than that would bury the acts of people under its own noise; every gap, however
short, still stands in the table of gaps.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from thienly.core.access.actor import Actor
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.recording.models import CameraState, Gap

TOLD_AFTER = timedelta(seconds=10)
"""A state that lasts, and a gap that is longer, are told."""

INFERRED_AFTER = timedelta(minutes=2)
"""A hole that nobody reported may still be explained by facts that are under way."""

_AT_ONCE = 500  # entries in one transaction: others must be able to write history meanwhile


def tell(*, now: datetime, after: timedelta = TOLD_AFTER) -> int:
    """Writes what became worth telling; returns how many entries."""
    with transaction.atomic():
        return _states(now, after) + _gaps(now, after)


def _states(now: datetime, after: timedelta) -> int:
    lasting = CameraState.objects.filter(state__in=["recording", "offline"], since__lte=now - after)
    news = list(lasting.exclude(state=F("told")).select_related("camera")[:_AT_ONCE])
    for row in news:
        record(
            actor=Actor.machine(row.recorder),
            kind=Kind.CAMERA_STATE_CHANGED,
            camera=row.camera,
            detail={
                "before": row.told,
                "after": row.state,
                "since": row.since.isoformat(),
                "problem": row.problem,
                "recorder": row.recorder,
            },
            at=now,
        )
        row.told = row.state
    CameraState.objects.bulk_update(news, ["told"])
    return len(news)


def _gaps(now: datetime, after: timedelta) -> int:
    settled = Q(inferred=False) | Q(known_at__lte=now - INFERRED_AFTER)
    over = Gap.objects.filter(settled, told=False, end__isnull=False).select_related("camera")
    news = list(over.order_by("end")[:_AT_ONCE])
    long = [gap for gap in news if gap.end is not None and gap.end - gap.start >= after]
    for gap in long:
        assert gap.end is not None  # noqa: S101 - for the type checker; chosen above
        record(
            actor=Actor.machine(gap.recorder),
            kind=Kind.GAP_RECORDED,
            camera=gap.camera,
            object_kind="gap",
            object_id=gap.gap,
            detail={
                "from": gap.start.isoformat(),
                "until": gap.end.isoformat(),
                "reason": gap.reason,
                "inferred": gap.inferred,
                "recorder": gap.recorder,
            },
            at=now,
        )
    Gap.objects.filter(gap__in=[gap.gap for gap in news]).update(told=True)
    return len(long)
