"""A benchmark that cannot see a loss proves nothing: what counts as lost."""

import os
from pathlib import Path

from bench.recording.outputs import frame_times_mp4, frame_times_rtp, lost_frames
from bench.recording.processes import usage

from tests.media.camera.clip import clip
from tests.media.camera.fragmenting import Bench
from tests.media.camera.packets import schedule

FPS = 25


def times(count: int) -> list[float]:
    return [index / FPS for index in range(count)]


def test_a_whole_recording_lost_nothing() -> None:
    assert lost_frames(times(250), 10, FPS) == 0


def test_holes_are_counted() -> None:
    kept = [time for index, time in enumerate(times(250)) if index not in (100, 101, 150)]
    assert lost_frames(kept, 10, FPS) == 3


def test_an_end_that_is_missing_is_counted_beyond_the_gops_at_both_ends() -> None:
    assert lost_frames(times(150), 10, FPS) == 0
    assert lost_frames(times(100), 10, FPS) == 50
    assert lost_frames([], 10, FPS) == 150


def test_frames_are_found_in_our_segments_and_in_the_floors_bytes(tmp_path: Path) -> None:
    bench = Bench(clip(), segment_us=1_000_000)
    bench.play(100)
    bench.fragmenter.finish()
    files = []
    for index, data in enumerate(bench.sink.files):
        files.append(tmp_path / f"{index}.mp4")
        files[-1].write_bytes(data)
    assert len(files) > 1
    found = frame_times_mp4(files, FPS)
    assert (len(found), lost_frames(found, 4, FPS)) == (100, 0)
    assert lost_frames(frame_times_mp4(files[:-1], FPS), 8, FPS) == 25

    raw = tmp_path / "0.rtp"
    raw.write_bytes(b"".join(data for _, data in schedule(clip())) + b"RTSP/1.0 200 OK\r\nCSeq: 9\r\n\r\n")
    found = frame_times_rtp(raw)
    assert (len(found), lost_frames(found, 2, FPS)) == (50, 0)


def test_a_process_that_ended_is_not_measured() -> None:
    measured = usage([os.getpid(), 2**22 - 7])
    assert list(measured.cpu_ms) == [os.getpid()]
    assert measured.memory_mb > 1
