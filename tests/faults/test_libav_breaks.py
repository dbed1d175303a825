"""libav crashes, and libav hangs, at what one camera sends: that camera has a gap with a reason and comes
back by itself, and no other notices."""

import os
import signal
from pathlib import Path

import pytest

from tests.media.recorder.rig import Rig, recorder, rig, until
from tests.media.sources.servers import Web, bytes_of, web
from thienly.bus import subjects
from thienly.bus.messages import CameraStatus, Gap, SegmentClosed
from thienly.bus.questions import ProbeRequest, ProbeResult
from thienly.rules.problems import Problem

pytestmark = pytest.mark.fault


def children() -> set[int]:
    """Of this process, those in which libav works."""
    found = set()
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((path / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == os.getpid() and "thienly.media.sources.child" in (path / "cmdline").read_text():
                found.add(int(path.name))
        except OSError:
            continue
    return found


async def wanted(made: Rig, url: str) -> tuple[str, int]:
    """A camera, and the process that reads it."""
    before = children()
    camera = await made.want(0, url=url, username="", sealed_password="")
    await until(lambda: bool(children() - before), "a process")
    (pid,) = children() - before
    return camera, pid


async def test_a_crash_and_a_hang_of_libav_cost_their_own_cameras_a_gap_and_no_other_anything(
    tmp_path: Path,
) -> None:
    files = tmp_path / "files"
    files.mkdir()
    (files / "a.mkv").write_bytes(bytes_of("matroska", 4, "h265", "pcma"))
    device = Web(bytes_of("mpegts", 90, "h264", "aac"), "video/mp2t")
    device.seconds = 90.0
    async with rig(tmp_path / "data") as made, web(device):
        conf = made.conf.data / "thienly.toml"
        conf.write_text(f'camera_files = "{files}"\n{conf.read_text()}')
        stream = f"http://127.0.0.1:{device.port}/"
        async with recorder(made):
            usual = await made.want(0)
            crashing, doomed = await wanted(made, stream)
            hanging, stopped = await wanted(made, "file:///a.mkv")
            other, untouched = await wanted(made, stream)
            await made.recording(usual, crashing, hanging, other)
            os.kill(doomed, signal.SIGSEGV)
            os.kill(stopped, signal.SIGSTOP)
            for camera, reason in ((crashing, Problem.CORRUPT), (hanging, Problem.STALLED)):
                await until(lambda camera=camera: len(made.of(Gap, camera)) == 2, "a gap", timeout_s=60)
                opened, closed = made.of(Gap, camera)
                assert opened.reason is reason
                assert closed.end_us is not None
                assert closed.end_us >= opened.start_us  # none, when what libav still held reaches over it
                told = [status for status in made.of(CameraStatus, camera) if status.state == "offline"]
                assert told[0].problem is reason
                segments = len(made.of(SegmentClosed, camera))
                await made.recording(camera, segments=segments + 1)
                first, *_, last = made.of(SegmentClosed, camera)
                assert made.uncovered(camera, first.start_us, last.end_us) == 0
            assert not {doomed, stopped} & children(), "nothing is left of them"
            assert untouched in children()
            assert len(children()) == 3
            for camera in (usual, other):
                assert made.of(Gap, camera) == []
            # A file was recorded like a camera; it can be tried like one too.
            ask = ProbeRequest(url="file:///a.mkv", sealed_password=made.vault.seal(""), timeout_s=20)
            answer = await made.bus.request(subjects.probe("main"), ask.encode(), timeout_s=25)
            found = ProbeResult.decode(answer)
            assert (found.ok, found.codec, found.audio) == (True, "h265", "PCMA")
        assert not children(), "they end with their recorder"
