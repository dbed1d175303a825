"""The recorder without its bus, without room on its disk, and with a disk that hangs."""

import asyncio
import errno
import threading
from pathlib import Path

import pytest

from tests.media.recorder.rig import (
    Rig,
    connected,
    installation,
    recorder,
    recorder_process,
    rig,
    specs,
    until,
)
from tests.nats import nats_server
from thienly.bus.client import Bus
from thienly.bus.messages import CameraStatus, Gap, LiveWant, SegmentClosed
from thienly.bus.subjects import live_want
from thienly.media import segments
from thienly.rules.problems import Problem
from thienly.sim.server import SimServer

pytestmark = [pytest.mark.fault, pytest.mark.timeout(60)]


async def test_recording_goes_on_without_the_bus_and_facts_come_after_in_order(tmp_path: Path) -> None:
    conf = installation(tmp_path)
    async with SimServer(specs(2)) as sim:
        with nats_server(conf.nats_dir) as login:
            bus = await Bus.connect(login.url, user=login.user, password=login.password, name="test")
            await bus.ensure(zones=["main"])
            made = Rig(conf, bus, sim)
            await made.listen()
            running = recorder(made)
            await running.__aenter__()
            cameras = [await made.want(number) for number in range(2)]
            await made.recording(*cameras)
        try:
            # The server is gone now; a camera drops meanwhile.
            await sim.set_fault("/camera/1", "drop")
            await asyncio.sleep(5)
            with nats_server(conf.nats_dir):
                await made.recording(*cameras, segments=4)
                await until(
                    lambda: any(gap.end_us for gap in made.of(Gap, cameras[1])), "the gap of meanwhile"
                )
                for camera in cameras:
                    closed = made.of(SegmentClosed, camera)
                    starts = [fact.start_us for fact in closed]
                    assert starts == sorted(starts) and len(set(starts)) == len(starts)
                    assert made.uncovered(camera, closed[0].start_us, closed[-1].end_us) == 0
                # The first camera was never disturbed; the jobs are still held here.
                assert made.of(Gap, cameras[0]) == []
                assert set(running.roster.cameras) == set(cameras)
                await until(lambda: running.outbox.waiting == 0, "an empty outbox")
                await running.__aexit__()
                await bus.close()
        finally:
            if not bus.nc.is_closed:
                await running.__aexit__()
                await bus.close()


async def test_a_restart_without_the_bus_resumes_from_the_index(tmp_path: Path) -> None:
    conf = installation(tmp_path)
    async with SimServer(specs(1)) as sim:
        with nats_server(conf.nats_dir) as login:
            async with connected(login) as bus:
                made = Rig(conf, bus, sim)
                await made.listen()
                with recorder_process(made) as process:
                    camera = await made.want(0)
                    await made.recording(camera)
                    await process.terminate()
        with recorder_process(made) as process:
            await until(
                lambda: process.log.read_text().count('"camera_taken"') == 2, "resumed from the index"
            )
            await asyncio.sleep(1.5)
            with nats_server(conf.nats_dir) as login:
                async with connected(login) as bus:
                    made.bus = bus
                    await made.replay()
                    await made.recording(camera, segments=4)
                    stopped = [gap for gap in made.of(Gap, camera) if gap.reason is Problem.RECORDER_STOPPED]
                    assert stopped[-1].end_us is not None
                    closed = made.of(SegmentClosed, camera)
                    assert made.uncovered(camera, closed[0].start_us, closed[-1].end_us) == 0
                    await process.terminate()


async def test_a_full_store_is_a_gap_and_recording_resumes_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with rig(tmp_path, cameras=2) as made, recorder(made):
        cameras = [await made.want(number) for number in range(2)]
        await made.recording(*cameras)
        full = threading.Event()
        write = segments._write

        def no_room(descriptor: int, data: bytes) -> None:
            if full.is_set() and cameras[0] in str(Path(f"/proc/self/fd/{descriptor}").readlink()):
                write(descriptor, data[:100])  # the last bytes that fit
                raise OSError(errno.ENOSPC, "no space left")
            write(descriptor, data)

        monkeypatch.setattr(segments, "_write", no_room)
        full.set()
        await until(lambda: bool(made.of(Gap, cameras[0])), "a gap")
        assert made.of(Gap, cameras[0])[0].reason is Problem.STORE_FULL
        await until(lambda: made.state(cameras[0]) == "offline", "told")
        assert made.of(CameraStatus, cameras[0])[-1].problem is Problem.STORE_FULL
        await asyncio.sleep(2.5)  # longer than a segment
        full.clear()
        await until(lambda: made.of(Gap, cameras[0])[-1].end_us is not None, "the gap's end")
        await until(lambda: made.state(cameras[0]) == "recording", "recording")
        count = len(made.of(SegmentClosed, cameras[0]))
        await made.recording(cameras[0], segments=count + 1)
        closed = made.of(SegmentClosed, cameras[0])
        assert made.uncovered(cameras[0], closed[0].start_us, closed[-1].end_us) == 0
        assert made.of(Gap, cameras[1]) == []


async def test_a_disk_that_hangs_costs_a_gap_not_memory_and_live_pictures_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with rig(tmp_path) as made, recorder(made) as running:
        camera = await made.want(0)
        await made.recording(camera)
        free = threading.Event()
        write = segments._write

        def hang(descriptor: int, data: bytes) -> None:
            free.wait(20)
            write(descriptor, data)

        monkeypatch.setattr(segments, "_write", hang)
        monkeypatch.setattr(running.store.stores["footage"], "_queue_bytes", 12_000)
        try:
            await until(lambda: bool(made.of(Gap, camera)), "a gap")
            assert made.of(Gap, camera)[0].reason is Problem.STORE_FAILED
            assert running.store.stores["footage"]._waiting <= 12_000
            answer = await made.bus.request_parts(live_want(camera), LiveWant().encode())
            assert len(answer) == 3
        finally:
            free.set()
        await until(lambda: made.of(Gap, camera)[-1].end_us is not None, "the gap's end")
        count = len(made.of(SegmentClosed, camera))
        await made.recording(camera, segments=count + 1)
        closed = made.of(SegmentClosed, camera)
        assert made.uncovered(camera, closed[0].start_us, closed[-1].end_us) == 0
