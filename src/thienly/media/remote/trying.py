"""The restore test: a recording chosen by chance is brought back from a store to a scratch place, compared
with every hash, its signature checked, and a picture decoded. A backup that was never restored is a hope."""

import random
import shutil
import sqlite3
import tempfile
import time
from pathlib import Path
from uuid import uuid4

import structlog

from thienly.bus.messages import RestoreTested
from thienly.conf_stores import BackupConf
from thienly.media import outbox
from thienly.media.clock import wall_us
from thienly.media.index import copies, segments
from thienly.media.index.copies import Copy, Purpose
from thienly.media.index.segments import SegmentRow
from thienly.media.keyframe import Keyframes, NoPicture
from thienly.media.remote.around import Around
from thienly.media.remote.objects import fetch
from thienly.media.remote.proof import proven
from thienly.media.remote.sealing import SealError
from thienly.media.remote.store import StoreError
from thienly.media.remote.upload import Place
from thienly.rules.retention import DAY_US

log = structlog.get_logger(__name__)

_BEGIN = 32 << 20
"""Bytes of a segment that certainly hold its first pictures."""
_AGAIN_US = 6 * 3600 * 1_000_000
"""After a test that failed the next one comes sooner than the plan says."""


class _FailedError(Exception):
    def __init__(self, step: str, detail: str) -> None:
        super().__init__(detail)
        self.step = step
        self.detail = detail


class Tester:
    """Restore tests of one recorder."""

    def __init__(self, around: Around, places: dict[str, Place]) -> None:
        self._around = around
        self._places = places
        self._not_before_us: dict[str, int] = {}

    async def due(self, plan: BackupConf, *, now_us: int) -> bool:
        if now_us < self._not_before_us.get(plan.store, 0):
            return False
        _, tested_us = await self._around.ask(lambda db: copies.last(db, plan.store))
        return now_us - tested_us >= plan.test_days * DAY_US

    async def test(
        self, store: str, *, purpose: Purpose = "backup", chance: float | None = None
    ) -> RestoreTested | None:
        """Tries one, told as a fact; None when the store holds nothing yet. Raises sqlite3.Error, OSError."""
        around = self._around
        throw = random.random() if chance is None else chance  # noqa: S311 - a sample, no secret
        copy = await around.ask(lambda db: copies.random_copy(db, store, purpose, throw))
        if copy is None:
            return None
        segment = copy.segment
        row = await around.ask(lambda db: segments.get(db, segment))
        if row is None:
            return None
        begun = time.monotonic()
        step = detail = ""
        try:
            await self._try(copy, row)
        except _FailedError as failed:
            step, detail = failed.step, failed.detail
        fact = RestoreTested(
            id=uuid4().hex,
            camera=row.camera,
            recorder=around.recorder,
            segment=row.id,
            store=store,
            start_us=row.start_us,
            end_us=row.end_us or row.start_us + 1,
            at_us=wall_us(),
            ok=not step,
            step=step,
            detail=detail,
            bytes=copy.size,
            took_ms=round((time.monotonic() - begun) * 1000),
        )
        log.info("restore_tested", store=store, segment=row.id, ok=fact.ok, step=step, detail=detail)

        if not fact.ok:
            self._not_before_us[store] = fact.at_us + _AGAIN_US

        def tell(db: sqlite3.Connection) -> None:
            if fact.ok:
                copies.tested(db, store, fact.at_us)
            outbox.put(db, fact)

        await around.index.run(tell)
        around.facts()
        return fact

    async def _try(self, copy: Copy, row: SegmentRow) -> None:
        """Raises _FailedError."""
        around, place = self._around, self._places.get(copy.store)
        if place is None:
            raise _FailedError("fetch", "the store is not configured")
        scratch = Path(tempfile.mkdtemp(prefix="restore-test-", dir=around.path.parent))
        path = scratch / "segment.mp4"
        try:
            try:
                key = await around.work(lambda: place.key_of(copy))
                statement = await fetch(around, await around.work(place.store), copy, key, path)
            except StoreError as error:
                raise _FailedError("fetch", f"{error.trouble.value} {error.detail}".strip()) from error
            except (SealError, ValueError) as error:
                raise _FailedError("verify", str(error)) from error
            if not await around.work(lambda: proven(statement, around.keys())):
                raise _FailedError("signature", "not signed by this recorder's key")
            if not await around.work(lambda: _decodes(path)):
                raise _FailedError("decode", "no picture could be decoded")
        finally:
            await around.work(lambda: shutil.rmtree(scratch, ignore_errors=True))


def _decodes(path: Path) -> bool:
    """Whether the first key frame becomes a picture."""
    with path.open("rb") as file:
        begin = file.read(_BEGIN)
    keyframes = Keyframes()
    try:
        return bool(keyframes.jpeg(begin))
    except NoPicture:
        return False
    finally:
        keyframes.close()
