"""The transcoder crashes, and hangs: who is shown converted pictures is told why they stand still, everybody
else goes on, and they come back by themselves."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.gateway.conftest import Running, World
from tests.gateway.recorder import PlayedRecorder, now_us
from tests.media.transcode.clips import Clip, clip
from thienly.bus import subjects
from thienly.bus.client import Bus
from thienly.bus.messages import LiveChunk
from thienly.bus.server import Login

pytestmark = pytest.mark.fault
PATIENCE_S = 30


@contextmanager
def transcoder(data: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """The real command in its own process."""
    environment = {**os.environ, "THIENLY_DATA": str(data)}
    environment.pop("THIENLY_NATS_URL", None)
    with (data / "transcoder.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "thienly", "transcoder"], env=environment, stdout=log, stderr=log
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def data(tmp_path: Path, nats: Login) -> Path:
    """An installation's directory that leads to the bus of the tests."""
    (tmp_path / "nats").mkdir()
    login = {"url": nats.url, "user": nats.user, "password": nats.password}
    (tmp_path / "nats" / "login.json").write_text(json.dumps(login))
    (tmp_path / "thienly.toml").write_text("transcode_slots = 1\n")
    return tmp_path


async def show(recorder: PlayedRecorder, bus: Bus, shown: Clip) -> None:
    """The clip over and over, a fragment a quarter of a second."""
    while True:
        for fragment in shown.fragments:
            recorder._seq += 1
            at = now_us()
            recorder._gop = [LiveChunk(LiveChunk.MEDIA, True, recorder._seq, at, at, 1_000_000, fragment)]
            await bus.publish(subjects.live(recorder.camera), recorder._gop[0].pack())
            await asyncio.sleep(0.25)


async def test_a_hang_and_a_crash_of_the_transcoder_are_told_and_the_pictures_come_back(
    world: World, running: Running, bus: Bus, data: Path
) -> None:
    shown = clip(video="h265", sound="aac")
    recorder = PlayedRecorder(bus, world.camera.id.hex, mime=shown.mime, init=shown.init)
    await recorder.start()
    recorder._ticking = asyncio.create_task(show(recorder, bus, shown))
    async with running.page(world.operator) as old, running.page(world.operator) as new:
        await new.say("open", ch=1, camera=world.camera.id.hex, mode="live", plays="avc1,mp4a,hvc1")
        await old.say("open", ch=1, camera=world.camera.id.hex, mode="live", plays="avc1,mp4a")

        async def more(page, at_least: int = 3) -> None:  # type: ignore[no-untyped-def] # a page
            begun = len(page.frames)
            await page.until(lambda: len(page.frames) >= begun + at_least, within_s=PATIENCE_S, what="frames")

        with transcoder(data) as first:
            await old.event("stream", stream="h264", why="codec", within_s=PATIENCE_S)
            await more(old)
            first.send_signal(signal.SIGSTOP)
            state = await old.event("state", problem="no_transcoder", within_s=PATIENCE_S)
            assert "H.265" in state["sentence"]
            await more(new)
            first.send_signal(signal.SIGCONT)
            await more(old)
            first.send_signal(signal.SIGSEGV)
            assert await asyncio.to_thread(first.wait, PATIENCE_S) == -signal.SIGSEGV
            await old.event("state", problem="no_transcoder", within_s=PATIENCE_S)
            await more(new)
        with transcoder(data):  # the supervisor's part
            await more(old)
            await more(new)
    await recorder.stop()
