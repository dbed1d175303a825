"""Twenty-four hours of a camera whose clock drifts: no phantom gap, no new cut, no second out of place."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.media.camera.clip import clip
from tests.media.camera.fragmenting import START_US, Bench
from tests.media.camera.sinks import Segments
from thienly.media.frames import Fragment, Tracks
from thienly.media.index import gaps
from thienly.media.index.writer import IndexWriter
from thienly.media.recorder.timeline import Timeline
from thienly.rules.problems import Problem

DAY_US = 86_400_000_000
STEP_US = 400_000  # between frames: what drifts is the clock, not the number of pictures
REPORT_EVERY = 13  # frames between RTCP sender reports: about five seconds
JITTER_US = 60_000


class Kept(Segments):
    """Passes each fragment to the camera's timeline as the recorder does, and forgets its bytes."""

    def __init__(self, timeline: Timeline) -> None:
        super().__init__()
        self._timeline = timeline
        self.spans: list[tuple[int, int]] = []
        self.offsets: list[int | None] = []

    def on_segment(self, init: bytes, mime: str, tracks: Tracks, start_us: int, reason: str) -> None:
        self.starts.append((start_us, reason))

    def on_fragment(self, fragment: Fragment) -> None:
        end_us = fragment.start_us + fragment.duration_us
        self._timeline.kept(fragment.start_us, end_us, hole=Problem.UNEXPLAINED)
        self.spans.append((fragment.start_us, end_us))
        self.offsets.append(fragment.camera_offset_us)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("ppm", [-450, 120, 450])
def test_a_day_of_drift_has_no_phantom_gap_and_no_cut(tmp_path: Path, ppm: float) -> None:
    index = IndexWriter(tmp_path / "index.sqlite3")
    timeline = Timeline("c" * 32, recorder="r1", index=index, facts=lambda: None)
    bench = Bench(clip())
    sink = bench.sink = Kept(timeline)
    bench.fragmenter._sink = sink
    frames = DAY_US // STEP_US
    camera_us = float(START_US)
    for frame in range(frames):
        late_us = frame * 7919 % JITTER_US
        if frame % REPORT_EVERY == 0:
            bench.fragmenter.on_clock("video", round(bench.ts), round(camera_us), bench.wall_us)
        bench.play(1, ppm=ppm, step_us=STEP_US, late_us=late_us)
        camera_us += STEP_US * (1 + ppm / 1_000_000)
    bench.fragmenter.finish()
    index.close()

    assert {reason for _, reason in sink.starts} == {"first", "duration"}
    holes = [after[0] - before[1] for before, after in zip(sink.spans, sink.spans[1:], strict=False)]
    assert set(holes) == {0}
    with closing(sqlite3.connect(tmp_path / "index.sqlite3")) as db:
        assert gaps.open_gaps(db) == {}
        assert db.execute("select count(*) from gap").fetchone() == (0,)
    # The whole day is there, to the frame, in the server's time …
    assert sink.spans[0][0] - START_US <= JITTER_US
    assert abs(sink.spans[-1][1] - (START_US + DAY_US)) < JITTER_US
    # … and how far the camera's clock has gone is known as well.
    offset = sink.offsets[-1]
    assert offset is not None
    assert offset == pytest.approx(DAY_US * ppm / 1_000_000, abs=100_000)
