"""What a camera's recording lacks and why: every second of duty is in a fragment or in a gap."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

from thienly.bus.messages import Gap
from thienly.media import outbox
from thienly.media.index import gaps, segments
from thienly.media.index.gaps import GapRow
from thienly.media.index.writer import IndexWriter
from thienly.rules.problems import Problem

TOLERANCE_US = 100_000
"""Fragments follow each other to the microsecond while the source runs; less than this is not called a
gap."""

_NOT_REACHED = {
    Problem.HOST_UNKNOWN,
    Problem.UNREACHABLE,
    Problem.REFUSED,
    Problem.TIMEOUT,
    Problem.PROTOCOL,
}
_WHILE_RECORDING = {Problem.CLOSED, Problem.STALLED, Problem.CORRUPT}
"""How a connection ended. When the next one does not come about, why not is the more telling reason."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What another process left of a camera: until when, when its last GOP began, and its open gap."""

    end_us: int | None
    last_us: int | None
    gap: GapRow | None

    @classmethod
    def read(cls, db: sqlite3.Connection, camera: str) -> "Kept":
        """As the index tells it."""
        last = segments.newest_gop(db, camera)
        return cls(segments.newest_end(db, camera), last, gaps.open_gaps(db).get(camera))


class Timeline:
    """One camera. `end_us`: the end of what is kept so far, None before the first fragment ever; `last_us`:
    the start of the last fragment that this process kept."""

    def __init__(
        self,
        camera: str,
        *,
        recorder: str,
        index: IndexWriter,
        facts: Callable[[], None],
        end_us: int | None = None,
        gap: GapRow | None = None,
        foreign: bool = False,
    ) -> None:
        """`foreign`: another process still answers for the camera; nothing is noted until `assume`."""
        self.camera = camera
        self.end_us = end_us
        self.last_us: int | None = None
        self.gap = gap
        self.foreign = foreign
        self._recorder = recorder
        self._index = index
        self._facts = facts

    def assume(self, *, end_us: int | None, gap: GapRow | None) -> None:
        """From now on this process answers, for everything after `end_us`."""
        self.end_us, self.gap, self.foreign = end_us, gap, False

    def kept(self, start_us: int, end_us: int, *, hole: Problem) -> None:
        """A fragment is on disk. `hole`: the reason when there is one before it that nobody explained."""
        if self.gap is not None:
            self.close(start_us)
        elif self.end_us is not None and start_us - self.end_us > TOLERANCE_US:
            self._put(self._new(self.end_us, start_us, hole, ""))
        self.end_us = max(end_us, self.end_us or 0)
        self.last_us = start_us

    def begin(self, reason: Problem, *, at_us: int, detail: str = "") -> None:
        """Nothing is kept from here: since the last fragment, or since `at_us` when there is none (or when
        the reason has changed). Attempts that fail now so, now so, stay one gap."""
        if self.foreign:
            return
        start_us = at_us if self.end_us is None else self.end_us
        if self.gap is not None:
            before = Problem(self.gap.reason)
            if reason is before or _as_telling(before, reason):
                return
            start_us = max(at_us, self.gap.start_us)
            self.close(start_us)
        self.gap = self._new(start_us, None, reason, detail)
        self._put(self.gap)

    def lost(self, start_us: int, end_us: int, reason: Problem, detail: str) -> None:
        """What was kept turned out not to be there."""
        self._put(self._new(start_us, end_us, reason, detail))

    def close(self, at_us: int) -> None:
        """The open gap, if any, ends."""
        if self.gap is None:
            return
        gap, self.gap = self.gap, None
        end_us = max(at_us, gap.start_us)
        self._put(GapRow(gap.id, gap.camera, gap.start_us, end_us, gap.reason, gap.detail))

    def _new(self, start_us: int, end_us: int | None, reason: Problem, detail: str) -> GapRow:
        return GapRow(uuid4().hex, self.camera, start_us, end_us, reason.value, detail)

    def _put(self, row: GapRow) -> None:
        self._index.submit(lambda db: put_gap(db, row, self._recorder), self._facts)


def _as_telling(before: Problem, reason: Problem) -> bool:
    """Whether `reason` adds nothing to `before`, so that the gap keeps its own."""
    link = _NOT_REACHED | _WHILE_RECORDING
    return {before, reason} <= link and not (before in _WHILE_RECORDING and reason in _NOT_REACHED)


def put_gap(db: sqlite3.Connection, row: GapRow, recorder: str) -> None:
    """The row and its fact, in the caller's transaction."""
    gaps.put(db, row)
    fact = Gap(
        # From the row's own state: carried out twice after a failed commit, it is still one fact.
        id=f"{row.id}-{'open' if row.end_us is None else 'closed'}",
        camera=row.camera,
        recorder=recorder,
        gap=row.id,
        start_us=row.start_us,
        end_us=row.end_us,
        reason=Problem(row.reason),
        detail=row.detail,
    )
    outbox.put(db, fact)
