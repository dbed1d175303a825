"""Coverage and gaps read again from the recorders' indexes, after an older database was restored."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from thienly.bus import subjects
from thienly.bus.client import BusRefused, BusUnavailable
from thienly.bus.messages import Fact
from thienly.bus.questions import IndexAsk, IndexPage
from thienly.core.access.actor import Actor
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.recording.apply import apply_facts
from thienly.core.recording.models import RecorderState
from thienly.core.recording.moments import microseconds
from thienly.core.recording.probe import Ask

TIMEOUT_S = 30.0
_AT_ONCE = 500


@dataclass(slots=True)
class Reread:
    """What one recorder told. `problem`: why it told nothing more; "" when it told everything."""

    recorder: str
    segments: int = 0
    gaps: int = 0
    applied: int = 0  # about cameras that the register has
    problem: str = ""


def reread(
    *,
    ask: Ask,
    start: datetime,
    end: datetime,
    now: datetime,
    recorder: str = "",
    progress: Callable[[Reread], None] = lambda _: None,
) -> list[Reread]:
    """Asks every recorder that is known (or the one named) for what its index has of [start, end).

    Facts are applied as if they came for the first time: what is known already does not change, and doing it
    again changes nothing. Footage that recorders have deleted since cannot be told again.
    """
    names = [recorder] if recorder else sorted(_recorders())
    results: list[Reread] = []
    for name in names:
        result = Reread(name)
        try:
            for facts in _told(ask, result, start, end):
                for first in range(0, len(facts), _AT_ONCE):
                    result.applied += apply_facts(facts[first : first + _AT_ONCE], now=now)
                progress(result)
        except (BusUnavailable, BusRefused) as error:
            result.problem = str(error) or type(error).__name__
        results.append(result)
    with transaction.atomic():
        record(
            actor=Actor.machine("command"),
            kind=Kind.COVERAGE_REREAD,
            object_kind="installation",
            detail={
                "from": start.isoformat(),
                "until": end.isoformat(),
                "recorders": [
                    {"recorder": r.recorder, "segments": r.segments, "gaps": r.gaps, "problem": r.problem}
                    for r in results
                ],
            },
            at=now,
        )
    return results


def _recorders() -> set[str]:
    """Those of this machine's file, and those that were ever heard."""
    heard = set(RecorderState.objects.values_list("name", flat=True))
    return heard | {recorder.name for recorder in settings.CONF.file.recorders}


def _told(ask: Ask, result: Reread, start: datetime, end: datetime) -> Iterator[list[Fact]]:
    want = IndexAsk(from_us=microseconds(start), until_us=microseconds(end))
    while True:
        data = ask(subjects.archive_index(result.recorder), want.encode(), timeout_s=TIMEOUT_S)
        page = IndexPage.decode(data)
        result.segments += len(page.segments)
        result.gaps += len(page.gaps)
        # Gaps first: what they explain is then not taken for a hole between two segments.
        yield [*page.gaps, *sorted(page.segments, key=lambda fact: fact.start_us)]
        if not page.more:
            return
        want = want.model_copy(update={"after_segment": page.after_segment, "after_gap": page.after_gap})
