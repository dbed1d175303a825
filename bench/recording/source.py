"""The cameras of a benchmark: `thienly sim` in a process of its own, which is never measured."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

FPS = 25
GOP_FRAMES = 50
PHASES = 10
CACHE = Path(tempfile.gettempdir()) / "thienly-bench-clips"


@dataclass(frozen=True)
class Source:
    """`urls` of cameras that need no password and carry AAC beside their pictures; all play one clip."""

    host: str
    port: int
    count: int
    transport: Literal["tcp", "udp", "tls"] = "tcp"
    fingerprint: str = ""  # of the certificate, with tls

    @property
    def urls(self) -> list[str]:
        scheme = "rtsps" if self.transport == "tls" else "rtsp"
        return [f"{scheme}://{self.host}:{self.port}/bench/{index}" for index in range(self.count)]


@contextmanager
def running_source(
    count: int,
    *,
    width: int,
    height: int,
    bitrate: int,
    directory: Path,
    codec: str = "h264",
    transport: Literal["tcp", "udp", "tls"] = "tcp",
    in_step: bool = False,
) -> Iterator[Source]:
    """Render (once; cached) and serve `count` cameras. `in_step`: all key frames come in one instant."""
    spec = [
        {
            "path": f"/bench/{index}",
            "name": "Phép đo",
            "scene": "street",
            "auth": "none",
            "width": width,
            "height": height,
            "bitrate": bitrate,
            "fps": FPS,
            "loop_s": 10.0,
            "codec": codec,
            # Cameras of a province do not send their key frames in one instant.
            "late_frames": 0 if in_step else index % PHASES * GOP_FRAMES // PHASES,
        }
        for index in range(count)
    ]
    file = directory / f"cameras-{codec}-{transport}.json"
    file.write_text(json.dumps(spec), encoding="utf-8")
    command = [sys.executable, "-m", "thienly.sim", "--port", "0", "--spec", str(file), "--cache", str(CACHE)]
    if transport == "tls":
        command.append("--tls")
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        port, fingerprint = 0, ""
        for line in process.stdout:
            if "rtsp://" in line or "rtsps://" in line:
                port = int(line.rsplit(":", 1)[1])
            if line.startswith("certificate"):
                fingerprint = line.split()[-1]
            if line.strip() == "ready":
                break
        if not port:
            raise RuntimeError("the simulated cameras did not start")
        yield Source("127.0.0.1", port, count, transport, fingerprint)
    finally:
        process.terminate()
        process.wait(20)
