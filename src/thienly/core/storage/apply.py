"""Facts about copies become rows. A fact that comes again sets what is set already.

After a batch was delivered twice out of order, an hour may show a place that it has left since: the
recorder's index decides where something is read, this only tells.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from thienly.bus.messages import CopyLost, Fact, RestoreTested, SegmentCopied, SegmentDeleted, SegmentMoved
from thienly.core.access.actor import Actor
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.recording.moments import instant
from thienly.core.registry.models import Camera
from thienly.core.storage.models import RestoreTest, TierHour
from thienly.rules.coverage import HOUR_BYTES, by_hour, mark, unmark

Placed = SegmentCopied | SegmentMoved | CopyLost | SegmentDeleted


@dataclass(slots=True)
class _Loss:
    segments: int
    gone: int
    start_us: int
    end_us: int


def apply_copies(
    facts: Iterable[Fact], *, cameras: dict[str, Camera], deleted: set[tuple[str, int]], now: datetime
) -> None:
    """In the caller's transaction. `deleted`: (recorder, segment) that were deleted before this batch."""
    placed = [
        fact
        for fact in facts
        if isinstance(fact, SegmentDeleted)
        or (isinstance(fact, Placed) and (fact.recorder, fact.segment) not in deleted)
    ]
    hours = _Hours(placed, cameras)
    losses: dict[tuple[str, str, str], _Loss] = {}
    for fact in placed:
        match fact:
            case SegmentCopied():
                hours.set(fact, fact.store, held=True)
            case SegmentMoved():
                hours.set(fact, "", held=not fact.here)
            case CopyLost():
                hours.set(fact, fact.store, held=False)
                loss = losses.setdefault(
                    (fact.camera, fact.recorder, fact.store), _Loss(0, 0, fact.start_us, fact.end_us)
                )
                loss.segments += 1
                loss.gone += not fact.here
                loss.start_us = min(loss.start_us, fact.start_us)
                loss.end_us = max(loss.end_us, fact.end_us)
            case SegmentDeleted():
                hours.clear(fact)
    hours.save()
    _tell_losses(losses, cameras, now)
    for test in facts:
        if isinstance(test, RestoreTested):
            _tested(test, cameras[test.camera])


def _tell_losses(
    losses: dict[tuple[str, str, str], _Loss], cameras: dict[str, Camera], now: datetime
) -> None:
    for (camera, recorder, store), loss in sorted(losses.items()):
        record(
            actor=Actor.machine(recorder),
            kind=Kind.COPY_LOST,
            camera=cameras[camera],
            detail={
                "store": store,
                "segments": loss.segments,
                "only_copy": loss.gone,
                "from": instant(loss.start_us).isoformat(),
                "until": instant(loss.end_us).isoformat(),
            },
            at=now,
        )


def _tested(fact: RestoreTested, camera: Camera) -> None:
    _, new = RestoreTest.objects.get_or_create(
        fact=fact.id,
        defaults={
            "camera": camera,
            "recorder": fact.recorder,
            "store": fact.store,
            "segment": fact.segment,
            "start": instant(fact.start_us),
            "end": instant(fact.end_us),
            "at": instant(fact.at_us),
            "ok": fact.ok,
            "step": fact.step[:20],
            "detail": fact.detail[:300],
            "bytes": fact.bytes,
            "took_ms": fact.took_ms,
        },
    )
    if new:
        record(
            actor=Actor.machine(fact.recorder),
            kind=Kind.RESTORE_TESTED,
            camera=camera,
            detail={
                "store": fact.store,
                "ok": fact.ok,
                "step": fact.step,
                "problem": fact.detail[:300],
                "from": instant(fact.start_us).isoformat(),
                "until": instant(fact.end_us).isoformat(),
            },
            at=instant(fact.at_us),
        )


class _Hours:
    """The rows that a batch touches, read at once and written back at once."""

    def __init__(self, facts: Sequence[Placed], cameras: dict[str, Camera]) -> None:
        self._cameras = cameras
        hours = {instant(hour) for f in facts for hour, _, _ in by_hour(f.start_us, f.end_us)}
        rows = TierHour.objects.filter(camera__in={UUID(fact.camera) for fact in facts}, hour__in=hours)
        self._rows = {(r.camera_id.hex, r.recorder, r.store, r.hour): r for r in (rows if facts else ())}
        self._changed: set[tuple[str, str, str, datetime]] = set()

    def set(self, fact: Placed, store: str, *, held: bool) -> None:
        for hour_us, first, last in by_hour(fact.start_us, fact.end_us):
            key = (fact.camera, fact.recorder, store, instant(hour_us))
            row = self._rows.get(key)
            if row is None:
                if not held:
                    continue
                row = self._rows[key] = TierHour(
                    camera=self._cameras[fact.camera],
                    recorder=fact.recorder,
                    store=store,
                    hour=key[3],
                    seconds=bytes(HOUR_BYTES),
                )
            change = mark if held else unmark
            row.seconds = change(bytes(row.seconds), first, last)
            self._changed.add(key)

    def clear(self, fact: SegmentDeleted) -> None:
        """It is nowhere any more."""
        for store in {key[2] for key in self._rows if key[:2] == (fact.camera, fact.recorder)}:
            self.set(fact, store, held=False)

    def save(self) -> None:
        rows = [self._rows[key] for key in sorted(self._changed)]
        TierHour.objects.bulk_update([r for r in rows if r.id is not None and any(r.seconds)], ["seconds"])
        TierHour.objects.bulk_create([r for r in rows if r.id is None and any(r.seconds)])
        empty = [row.id for row in rows if row.id is not None and not any(row.seconds)]
        if empty:
            TierHour.objects.filter(id__in=empty).delete()
