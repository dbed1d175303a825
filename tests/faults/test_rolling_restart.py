"""A recorder is replaced by a new process of its name while its cameras run.

What was kept is read from the segment files themselves, what is told from the facts.
"""

import asyncio
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from uuid import uuid4

import pytest
from nats.aio.msg import Msg

from tests.media.recorder.rig import RecorderProcess, Rig, eventually, recorder_process, rig, until
from thienly.bus import subjects
from thienly.bus.messages import (
    CameraStatus,
    Gap,
    HoldWish,
    LinkReport,
    LiveChunk,
    LiveOpened,
    LiveWant,
    SegmentClosed,
)
from thienly.media.clock import wall_us
from thienly.media.fsck import main as fsck
from thienly.media.index import keeping
from thienly.media.index.writer import INDEX_FILE, open_reader
from thienly.media.keys import rotate
from thienly.media.mp4 import reader
from thienly.media.recorder.handover import IDS_APART
from thienly.rules.problems import Problem

pytestmark = [pytest.mark.fault, pytest.mark.timeout(110)]

GOP_US = 500_000
SEAM_US = 150_000  # less than this between two fragments is the jitter of arrival, not footage


@dataclass(frozen=True)
class Kept:
    """The fragments of a camera, as its files have them: (start, end), and how they lie to each other."""

    spans: list[tuple[int, int]]

    @property
    def holes(self) -> list[tuple[int, int]]:
        return [(a[1], b[0]) for a, b in pairwise(self.spans) if b[0] - a[1] > SEAM_US]

    @property
    def doubled(self) -> list[int]:
        return [a[1] - b[0] for a, b in pairwise(self.spans) if a[1] - b[0] > SEAM_US]


def files(made: Rig, camera: str) -> list[Path]:
    """Of all disks."""
    disks = made.conf.stores(made.conf.recorder("r1")).values()
    return [path for disk in disks for path in (disk / camera).rglob("*.mp4")]


def kept(made: Rig, camera: str) -> Kept:
    spans = []
    for path in files(made, camera):
        media_us = int(path.stem.split("-")[1])
        segment = reader.read_segment(path)
        for fragment in segment.fragments:
            start = media_us + fragment.start * 1_000_000 // segment.timescale
            spans.append((start, start + fragment.duration * 1_000_000 // segment.timescale))
    return Kept(sorted(spans))


async def replaced(made: Rig, old: RecorderProcess, new: RecorderProcess) -> None:
    await until(lambda: old.process.poll() is not None, "the predecessor ends", timeout_s=60)
    assert old.process.returncode == 0, old.log.read_text()[-3000:]
    await until(lambda: new.log.read_text().count("recorder_started") >= 2, "the successor goes on alone")


async def more_segments(made: Rig, cameras: list[str], count: int = 2) -> None:
    wanted = {camera: len(made.of(SegmentClosed, camera)) + count for camera in cameras}
    for camera, segments in wanted.items():
        await made.recording(camera, segments=segments)


def assert_nothing_lost(made: Rig, camera: str, *, most_us: int = GOP_US + SEAM_US) -> int:
    """Every hole is at most a GOP and has its gap; nothing stands twice. The microseconds lost."""
    found = kept(made, camera)
    assert found.doubled == []
    lost = 0
    for start, end in found.holes:
        assert end - start <= most_us
        explained = [g for g in made.of(Gap, camera) if g.end_us and abs(g.start_us - start) < SEAM_US]
        assert explained and abs((explained[-1].end_us or 0) - end) < SEAM_US
        lost += end - start
    closed = made.of(SegmentClosed, camera)
    assert len({fact.segment for fact in closed}) == len(closed)
    assert made.uncovered(camera, closed[0].start_us, closed[-1].end_us) < SEAM_US
    return lost


def links(made: Rig, camera: str) -> int:
    """Of how many holds the link is known; each adds to the day, none replaces another."""
    return len({fact.held_us for fact in made.of(LinkReport, camera) if fact.received})


def assert_sound(made: Rig) -> None:
    said: list[str] = []
    assert fsck(made.conf, name="r1", deep=True, as_json=False, say=said.append) == 0, said


async def test_a_new_process_takes_over_twenty_cameras_without_losing_a_gop(tmp_path: Path) -> None:
    async with rig(tmp_path, cameras=2) as made:
        with recorder_process(made) as old:
            cameras = [await made.want(number % 2) for number in range(20)]  # rendering takes its time
            await made.recording(*cameras)
            with recorder_process(made, "r1", "--succeed") as new:
                await replaced(made, old, new)
                await more_segments(made, cameras)
                states = {camera: {s.state for s in made.of(CameraStatus, camera)} for camera in cameras}
                lost = [assert_nothing_lost(made, camera) for camera in cameras]
                assert all(not seen & {"offline", "stopped"} for seen in states.values())
                print(f"lost of 20 cameras, ms: {sorted(us // 1000 for us in lost)}")
                # The next one succeeds this one, as if it had been the first; and then an orderly end.
                with recorder_process(made, "r1", "--succeed") as third:
                    await replaced(made, new, third)
                    await more_segments(made, cameras[:3])
                    for camera in cameras[:3]:
                        assert_nothing_lost(made, camera)
                    assert await third.terminate(10) == 0
        assert_sound(made)


async def test_several_disks_a_new_key_a_hold_and_a_second_stream_come_along(tmp_path: Path) -> None:
    async with rig(tmp_path, cameras=3, stores=("disk-a", "disk-b")) as made:
        with recorder_process(made) as old:
            sub_url = made.sim.url(made.sim.cameras[2].spec.path, credentials=False)
            cameras = [await made.want(number % 2, sub_url=sub_url) for number in range(4)]
            await made.recording(*cameras)
            seen = await watch(made, cameras[0])
            with recorder_process(made, "r1", "--succeed") as new:
                await until(lambda: "handing_over" in old.log.read_text(), "it begins")
                before, after = rotate(made.conf.recorder_key("r1"), now_us=wall_us())
                assert before != after
                wish = HoldWish(hold=uuid4().hex, camera=cameras[1], from_us=1, until_us=2**50)
                await (await made.bus.bucket(subjects.HOLDS_BUCKET)).put(wish.hold, wish.encode())
                await replaced(made, old, new)
                shown = len(seen)
                await until(lambda: len(seen) > shown + 10, "the second stream goes on, nobody asked again")
                assert all(a < b for a, b in pairwise(seen)), "numbers grow, for viewers go by them"
                await more_segments(made, cameras)
                for camera in cameras:
                    assert_nothing_lost(made, camera)
                numbers = [int(path.stem.split("-")[0]) for camera in cameras for path in files(made, camera)]
                assert len(set(numbers)) == len(numbers) and max(numbers) - min(numbers) >= IDS_APART
                for disk in made.conf.stores(made.conf.recorder("r1")).values():
                    on_it = [int(path.stem.split("-")[0]) for path in disk.rglob("*.mp4")]
                    assert min(on_it) < IDS_APART <= max(on_it), "both processes wrote both disks"
                path = made.conf.recorder_dir("r1") / INDEX_FILE
                await until(lambda: wish.hold in held(path), "the hold is known to the successor")
                await new.terminate()
            for camera in cameras:
                await until(lambda camera=camera: links(made, camera) == 2, "both tell what they counted")
        assert_sound(made)


def held(path: Path) -> dict[str, object]:
    with closing(open_reader(path)) as db:
        return dict(keeping.holds(db))


async def watch(made: Rig, camera: str) -> list[int]:
    """Leases the second stream once, for long; the numbers of the chunks as they come."""
    seen: list[int] = []

    async def on_chunk(message: Msg) -> None:
        seen.append(LiveChunk.unpack(message.data).seq)

    await made.bus.subscribe(subjects.live(camera, "sub"), on_chunk)
    want = LiveWant(stream="sub", lease_s=60).encode()

    async def opened() -> bool | None:
        parts = await made.bus.request_parts(subjects.live_want(camera), want, timeout_s=10)
        return LiveOpened.decode(parts[0]).ok or None

    await eventually(opened, "the second stream opens")
    await until(lambda: len(seen) > 3, "the second stream is shown")
    return seen


async def test_a_dark_camera_keeps_its_gap_and_one_that_is_deleted_meanwhile_is_let_go(
    tmp_path: Path,
) -> None:
    async with rig(tmp_path, cameras=2) as made:
        with recorder_process(made) as old:
            cameras = [await made.want(number) for number in range(2)]
            await made.recording(*cameras)
            await made.sim.set_fault("/camera/0", "refuse")
            await until(lambda: made.state(cameras[0]) == "offline", "dark")
            with recorder_process(made, "r1", "--succeed") as new:
                await replaced(made, old, new)
                await made.sim.clear_fault("/camera/0")
                await more_segments(made, cameras, 1)
                gaps = made.of(Gap, cameras[0])
                assert len({gap.gap for gap in gaps}) == 1 and gaps[-1].end_us
                assert gaps[-1].end_us - gaps[-1].start_us > GOP_US
                assert kept(made, cameras[0]).doubled == []
                await made.want(1, job=False, camera=cameras[1], record=False)
                await until(lambda: made.state(cameras[1]) == "stopped", "switched off by the successor")
                await new.terminate()
        assert_sound(made)


async def test_a_predecessor_that_dies_while_it_hands_over_leaves_gaps_with_their_reason(
    tmp_path: Path,
) -> None:
    async with rig(tmp_path, cameras=2) as made:
        with recorder_process(made) as old:
            cameras = [await made.want(number % 2) for number in range(6)]
            await made.recording(*cameras)
            with recorder_process(made, "r1", "--succeed") as new:
                await until(lambda: "handing_over" in old.log.read_text(), "it begins")
                await until(lambda: "camera_taken_over" in new.log.read_text(), "the first camera")
                old.kill()
                await until(lambda: new.log.read_text().count("recorder_started") >= 2, "on", timeout_s=60)
                await more_segments(made, cameras)
                for camera in cameras:
                    # Cut off in the middle: the open GOP, and no longer than it took to find out.
                    assert_nothing_lost(made, camera, most_us=25_000_000)
                    for gap in made.of(Gap, camera):
                        assert gap.reason in (Problem.RECORDER_KILLED, Problem.HANDOVER)
                await new.terminate()
        assert_sound(made)


async def test_a_successor_that_dies_loses_no_more_than_a_killed_recorder(tmp_path: Path) -> None:
    async with rig(tmp_path) as made:
        with recorder_process(made) as old:
            cameras = [await made.want(0) for _ in range(3)]
            await made.recording(*cameras)
            with recorder_process(made, "r1", "--succeed") as new:
                await until(lambda: "camera_taken_over" in new.log.read_text(), "the first camera")
                new.kill()
            await old.terminate()
        with recorder_process(made) as again:
            await more_segments(made, cameras)
            for camera in cameras:
                assert_nothing_lost(made, camera, most_us=25_000_000)
                assert all(gap.reason is not Problem.UNEXPLAINED for gap in made.of(Gap, camera))
            await again.terminate()
        assert_sound(made)


async def test_a_successor_told_to_end_in_the_middle_obeys_at_once_and_closes_what_it_took_over(
    tmp_path: Path,
) -> None:
    async with rig(tmp_path, cameras=2) as made:
        with recorder_process(made) as old:
            cameras = [await made.want(number % 2) for number in range(2)]
            await made.recording(*cameras)
            await made.sim.set_fault("/camera/1", "silence_after_connect")  # this one keeps it waiting
            with recorder_process(made, "r1", "--succeed") as new:
                await until(lambda: "camera_taken_over" in new.log.read_text(), "the first camera")
                await asyncio.sleep(2 * GOP_US / 1e6)  # the successor keeps a GOP of it
                assert await new.terminate(9) == 0, new.log.read_text()
                said = new.log.read_text()
                assert "recorder_stopped" in said and "Traceback" not in said and "crashed" not in said
                assert "camera_taken_over" in said and said.count("camera_taken_over") == 1
            # It had what it took over; its predecessor is told, and need not wait until it is missed.
            await asyncio.to_thread(old.process.wait, 20)
            assert old.process.returncode == 0, old.log.read_text()
        await made.sim.clear_fault("/camera/1")
        with recorder_process(made) as again:
            await more_segments(made, cameras)
            for camera in cameras:
                assert_nothing_lost(made, camera, most_us=40_000_000)
                reasons = {gap.reason for gap in made.of(Gap, camera)}
                assert reasons == {Problem.RECORDER_STOPPED}
            assert not [fact for fact in made.of(SegmentClosed) if fact.repaired]
            await again.terminate()
        assert_sound(made)


async def test_without_a_predecessor_a_successor_says_so_and_touches_nothing(tmp_path: Path) -> None:
    async with rig(tmp_path) as made:
        with recorder_process(made, "r1", "--succeed") as alone:
            code = await asyncio.to_thread(alone.process.wait, 30)
            assert code == 1 and "nobody to succeed" in alone.log.read_text()
        assert not (made.conf.recorder_dir("r1") / "index.sqlite3").exists()
