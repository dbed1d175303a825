"""GStreamer, whose demultiplexer owes nothing to libav, reads the files of every codec."""

import json
import os
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from tests.media.camera.clip import Codec, Sound, clip
from tests.media.camera.fragmenting import mux

_PYTHON = "/usr/bin/python3"  # Debian's: it has the bindings
_EVERY: list[tuple[Codec, Sound, int]] = [
    ("h264", "aac", 0), ("h264", "pcmu", 3), ("h265", "pcma", 0), ("h265", "opus", 3)
]  # fmt: skip


def test_every_picture_and_all_sound_is_decoded_in_its_place(tmp_path: Path) -> None:
    if subprocess.run([_PYTHON, "-c", "import gi"], capture_output=True, check=False).returncode:
        pytest.skip("GStreamer's bindings are not installed")
    paths = []
    for codec, sound, bframes in _EVERY:
        path = tmp_path / f"{codec}-{sound}.mp4"
        sink = mux(clip(codec=codec, bframes=bframes, profile="main"), sound)
        path.write_bytes(bytes(sink.files[0]))
        paths.append(str(path))
    done = subprocess.run(
        [_PYTHON, str(Path(__file__).with_name("gst_reader.py")), *paths],
        env={**os.environ, "GST_REGISTRY": str(tmp_path / "gst-registry.bin")},
        capture_output=True,
        text=True,
        timeout=90,
        check=True,
    )
    for line, name in zip(done.stdout.splitlines(), _EVERY, strict=True):
        found = json.loads(line)
        assert found["said"] == [], name
        shown = [pts / 1e9 for pts, _ in found["video"]]
        assert len(shown) == 50, name
        assert [b - a for a, b in pairwise(shown)] == pytest.approx([0.04] * 49, abs=0.003), name
        heard = sum(duration for _, duration in found["audio"]) / 1e9
        assert heard == pytest.approx(2.0, abs=0.15), name
