"""`thienly doctor` on an installation that does not run: what is well, what is not, and what to do."""

import json
import shutil
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.stack import environment
from thienly.bus.server import free_port

ANSWERS = """
document = "15/QĐ-UBND"
regulation = "QN"
[unit]
name = "Trung tâm"
[administrator]
username = "quantri"
full_name = "Đỗ Thị Quản"
password = "mot-mat-khau-dai-2026"
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("doctor")
    (directory / "answers.toml").write_text(ANSWERS)
    _thienly(directory / "data", "init", "--file", str(directory / "answers.toml"), code=0)
    return directory / "data"


@pytest.fixture
def data(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "data"))


def _thienly(data: Path, *words: str, code: int | None = None, port: int | None = None) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "thienly", *words],
        env=environment(data, port or free_port()),
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )
    assert code is None or done.returncode == code, done.stdout + done.stderr
    return done.stdout


def examined(data: Path, *, code: int | None = None, port: int | None = None) -> dict[str, dict[str, str]]:
    lines = _thienly(data, "doctor", "--json", code=code, port=port).splitlines()
    return {line["check"]: line for line in map(json.loads, lines)}


def test_a_fresh_installation_has_no_fault_and_nothing_of_the_doctor_stays(data: Path) -> None:
    before = sorted(data.rglob("*"))
    found = examined(data)
    assert [line for line in found.values() if line["level"] == "fault"] == []
    assert {"disk.space", "disk.write", "clock.ntp", "codecs", "keys", "database.triggers"} <= set(found)
    assert all(line["vi"] and line["en"] for line in found.values())
    after = [path for path in sorted(data.rglob("*")) if not path.name.startswith("db.sqlite3-")]
    assert after == [path for path in before if not path.name.startswith("db.sqlite3-")]


def test_what_is_wrong_is_a_fault_with_what_to_do(data: Path) -> None:
    (data / "keys" / "django.secret").unlink()
    (data / "keys" / "ledger.pem").chmod(0o644)
    (data / "keys" / "vault.key").write_text("hỏng")
    with sqlite3.connect(data / "db.sqlite3") as db:
        db.execute("drop trigger ledger_entry_no_update")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        found = examined(data, code=2, port=taken.getsockname()[1])
    wrong = {name: line for name, line in found.items() if line["level"] == "fault"}
    assert set(wrong) == {"keys.present", "keys.whole", "keys.modes", "database.triggers", "port"}
    assert all(line["todo_vi"] and line["todo_en"] for line in wrong.values())
    assert "ledger_entry_no_update" in wrong["database.triggers"]["en"]


@pytest.mark.parametrize("text", ['tên_lạ = "x"\n', "port = 'tám'\n", "[[recorders]]\n", "x = [\n"])
def test_a_wrong_configuration_is_named_and_nothing_else_is_asked(tmp_path: Path, text: str) -> None:
    (tmp_path / "thienly.toml").write_text(text)
    found = examined(tmp_path, code=2)
    assert list(found) == ["configuration"] and found["configuration"]["todo_en"]


def test_without_an_installation_it_says_how_to_make_one(tmp_path: Path) -> None:
    said = _thienly(tmp_path, "doctor", code=2)
    assert "thienly init" in said and list(tmp_path.iterdir()) == []


def test_restart_needs_a_running_installation_and_a_name_that_runs(data: Path) -> None:
    assert "thienly up" in _thienly(data, "restart", code=1)


def test_a_disk_that_is_not_encrypted_as_the_configuration_says_is_a_fault(data: Path) -> None:
    assert "disk.encrypted" not in examined(data)
    config = data / "thienly.toml"
    block = '[[recorders]]\nname = "r1"\nstore = { path = "footage", encrypted = true }\n'
    text = config.read_text().split("[[recorders]]")[0]
    config.write_text(text + block)
    found = examined(data, code=2)["disk.encrypted"]
    assert found["level"] == "fault" and "NOT encrypted" in found["en"] and "LUKS" in found["todo_en"]
