"""After an older database was restored, coverage and gaps come again from the recorders' indexes."""

from datetime import timedelta

import pytest

from tests.core.recording.scene import DAY, at, camera, closed, gap
from tests.guard import setting_the_scene
from thienly.bus.client import BusUnavailable
from thienly.bus.messages import Gap as GapFact
from thienly.bus.messages import RecorderAlive, SegmentClosed
from thienly.bus.questions import IndexAsk, IndexPage
from thienly.core.ledger.models import Entry
from thienly.core.recording.apply import apply_facts
from thienly.core.recording.heartbeats import save_heartbeat
from thienly.core.recording.models import Coverage, Gap
from thienly.core.recording.reread import reread
from thienly.rules.coverage import count

pytestmark = pytest.mark.django_db
NOW = DAY + timedelta(hours=12)


class Index:
    """Recorders' answers; each page holds two segments and one gap."""

    def __init__(self, segments: list[SegmentClosed], gaps: list[GapFact]) -> None:
        self.segments, self.gaps = segments, gaps
        self.asked: list[IndexAsk] = []

    def __call__(self, subject: str, data: bytes, *, timeout_s: float) -> bytes:
        if subject != "archive.r1.index":
            raise BusUnavailable(subject)
        ask = IndexAsk.decode(data)
        self.asked.append(ask)
        rows = [f for f in self.segments if f.segment > ask.after_segment][:2]
        gaps = self.gaps[ask.after_gap : ask.after_gap + 1]
        return IndexPage(
            segments=rows,
            gaps=gaps,
            after_segment=rows[-1].segment if rows else ask.after_segment,
            after_gap=ask.after_gap + len(gaps),
            more=len(rows) == 2 or len(gaps) == 1,
        ).encode()


def recorded() -> int:
    return sum(count(bytes(row.seconds)) for row in Coverage.objects.all())


def test_what_was_lost_is_there_again_and_doing_it_twice_changes_nothing() -> None:
    one = camera()
    facts = [closed(one, 0, 60), closed(one, 90, 150), closed(one, 150, 210)]
    dark = gap(one, "g", 60, 90)
    apply_facts([*facts, dark], now=NOW)
    whole = recorded(), list(Gap.objects.values("gap", "start", "end", "reason"))
    with setting_the_scene():
        Coverage.objects.all().delete()
        Gap.objects.all().delete()
    index = Index(facts, [dark])
    for _ in range(2):
        (result,) = reread(ask=index, start=DAY, end=NOW, now=NOW, recorder="r1")
        assert (result.segments, result.gaps, result.applied, result.problem) == (3, 1, 4, "")
        assert (recorded(), list(Gap.objects.values("gap", "start", "end", "reason"))) == whole
    assert index.asked[0].from_us == at(0)
    assert Entry.objects.filter(kind="coverage.reread").count() == 2


def test_a_recorder_that_does_not_answer_is_named_and_the_others_are_read() -> None:
    one = camera()
    beat = RecorderAlive(
        recorder="r2", zone="main", at_us=0, started_us=0, cameras=0, capacity=1, disk_free=0, disk_total=0,
        facts_waiting=0,
    )  # fmt: skip
    save_heartbeat(beat, NOW)
    index = Index([closed(one, 0, 60)], [])
    results = {r.recorder: r for r in reread(ask=index, start=DAY, end=NOW, now=NOW)}
    assert set(results) == {"r1", "r2"}
    assert (results["r1"].problem, results["r1"].segments) == ("", 1)
    assert results["r2"].problem
