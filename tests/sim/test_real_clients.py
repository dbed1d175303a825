"""Clients we did not write play the cameras, and read the burnt-in clock out of what they decode."""

import asyncio
import json
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import av
import numpy as np

from thienly.sim import clockbar
from thienly.sim.server import SimServer
from thienly.sim.spec import SCENES, CameraSpec

_FFPROBE = ("ffprobe", "-v", "error", "-rtsp_transport", "tcp")
Small = Callable[..., CameraSpec]


async def _run(*command: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await asyncio.wait_for(process.communicate(), 40)
    return process.returncode or 0, out.decode(), err.decode()


async def test_ffprobe_finds_both_streams(small: Small, clips: Path) -> None:
    async with SimServer([small()], cache=clips) as sim:
        status, out, err = await _run(*_FFPROBE, "-show_streams", "-of", "json", sim.url("/gate"))
    assert (status, err) == (0, "")
    video, sound = json.loads(out)["streams"]
    assert (video["codec_name"], video["width"], video["height"], video["avg_frame_rate"]) == (
        "h264",
        320,
        180,
        "25/1",
    )
    assert video["has_b_frames"] == 0
    assert (sound["codec_name"], sound["sample_rate"], sound["channels"]) == ("aac", "16000", 1)


async def test_ffmpeg_decodes_over_the_seam_without_a_complaint(small: Small, clips: Path) -> None:
    async with SimServer([small()], cache=clips) as sim:
        status, out, err = await _run(
            "ffmpeg", "-v", "warning", "-rtsp_transport", "tcp", "-i", sim.url("/gate"),
            "-map", "0:v", "-fps_mode", "passthrough", "-frames:v", "75", "-f", "framemd5", "-",
        )  # fmt: skip
    assert (status, err) == (0, "")
    rows = [line.split(",") for line in out.splitlines() if not line.startswith("#")]
    assert len(rows) == 75
    stamps = [int(row[2]) for row in rows]
    assert len({after - before for before, after in pairwise(stamps)}) == 1


async def test_ffmpeg_with_a_wrong_password_is_told_so(small: Small, clips: Path) -> None:
    async with SimServer([small()], cache=clips) as sim:
        url = sim.url("/gate").replace("thien-ly", "sai")
        status, _, err = await _run(*_FFPROBE, url)
    assert status != 0
    assert "401" in err


def _positions(url: str, frames: int) -> list[tuple[int | None, float]]:
    """Loop position and time of arrival of decoded frames."""
    found: list[tuple[int | None, float]] = []
    options = {
        "rtsp_transport": "tcp",
        "fpsprobesize": "0",
        "analyzeduration": "500000",
        "fflags": "nobuffer",
    }
    with av.open(url, options=options, timeout=10) as source:
        source.streams.video[0].thread_count = 1
        for frame in source.decode(video=0):
            luma = frame.to_ndarray(format="gray").astype(np.uint8)
            found.append((clockbar.read(luma), time.time()))
            if len(found) == frames:
                break
    return found


async def test_the_burnt_clock_of_every_scene_runs_with_the_wall_clock(small: Small, clips: Path) -> None:
    specs = [small(f"/{scene}", scene=scene, loop_s=8.0) for scene in SCENES]
    async with SimServer(specs, cache=clips) as sim:
        urls = [sim.url(spec.path) for spec in specs]
        all_found = await asyncio.gather(*(asyncio.to_thread(_positions, url, 75) for url in urls))
    for found in all_found:
        positions = [position for position, _ in found if position is not None]
        assert len(positions) == 75
        assert {(after - before) % 8000 for before, after in pairwise(positions)} == {40}
        # The last frame: by then the client has worked off what it had buffered while it probed.
        assert (found[-1][1] - positions[-1] / 1000) % 8.0 < 2.5


async def test_every_client_of_a_clip_sees_the_same_moment(small: Small, clips: Path) -> None:
    specs = [small("/a", loop_s=8.0), small("/b", loop_s=8.0)]
    async with SimServer(specs, cache=clips) as sim:
        first, second = await asyncio.gather(
            asyncio.to_thread(_positions, sim.url("/a"), 60), asyncio.to_thread(_positions, sim.url("/b"), 60)
        )
    gap = (first[-1][1] - first[-1][0] / 1000) - (second[-1][1] - second[-1][0] / 1000)  # type: ignore[operator]
    assert min(gap % 8.0, -gap % 8.0) < 1.5
