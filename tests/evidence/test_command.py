"""`thienly verify PACKAGE` on a machine that has never seen the system."""

import json
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.evidence.packing import KEY_ID, ORGANISATION, STRANGER
from tests.evidence.test_sample import DATA, SAMPLE
from thienly.evidence_commands import verify, write_page


def command(tmp_path: Path, *words: str) -> tuple[int, str]:
    bare = {"THIENLY_DATA": str(tmp_path / "none"), "PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "thienly", "verify", *words],
        env=bare,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


def test_it_says_in_vietnamese_what_is_wrong_and_of_which_second(tmp_path: Path) -> None:
    code, told = command(tmp_path, str(SAMPLE), "--key-id", KEY_ID)
    assert code == 0 and told.startswith("ĐÚNG LÀ BẢN GỐC\nHồ sơ TX-2027-0001")
    assert "15/01/2027 15:00:02.000 – 15/01/2027 15:00:06.000: được nêu là thiếu: mất kết nối" in told
    changed = bytearray(DATA)
    changed[DATA.index(b"clips/01-CC-001-20270115-150000") + 30_000] ^= 1
    (tmp_path / "p.zip").write_bytes(changed)
    code, told = command(tmp_path, str(tmp_path / "p.zip"))
    assert code == 1 and told.startswith("KHÔNG PHẢI BẢN GỐC, HOẶC ĐÃ BỊ SỬA")
    assert "✗ clips/01-CC-001-20270115-150000.mp4: 15/01/2027 15:00:01." in told
    assert "Hình trong khoảng này đã bị sửa." in told and "✓ clips/02" in told


def said(path: Path, **asked: Any) -> tuple[int, str]:
    """The command in this process."""
    lines: list[str] = []
    given = {"public_key": None, "key_id": "", "revoked": None, "language": "vi", "as_json": False} | asked
    code = verify(path, say=lines.append, **given)
    return code, "\n".join(lines)


def test_keys_are_given_and_revoked_by_files(tmp_path: Path) -> None:
    for name, key in (("ours", ORGANISATION), ("theirs", STRANGER)):
        pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        (tmp_path / f"{name}.pem").write_bytes(pem)
    code, told = said(SAMPLE, public_key=tmp_path / "ours.pem", as_json=True)
    assert code == 0 and json.loads(told)["trusted"] is True
    code, told = said(SAMPLE, public_key=tmp_path / "theirs.pem", as_json=True)
    assert code == 1 and [fault["kind"] for fault in json.loads(told)["faults"]] == ["key_not_given"]
    gone = tmp_path / "gone.txt"
    gone.write_text(f"# thu hồi\n{KEY_ID} 2027-02-01T00:00:00+07:00\n")
    code, told = said(SAMPLE, revoked=gone, language="en")
    assert code == 1 and "was revoked" in told
    gone.write_text(f"{KEY_ID} hôm qua\n")
    code, told = said(SAMPLE, revoked=gone)
    assert code == 2 and told.startswith("Không đọc được")


def test_the_page_is_handed_out_by_itself_too(tmp_path: Path) -> None:
    lines: list[str] = []
    assert write_page(tmp_path / "verify.html", say=lines.append) == 0
    data = (tmp_path / "verify.html").read_bytes()
    assert lines[0].endswith(sha256(data).hexdigest()) and data.startswith(b"<!doctype html>")
    assert write_page(tmp_path / "verify.html", say=lines.append) == 2  # nothing is written over
    assert (tmp_path / "verify.html").read_bytes() == data


def test_what_is_no_package_or_not_there_gets_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "letter.zip").write_text("Kính gửi")
    code, told = said(tmp_path / "letter.zip")
    assert code == 1 and "không phải là gói dữ liệu" in told
    assert said(tmp_path / "missing.zip")[0] == 2
