"""Footage that the pruner deleted: gone from the coverage, and in history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from thienly.bus.messages import CopyLost, Fact, SegmentClosed, SegmentCopied, SegmentDeleted, SegmentMoved
from thienly.core.access.actor import Actor
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.recording.book import Book
from thienly.core.recording.models import FactSeen
from thienly.core.recording.moments import instant
from thienly.rules.coverage import by_hour

_ABOUT = (SegmentClosed, SegmentDeleted, SegmentCopied, SegmentMoved, CopyLost)


@dataclass(slots=True)
class Sum:
    """Segments of one camera that one recorder deleted for one reason: one entry of history for a batch."""

    segments: int
    start_us: int
    end_us: int


class Deletions:
    """The deletions of one batch."""

    def __init__(self, book: Book, facts: Sequence[Fact]) -> None:
        self._book = book
        about = [fact for fact in facts if isinstance(fact, _ABOUT)]
        keys = {_key(fact.recorder, fact.segment) for fact in about}
        self._seen = set(FactSeen.objects.filter(id__in=keys).values_list("id", flat=True))
        self.before = {
            (fact.recorder, fact.segment) for fact in about if _key(fact.recorder, fact.segment) in self._seen
        }
        """(recorder, segment) of those that were deleted before this batch."""
        self._new: list[str] = []
        self._sums: dict[tuple[str, str, str], Sum] = {}

    def has(self, fact: SegmentClosed) -> bool:
        """The segment was deleted; that it was once closed comes late or again."""
        return _key(fact.recorder, fact.segment) in self._seen

    def apply(self, fact: SegmentDeleted) -> None:
        key = _key(fact.recorder, fact.segment)
        if key in self._seen:
            return
        self._seen.add(key)
        self._new.append(key)
        self._book.tell_days(fact.camera, fact.start_us, fact.end_us)
        for hour, first, last in by_hour(fact.start_us, fact.end_us):
            self._book.unmark(fact.camera, hour, fact.recorder, first, last)
        group = (fact.camera, fact.recorder, fact.reason)
        total = self._sums.setdefault(group, Sum(0, fact.start_us, fact.end_us))
        total.segments += 1
        total.start_us = min(total.start_us, fact.start_us)
        total.end_us = max(total.end_us, fact.end_us)

    def save(self, now: datetime) -> None:
        FactSeen.objects.bulk_create([FactSeen(id=key, at=now) for key in self._new])
        for (camera, recorder, reason), total in sorted(self._sums.items()):
            record(
                actor=Actor.machine(recorder),
                kind=Kind.FOOTAGE_DELETED,
                camera=self._book.cameras[camera],
                detail={
                    "reason": reason,
                    "segments": total.segments,
                    "from": instant(total.start_us).isoformat(),
                    "until": instant(total.end_us).isoformat(),
                },
                at=now,
            )


def _key(recorder: str, segment: int) -> str:
    return f"deleted:{recorder}:{segment}"
