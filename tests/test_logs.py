"""Logs that a program can read, and that do not fill the disk."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.stack import environment
from thienly.bus.server import free_port
from thienly.rotation import rotate

SAY = """
import logging, structlog
from thienly import logs
logs.configure()
logs.note_crashes()
structlog.get_logger().info("camera_taken", camera="CA-1")
logging.getLogger("uvicorn.error").warning("Đầy %s", "ổ đĩa")
logging.getLogger("lib").info("không kể")
def connect(password):
    raise ValueError("sai địa chỉ")
try:
    connect("mật-khẩu-rất-mật")
except ValueError:
    logging.getLogger("lib").exception("failed")
connect("mật-khẩu-rất-mật")
"""


def test_what_we_say_what_libraries_say_and_what_nobody_caught_is_one_object_a_line() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SAY], capture_output=True, text=True, check=False, timeout=30
    )
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["event"] for line in lines] == ["camera_taken", "Đầy ổ đĩa", "failed", "crashed"]
    assert [line["level"] for line in lines] == ["info", "warning", "error", "critical"]
    assert lines[1]["logger"] == "uvicorn.error" and all(line["timestamp"].endswith("Z") for line in lines)
    assert lines[2]["exception"] and lines[3]["exception"]
    assert "mật-khẩu-rất-mật" not in done.stderr.replace(SAY, "")


def test_a_process_that_cannot_start_says_so_as_an_object(tmp_path: Path) -> None:
    (tmp_path / "thienly.toml").write_text('profile = "demo"\n')
    done = subprocess.run(
        [sys.executable, "-m", "thienly", "recorder", "--name", "khong-co"],
        env=environment(tmp_path, free_port()),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    (line,) = done.stderr.splitlines()
    assert done.returncode == 1 and json.loads(line)["event"] == "crashed"


def test_a_log_is_set_aside_while_its_process_writes_and_no_line_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "gateway.log"
    with path.open("ab") as log:
        for number in range(1000):
            os.write(log.fileno(), f"{number}\n".encode())
            if number % 100 == 99:
                assert rotate(path, limit=200, kept=20)
        assert not rotate(path, limit=200)
    aside = sorted(tmp_path.glob("gateway.log.*"), key=lambda one: -int(one.suffix[1:]))
    assert len(aside) == 10
    assert b"".join(one.read_bytes() for one in aside).split() == [str(n).encode() for n in range(1000)]


def test_only_so_many_are_kept_with_the_modes_of_the_log(tmp_path: Path) -> None:
    path = tmp_path / "nats.log"
    for number in range(5):
        path.write_bytes(bytes([number]) * 50)
        path.chmod(0o600)
        assert rotate(path, limit=10, kept=3)
    aside = sorted(one.name for one in tmp_path.iterdir())
    assert aside == ["nats.log", "nats.log.1", "nats.log.2", "nats.log.3"]
    assert [(tmp_path / f"nats.log.{n}").read_bytes()[0] for n in (1, 2, 3)] == [4, 3, 2]
    assert (tmp_path / "nats.log.1").stat().st_mode & 0o777 == 0o600
    assert not rotate(tmp_path / "none.log")
