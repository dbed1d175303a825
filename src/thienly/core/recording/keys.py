"""Keys of recorders: that one was replaced is history."""

from collections.abc import Callable

from django.db import transaction
from django.utils import timezone

from thienly.core.access.actor import Actor
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.recording.moments import microseconds


def rotated(*, recorder: str, rotate: Callable[[int], tuple[str, str]]) -> tuple[str, str]:
    """Replaces the key by `rotate` (given the time in us; the ids before and after) and writes it down: when
    either fails neither is done, but for a new key that the ledger does not know yet.

    Raises what `rotate` raises, django.db.Error.
    """
    now = timezone.now()
    with transaction.atomic():
        before, after = rotate(microseconds(now))
        record(
            actor=Actor.machine("thienly"),
            kind=Kind.KEY_ROTATED,
            detail={"recorder": recorder, "before": before, "after": after},
            at=now,
        )
    return before, after
