"""VLC, run as it wants to be run: without a screen, without a loudspeaker, and not by root."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_NOBODY = 65534
_PATIENCE_S = 30


def need_vlc() -> str:
    """Its path; skips the test where it is not installed (see scripts/system.sh)."""
    path = shutil.which("vlc")
    if path is None:
        pytest.skip("vlc is not installed")
    return path


@contextmanager
def open_folder() -> Iterator[Path]:
    """One that VLC may read and write whoever runs it; pytest's own are closed to others."""
    with tempfile.TemporaryDirectory(prefix="vlc-") as name:
        folder = Path(name)
        folder.chmod(0o777)  # nothing secret lies there, and it is gone after the test
        yield folder


def start(folder: Path, *arguments: str, log: str = "vlc.log") -> "subprocess.Popen[bytes]":
    """VLC with its messages (`-vv`) in `folder/log`."""
    command = [need_vlc(), "-I", "dummy", "--control", "dummy", "--no-dbus", "-vv", *arguments]
    someone_else = {"user": _NOBODY, "group": _NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    with (folder / log).open("wb") as out:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            cwd=folder,
            env={"HOME": str(folder), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
            **someone_else,  # type: ignore[call-overload] # an option each
        )


@contextmanager
def serving(
    folder: Path, clip: Path, port: int, *, session_s: int = 60, sout: str = ""
) -> Iterator["subprocess.Popen[bytes]"]:
    """VLC's RTSP server with `clip` again and again, at `rtsp://127.0.0.1:port/cam`. It forgets a session
    of which it hears nothing for `session_s`; `sout`: what comes before, such as `transcode{…}:`."""
    process = start(
        folder,
        "--loop",
        "--rtsp-host=127.0.0.1",
        f"--rtsp-timeout={session_s}",
        f"--sout=#{sout}rtp{{sdp=rtsp://127.0.0.1:{port}/cam}}",
        "--sout-keep",
        str(clip),
    )
    try:
        _wait(port, process, folder)
        yield process
    finally:
        process.kill()
        process.wait()


def _wait(port: int, process: "subprocess.Popen[bytes]", folder: Path) -> None:
    """Until it describes the stream."""
    ask = f"DESCRIBE rtsp://127.0.0.1:{port}/cam RTSP/1.0\r\nCSeq: 1\r\n\r\n".encode()
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=2) as sock:
                sock.sendall(ask)
                # Each track is in the description only when VLC has begun with it.
                if sock.recv(65536).count(b"m=") == 2:
                    return
        except OSError:
            pass
        time.sleep(0.1)
    raise RuntimeError((folder / "vlc.log").read_text(encoding="utf-8", errors="replace")[-2000:])
