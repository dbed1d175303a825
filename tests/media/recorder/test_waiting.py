"""From which GOP on a successor keeps what it has received meanwhile: none twice, none lost between."""

import asyncio
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from thienly.media.disks import Disks
from thienly.media.frames import Fragment, Tracks, VideoTrack
from thienly.media.index import gaps
from thienly.media.index.writer import INDEX_FILE, IndexWriter, open_reader
from thienly.media.keys import SigningKey
from thienly.media.live import LiveStream
from thienly.media.recorder.timeline import Timeline
from thienly.media.recorder.waiting import WaitingSink

CAMERA = "c" * 32
MS = 1_000
TRACKS = Tracks(VideoTrack("h264", b"sps", b"pps", 640, 360, 90_000), None)
BEGUN = 1_700_000_000_000 * MS
"""The GOPs of a second each begin here and at every second after."""


def gop(begins_ms: int, lasts_ms: int = 1000) -> Fragment:
    return Fragment(BEGUN + begins_ms * MS, lasts_ms * MS, b"gop", lasts_ms // 100, None)


async def kept(
    tmp_path: Path, *, other_ms: tuple[int, int], held: list[Fragment]
) -> tuple[list[int], list[tuple[int, int | None]]]:
    """When the GOPs begin that the successor keeps of `held`, and its gaps, in milliseconds.
    `other_ms`: start and end of the last GOP that the predecessor kept."""
    index = IndexWriter(tmp_path / INDEX_FILE)
    timeline = Timeline(CAMERA, recorder="r1", index=index, facts=lambda: None, foreign=True)
    disks = Disks(
        {"r1": tmp_path / "footage"},
        recorder="r1",
        key=SigningKey(tmp_path / "r1.key"),
        index=index,
        first_id=1,
        facts=lambda: None,
    )
    begins: list[int] = []
    disks_append = disks.append

    def append(writing: Any, fragment: Fragment) -> bool:
        begins.append((fragment.start_us - BEGUN) // MS)
        return disks_append(writing, fragment)

    disks.append = append  # type: ignore[method-assign]  # looked at on its way to the disk
    sink = WaitingSink(
        store=disks,
        timeline=timeline,
        live=LiveStream(CAMERA, stream="main", seq=0, send=lambda *_: None),
        lost=lambda: 0,
        on_kept=lambda: None,
        on_not_kept=lambda *_: None,
    )
    sink.on_segment(b"init", "video/mp4", TRACKS, BEGUN, "first")
    for fragment in held:
        sink.on_fragment(fragment)
    start_us, end_us = (BEGUN + at * MS for at in other_ms)
    timeline.assume(end_us=end_us, gap=None)
    sink.go_on(end_us, last_us=start_us)
    await disks.settled(10, camera=CAMERA)
    await asyncio.sleep(0)
    sink.end("recorder_stopped")
    await disks.settled(10, camera=CAMERA)
    disks.close()
    index.close()
    with closing(open_reader(tmp_path / INDEX_FILE)) as db:
        rows = gaps.of_camera(db, CAMERA)
    ended = [
        ((row.start_us - BEGUN) // MS, None if row.end_us is None else (row.end_us - BEGUN) // MS)
        for row in rows
    ]
    return begins, ended


async def test_the_gop_after_the_others_last_is_the_first_that_is_kept(tmp_path: Path) -> None:
    held = [gop(0), gop(1000), gop(2000)]
    assert await kept(tmp_path, other_ms=(0, 1000), held=held) == ([1000, 2000], [])


@pytest.mark.parametrize("early", [-40, 0, 40])
async def test_a_key_frame_that_came_to_the_two_at_slightly_different_times_is_the_same(
    tmp_path: Path, early: int
) -> None:
    held = [gop(0 + early), gop(1000 + early)]
    assert (await kept(tmp_path, other_ms=(0, 1000), held=held))[0] == [1000 + early]


@pytest.mark.parametrize("early", [-40, 0, 40])
async def test_a_gop_of_one_frame_that_the_other_kept_of_a_broken_connection_is_not_kept_again(
    tmp_path: Path, early: int
) -> None:
    held = [gop(1000 + early), gop(2000 + early)]
    begins, lacks = await kept(tmp_path, other_ms=(1000, 1100), held=held)
    assert begins == [2000 + early]
    assert lacks == [(1100, 2000 + early)]  # what the other lost with the connection is said


async def test_cameras_that_send_key_frames_only_lose_none(tmp_path: Path) -> None:
    held = [gop(at, 100) for at in range(0, 500, 100)]
    assert (await kept(tmp_path, other_ms=(100, 200), held=held[1:]))[0] == [200, 300, 400]
