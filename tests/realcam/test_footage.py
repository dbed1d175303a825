"""The fixture itself: what it serves is what it says, so that others may rely on it."""

import json
import subprocess
import time
from pathlib import Path
from typing import Literal

import pytest

from tests.realcam.fixture import FPS, HEIGHT, WIDTH, serve_footage

_FFPROBE = ["ffprobe", "-v", "error", "-rtsp_transport", "tcp"]


@pytest.mark.parametrize("scheme", ["digest", "basic"])
def test_real_footage_comes_at_the_pace_of_life_to_who_has_the_password(
    tmp_path: Path, scheme: Literal["digest", "basic"]
) -> None:
    with serve_footage(tmp_path, scheme) as camera:
        refused = subprocess.run(
            [*_FFPROBE, camera.bare_url], capture_output=True, text=True, timeout=20, check=False
        )
        assert "401" in refused.stderr
        command = [*_FFPROBE, "-show_streams", "-of", "json", camera.url]
        probed = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
        (video,) = json.loads(probed.stdout)["streams"]
        assert (video["codec_name"], video["width"], video["height"]) == ("h264", WIDTH, HEIGHT)

        start = time.monotonic()
        command = ["ffmpeg", "-v", "error", "-rtsp_transport", "tcp", "-i", camera.url, "-map", "0:v"]
        command += ["-fps_mode", "passthrough", "-frames:v", "40", "-f", "framemd5", "-"]
        played = subprocess.run(command, capture_output=True, text=True, timeout=40, check=True)
        rows = [line for line in played.stdout.splitlines() if not line.startswith("#")]
        assert len(rows) == 40
        assert len({row.rpartition(",")[2] for row in rows}) > 30  # it moves
        assert time.monotonic() - start > 40 / FPS / 2  # not as fast as it can be read
