"""An export for an inspector proves itself, without the rest of history and without an installation."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone

from tests.core.world import World, person
from thienly.core.access.actor import Actor
from thienly.core.ledger.evidence import export, rows_with_proof
from thienly.core.ledger.evidence_check import NotGenuine, check, check_lines
from thienly.core.ledger.keys import new_signing_key, signing_key
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.ledger.search import Asked
from thienly.core.ledger.writer import record


@pytest.fixture
def inspector(world: World) -> Actor:
    officer = person("trucban", "Trần Thị Bình", role="central_operator", unit=world.centre)
    with transaction.atomic():
        for number in range(23):
            camera = world.quay if number % 3 else world.gate
            record(actor=officer, kind=Kind.LIVE_OPENED, camera=camera, purpose="command")
    return person("thanhtra", "Ngô Văn Thanh", role="tttt_guide", unit=world.centre)


@pytest.fixture
def file(tmp_path: Path, world: World, inspector: Actor) -> Path:
    path = tmp_path / "part.jsonl"
    path.write_bytes(b"".join(export(actor=inspector, asked=Asked(camera=world.gate), now=timezone.now())))
    return path


def test_a_selection_is_proven_without_the_rest(file: Path, world: World) -> None:
    found = check(file)
    assert (found.rows, found.of) == (9, 24)  # eight views, and the export itself
    assert found.asked == {"camera": world.gate.id.hex}
    assert Entry.objects.get(kind=Kind.LEDGER_EXPORTED).seq == 24
    assert world.quay.id.hex not in file.read_text()


def test_rows_that_a_case_names_are_proven_without_the_rest(world: World, inspector: Actor) -> None:
    lines = list(rows_with_proof(by="TX-1", about={"case": "TX-1"}, numbers=[7, 3, 4], now=timezone.now()))
    found = check_lines(lines)
    assert (found.rows, found.of, found.by, found.asked) == (3, 23, "TX-1", {"case": "TX-1"})
    with pytest.raises(NotGenuine, match=r"missing \(row 4\)"):
        check_lines([*lines[:3], *lines[4:]])
    for numbers in ([], [0], [24]):
        with pytest.raises(ValueError, match="no rows"):
            rows_with_proof(by="TX-1", about={}, numbers=numbers, now=timezone.now())


def test_one_command_verifies_it_where_nothing_is_installed(file: Path, tmp_path: Path) -> None:
    bare = {"THIENLY_DATA": str(tmp_path / "none"), "PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    command = [sys.executable, "-m", "thienly", "ledger", "verify", str(file)]
    good = subprocess.run(command, env=bare, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert good.returncode == 0, good.stderr
    assert good.stdout.startswith("genuine: 9 rows of a history of 24")
    file.write_text(file.read_text().replace("Cổng mỏ", "Cổng nhà", 1))
    bad = subprocess.run(command, env=bare, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (bad.returncode, bad.stdout) == (1, "NOT GENUINE: altered (row 1)\n")


def test_no_flipped_bit_goes_unnoticed(file: Path) -> None:
    whole = file.read_bytes()
    for place in range(0, len(whole), 7):
        for bit in (1, 32):
            file.write_bytes(whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :])
            with pytest.raises(NotGenuine):
                check(file)


def without(rows: list[str]) -> list[str]:
    return rows[:3] + rows[4:]


def cut(rows: list[str]) -> list[str]:
    return rows[:-2]


def swapped(rows: list[str]) -> list[str]:
    return [*rows[:3], rows[4], rows[3], *rows[5:]]


def twice(rows: list[str]) -> list[str]:
    return [*rows[:4], *rows[3:]]


def appended(rows: list[str]) -> list[str]:
    return [*rows, rows[-1]]


def forged(rows: list[str]) -> list[str]:
    row = json.loads(rows[4])
    row["entry"]["actor_label"] = "Ai đó"
    return [*rows[:4], json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False), *rows[5:]]


@pytest.mark.parametrize(
    ("how", "problem", "row"),
    [
        (without, "missing", 4),
        (cut, "missing", 22),
        (swapped, "missing", 4),
        (twice, "inserted", 4),
        (appended, "inserted", 24),
        (forged, "altered", 7),
    ],
)
def test_the_row_that_is_wrong_is_named(
    file: Path, how: Callable[[list[str]], list[str]], problem: str, row: int
) -> None:
    rows = file.read_text().splitlines()
    numbers = [json.loads(line)["entry"]["seq"] for line in rows[2:]]
    assert numbers == [1, 4, 7, 10, 13, 16, 19, 22, 24]
    file.write_text("".join(f"{line}\n" for line in how(rows)))
    with pytest.raises(NotGenuine) as caught:
        check(file)
    assert (caught.value.problem, caught.value.row) == (problem, row)


def test_another_key_than_the_given_one_is_refused(file: Path, tmp_path: Path) -> None:
    (tmp_path / "other.pem").write_bytes(new_signing_key())
    with pytest.raises(NotGenuine, match="another key"):
        check(file, public_key=signing_key(tmp_path / "other.pem").public_key())


def test_who_inspects_nothing_takes_only_his_own_acts(world: World, inspector: Actor) -> None:
    keeper = person("cangca", "Lê Văn Đề", role="cam_admin", unit=world.port)
    lines = list(export(actor=keeper, asked=Asked(), now=timezone.now()))
    assert [json.loads(line)["entry"]["actor_label"] for line in lines[2:]] == ["Lê Văn Đề"]
