"""Real footage through an RTSP server we did not write: import `real_camera` into a test module."""

import gzip
import os
import select
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

FOOTAGE = Path("/usr/share/doc/opencv-doc/examples/data/vtest.avi")
FRAMES, FPS, WIDTH, HEIGHT = 795, 10, 768, 576
_PYTHON = "/usr/bin/python3"  # Debian's: it has the bindings
_PATIENCE_S = 20


@dataclass(frozen=True)
class RealCamera:
    """`vtest.avi`, people walking over a square: 79.5 s, 768 × 576, ten frames a second, H.264, no sound."""

    port: int
    username: str
    password: str
    scheme: str = "rtsp"

    @property
    def bare_url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/vtest"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.username}:{self.password}@127.0.0.1:{self.port}/vtest"


@contextmanager
def serve_footage(
    folder: Path,
    scheme: Literal["digest", "basic"] = "digest",
    *,
    transport: Literal["tcp", "udp"] = "tcp",
    pem: Path | None = None,
) -> Iterator[RealCamera]:
    """The server while the block runs.

    Raises FileNotFoundError without opencv-doc, RuntimeError without GStreamer.
    """
    video = FOOTAGE
    if not video.exists():
        video = folder / "vtest.avi"
        with gzip.open(f"{FOOTAGE}.gz") as packed, video.open("wb") as plain:
            shutil.copyfileobj(packed, plain)
    username, password = "camera", "that-ma"
    command = [
        _PYTHON,
        str(Path(__file__).with_name("gst_server.py")),
        str(video),
        scheme,
        username,
        password,
        transport,
        *([str(pem)] if pem else []),
    ]
    # A registry of its own: two tests that start at once must not write the same one.
    environment = {**os.environ, "GST_REGISTRY": str(folder / "gst-registry.bin")}
    with (folder / "gst.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, env=environment)
    try:
        assert process.stdout is not None
        ready, _, _ = select.select([process.stdout], [], [], _PATIENCE_S)
        line = process.stdout.readline() if ready else b""
        if not line.strip().isdigit():
            raise RuntimeError((folder / "gst.log").read_text(encoding="utf-8", errors="replace"))
        yield RealCamera(int(line), username, password, "rtsps" if pem else "rtsp")
    finally:
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()


@pytest.fixture
def real_camera(tmp_path: Path) -> Iterator[RealCamera]:
    with serve_footage(tmp_path) as camera:
        yield camera
