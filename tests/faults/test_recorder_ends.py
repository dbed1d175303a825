"""The recorder process ends, in order or not: what is kept, what is lost, what is told, who goes on."""

import asyncio
import time
from pathlib import Path

import av
import pytest

from tests.media.recorder.rig import Rig, recorder_process, rig, until
from thienly.bus import subjects
from thienly.bus.messages import Gap, Holder, SegmentClosed
from thienly.media.fsck import main as fsck
from thienly.media.keys import public_keys
from thienly.media.mp4 import reader
from thienly.media.verify import verify_file
from thienly.rules.problems import Problem

pytestmark = [pytest.mark.fault, pytest.mark.timeout(60)]

GOP_US = 500_000


def no_findings(made: Rig, name: str = "r1") -> bool:
    said: list[str] = []
    code = fsck(made.conf, name=name, deep=True, as_json=False, say=said.append)
    assert code == 0, said
    return True


async def test_sigterm_keeps_the_open_gop_signs_and_tells(tmp_path: Path) -> None:
    async with rig(tmp_path, cameras=4) as made:
        with recorder_process(made) as process:
            cameras = [await made.want(number) for number in range(4)]
            await made.recording(*cameras)
            await asyncio.sleep(0.35)  # not at a GOP's end
            asked_us = time.time_ns() // 1000
            began = time.monotonic()
            assert await process.terminate() == 0
            assert time.monotonic() - began < 5
        for camera in cameras:
            last = made.of(SegmentClosed, camera)[-1]
            # Frames that arrived up to the signal are there: less than a GOP is missing, a sweep and a frame.
            assert last.end_reason == Problem.RECORDER_STOPPED and asked_us - last.end_us < 350_000
            gap = made.of(Gap, camera)[-1]
            assert (gap.reason, gap.start_us, gap.end_us) == (Problem.RECORDER_STOPPED, last.end_us, None)
            (path,) = made.conf.data.glob(f"footage/r1/{camera}/*/{last.segment:010d}-*.mp4")
            assert path.stat().st_mode & 0o777 == 0o600 and path.parent.stat().st_mode & 0o777 == 0o700
            assert reader.read_segment(path).complete
            with av.open(str(path)) as file:
                frames = len(list(file.decode(video=0)))
            assert abs(frames - (last.end_us - last.start_us) / 100_000) <= 1
        assert no_findings(made)
        with recorder_process(made) as process:
            await until(lambda: all(made.of(Gap, camera)[-1].end_us for camera in cameras), "all gaps closed")
            before = {camera: len(made.of(SegmentClosed, camera)) for camera in cameras}
            for camera in cameras:
                await made.recording(camera, segments=before[camera] + 1)
                closed = made.of(SegmentClosed, camera)
                assert made.uncovered(camera, closed[0].start_us, closed[-1].end_us) == 0
                assert len({fact.segment for fact in closed}) == len(closed)
            await process.terminate()


async def test_kill_9_loses_at_most_the_open_gop_and_is_found_at_the_next_start(tmp_path: Path) -> None:
    async with rig(tmp_path, cameras=2) as made:
        with recorder_process(made) as process:
            cameras = [await made.want(number) for number in range(2)]
            await made.recording(*cameras)
            await asyncio.sleep(1.3)
            process.kill()
        killed_us = time.time_ns() // 1000
        # Half a fragment at the end, as a write that was cut short leaves it.
        open_file = max(made.conf.data.glob(f"footage/r1/{cameras[0]}/*/*.mp4"))
        whole = reader.read_segment(open_file)
        with open_file.open("ab") as file:
            file.write(open_file.read_bytes()[whole.fragments[0].offset :][:700])
        with recorder_process(made) as process:
            for camera in cameras:
                await until(
                    lambda camera=camera: any(fact.repaired for fact in made.of(SegmentClosed, camera)),
                    "repair",
                )
                (repaired,) = [fact for fact in made.of(SegmentClosed, camera) if fact.repaired]
                assert repaired.end_reason == Problem.RECORDER_KILLED
                # At most the open GOP and the half second that frames take to the disk.
                assert killed_us - repaired.end_us < GOP_US + 400_000
                await until(lambda camera=camera: bool(made.of(Gap, camera)), "a gap")
                gap = made.of(Gap, camera)[0]
                assert gap.reason is Problem.RECORDER_KILLED and gap.start_us == repaired.end_us
                await made.recording(camera, segments=len(made.of(SegmentClosed, camera)) + 1)
                closed = made.of(SegmentClosed, camera)
                assert made.uncovered(camera, closed[0].start_us, closed[-1].end_us) == 0
            await process.terminate()
        # What was cut short is gone; behind the whole fragments stands what was signed.
        mended = reader.read_segment(open_file)
        assert mended.complete and mended.fragments == whole.fragments
        assert verify_file(open_file, public_keys(made.conf.recorder_key("r1"))).faults == ()
        assert no_findings(made)


async def test_another_recorder_takes_the_cameras_of_one_that_dies_or_stops(tmp_path: Path) -> None:
    async with rig(tmp_path, cameras=3, recorders=("r1", "r2")) as made:
        with recorder_process(made, "r1") as first:
            cameras = [await made.want(number) for number in range(3)]
            await made.recording(*cameras, by="r1")
            with recorder_process(made, "r2") as second:
                await until(lambda: "bus_reached" in second.log.read_text(), "the second on the bus")
                # Jobs that come again although nobody died: whoever gets them asks the holder, who answers.
                for camera in cameras * 5:
                    if "job_left" not in second.log.read_text():
                        await made.bus.withdraw_job(zone="main", camera=camera)
                        await made.bus.offer_job(zone="main", camera=camera)
                        await asyncio.sleep(0.2)
                assert "job_left" in second.log.read_text()
                await made.recording(*cameras, segments=2, by="r1")
                assert not [fact for fact in made.of(SegmentClosed) if fact.recorder == "r2"]
                assert made.of(Gap) == []
                first.kill()
                await made.recording(*cameras, by="r2")
                holders = await made.bus.bucket(subjects.holders_bucket("main"))
                for camera in cameras:
                    value = (await holders.get(camera)).value
                    assert value is not None and Holder.decode(value).recorder == "r2"
                    gap = made.of(Gap, camera)[0]
                    assert (gap.reason, gap.recorder) == (Problem.HANDOVER, "r2")
                # The dead one comes back: it repairs and tells, and leaves the cameras where they are.
                with recorder_process(made, "r1") as again:
                    for camera in cameras:
                        await until(
                            lambda camera=camera: any(
                                gap.end_us and gap.reason is Problem.RECORDER_KILLED
                                for gap in made.of(Gap, camera)
                            ),
                            "the end of the gap that the dead one left",
                        )
                    count = len(made.of(SegmentClosed, cameras[0]))
                    await made.recording(cameras[0], segments=count + 1)
                    assert {fact.recorder for fact in made.of(SegmentClosed, cameras[0])[count:]} == {"r2"}
                    # In order: what the second gives back, the first takes at once.
                    assert await second.terminate() == 0
                    told = len(made.of(SegmentClosed))
                    await until(
                        lambda: {fact.camera for fact in made.of(SegmentClosed)[told:]} == set(cameras),
                        "every camera recorded by the first again",
                    )
                    assert {fact.recorder for fact in made.of(SegmentClosed)[told:]} == {"r1"}
                    assert await again.terminate() == 0
                for camera in cameras:
                    closed = sorted(made.of(SegmentClosed, camera), key=lambda fact: fact.start_us)
                    assert made.uncovered(camera, closed[0].start_us, closed[-1].end_us) == 0


async def test_a_second_process_of_the_same_name_does_not_touch_the_files_of_the_first(
    tmp_path: Path,
) -> None:
    async with rig(tmp_path) as made:
        with recorder_process(made) as first:
            camera = await made.want(0)
            await made.recording(camera)
            with recorder_process(made) as second:
                assert await asyncio.to_thread(second.process.wait, 15) != 0
                assert "AlreadyRunning" in second.log.read_text()
            await made.recording(camera, segments=2)
            await first.terminate()
        assert not any(fact.repaired for fact in made.of(SegmentClosed, camera))
        assert no_findings(made)
