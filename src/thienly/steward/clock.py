"""What is due by the clock: history of machines, checkpoints of the ledger, forgetting."""

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog
from django.conf import settings
from django.db import Error as DatabaseError
from django.utils import timezone

from thienly.core.access.zone_versions import note_zones
from thienly.core.availability.report import seal_month
from thienly.core.extraction.reminding import remind
from thienly.core.footage.unusual import judge_yesterday
from thienly.core.ledger import chain, checkpoints, witness
from thienly.core.recording.apply import prune_seen
from thienly.core.recording.assessing import assess_month
from thienly.core.recording.days import add_up, begin_day, forget_hours
from thienly.core.recording.retention_versions import note_version
from thienly.core.recording.telling import tell
from thienly.core.regulation import activation
from thienly.core.reviews.seeing import count_quarter
from thienly.core.reviews.services import tick
from thienly.core.storage.holds import close_ended, tell_ending
from thienly.core.storage.tiers import tell_overdue
from thienly.core.units.applying import apply_due
from thienly.steward.database import Database

log = structlog.get_logger(__name__)


def _checkpoint(now: datetime) -> None:
    if checkpoints.due(now=now):
        checkpoints.sign_checkpoint(now=now)
        witness.carry()


def _tell(now: datetime) -> None:
    tell(now=now)


def _forget(now: datetime) -> None:
    prune_seen(now=now)
    forget_hours(now=now)


def _days(now: datetime) -> None:
    begin_day(now=now)
    add_up(now=now)


def _assess(now: datetime) -> None:
    assess_month(now=now)


def _seal(now: datetime) -> None:
    seal_month(now=now)


def _retention(now: datetime) -> None:
    note_version(settings.CONF, now=now)


def _zones(now: datetime) -> None:
    note_zones(settings.CONF, now=now)


def _viewing(now: datetime) -> None:
    judge_yesterday(settings.CONF, now=now)


def _verify(now: datetime) -> None:
    chain.verify(now=now)


def _overdue(now: datetime) -> None:
    tell_overdue(now=now)


def _holds(now: datetime) -> None:
    close_ended(now=now)
    tell_ending(now=now)


def _reorganise(now: datetime) -> None:
    apply_due(now=now)


def _regulations(now: datetime) -> None:
    activation.adopt_first(now=now)
    activation.enter(now=now)


def _requests(now: datetime) -> None:
    remind(now=now)


def _reviews(now: datetime) -> None:
    tick(now=now)
    count_quarter(now=now)


DUTIES: dict[str, tuple[int, Callable[[datetime], None]]] = {
    "tell": (2, _tell),
    "regulations": (5, _regulations),
    "checkpoint": (5, _checkpoint),
    "days": (2, _days),
    "assess": (300, _assess),
    "overdue": (60, _overdue),
    "holds": (5, _holds),
    "reorganise": (5, _reorganise),
    "seal": (300, _seal),
    "reviews": (300, _reviews),
    "requests": (60, _requests),
    "retention": (3600, _retention),
    "zones": (3600, _zones),
    "viewing": (1800, _viewing),
    "forget": (3600, _forget),
    "verify": (24 * 3600, _verify),
}
"""Name, period in seconds, work in the database."""


class Clock:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self) -> None:
        """Ends only with its task. A duty that fails is due again after its period, and others go on."""
        loop = asyncio.get_running_loop()
        due = dict.fromkeys(DUTIES, loop.time())
        while True:
            for name, (period, work) in DUTIES.items():
                if loop.time() >= due[name]:
                    due[name] = loop.time() + period
                    await self._do(name, work)
            await asyncio.sleep(1)

    async def _do(self, name: str, work: Callable[[datetime], None]) -> None:
        try:
            await self._database.run(lambda: work(timezone.now()))
        except (DatabaseError, OSError) as error:
            log.warning("duty_failed", duty=name, error=type(error).__name__)
