"""Gaps of one camera: when they begin and end, and how reasons follow each other."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from thienly.media.index import gaps
from thienly.media.index.writer import INDEX_FILE, IndexWriter, open_reader
from thienly.media.recorder.timeline import Timeline
from thienly.rules.problems import Problem

CAMERA = "c" * 32
S = 1_000_000


class Written:
    """A timeline and what stands in the index once it is closed."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / INDEX_FILE
        self.index = IndexWriter(self.path)
        self.timeline = Timeline(CAMERA, recorder="r1", index=self.index, facts=lambda: None)

    def gaps(self) -> list[tuple[int, int | None, str]]:
        self.index.close()
        with closing(open_reader(self.path)) as db:
            return [(row.start_us, row.end_us, row.reason) for row in gaps.of_camera(db, CAMERA)]

    def facts(self) -> int:
        with closing(open_reader(self.path)) as db:
            count: int = db.execute("select count(*) from outbox").fetchone()[0]
            return count


@pytest.fixture
def written(tmp_path: Path) -> Iterator[Written]:
    made = Written(tmp_path)
    yield made
    made.index.close()


def test_a_gap_lasts_from_the_last_fragment_to_the_next(written: Written) -> None:
    timeline = written.timeline
    timeline.kept(10 * S, 12 * S, hole=Problem.STALLED)
    timeline.begin(Problem.CLOSED, at_us=15 * S)
    timeline.kept(20 * S, 22 * S, hole=Problem.STALLED)
    timeline.kept(22 * S, 24 * S, hole=Problem.STALLED)
    assert written.gaps() == [(12 * S, 20 * S, "closed")]
    assert written.facts() == 2


def test_a_hole_that_nobody_announced_is_a_gap_too(written: Written) -> None:
    written.timeline.kept(10 * S, 12 * S, hole=Problem.STALLED)
    written.timeline.kept(15 * S, 17 * S, hole=Problem.CORRUPT)
    assert written.gaps() == [(12 * S, 15 * S, "corrupt")]


def test_fragments_that_meet_leave_no_gap(written: Written) -> None:
    for second in range(10, 20, 2):
        written.timeline.kept(second * S, (second + 2) * S, hole=Problem.STALLED)
    assert written.gaps() == []


def test_a_more_telling_reason_takes_over_and_attempts_that_vary_stay_one_gap(written: Written) -> None:
    timeline = written.timeline
    timeline.kept(10 * S, 12 * S, hole=Problem.STALLED)
    for second, reason in enumerate(
        (
            Problem.CLOSED,
            Problem.TIMEOUT,
            Problem.UNREACHABLE,
            Problem.CLOSED,
            Problem.TIMEOUT,
            Problem.AUTH_FAILED,
        ),
        start=20,
    ):
        timeline.begin(reason, at_us=second * S)
    timeline.kept(30 * S, 32 * S, hole=Problem.STALLED)
    assert written.gaps() == [
        (12 * S, 21 * S, "closed"),
        (21 * S, 25 * S, "timeout"),
        (25 * S, 30 * S, "auth_failed"),
    ]


def test_before_the_first_fragment_a_gap_begins_with_the_duty(written: Written) -> None:
    written.timeline.begin(Problem.REFUSED, at_us=5 * S)
    written.timeline.kept(9 * S, 11 * S, hole=Problem.STALLED)
    assert written.gaps() == [(5 * S, 9 * S, "refused")]
