"""The package that the first version made: every later one verifies it, and refuses it with any byte
flipped."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.evidence.packing import KEY_ID
from thienly.evidence.members import opened
from thienly.evidence.verify import Report, verify
from thienly.evidence_commands import history

SAMPLE = Path(__file__).parents[1] / "samples" / "evidence-v1.zip"
DATA = SAMPLE.read_bytes()


def verdict(path: Path, data: bytes) -> Report:
    path.write_bytes(data)
    return verify(path, history=history, key_id=KEY_ID)


def test_the_first_versions_package_is_genuine() -> None:
    report = verify(SAMPLE, history=history, key_id=KEY_ID)
    assert report.faults == [] and report.genuine and report.trusted
    assert report.manifest is not None and (report.files, report.rows) == (11, 2)
    assert [len(camera.clips) for camera in report.manifest.cameras] == [2, 1]
    assert len(DATA) <= 300_000


def test_a_flipped_bit_anywhere_is_found(tmp_path: Path) -> None:
    for at in range(0, len(DATA), 1201):
        changed = bytearray(DATA)
        changed[at] ^= 1 << at % 8
        assert verdict(tmp_path / "p.zip", bytes(changed)).faults, at


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, len(DATA) - 1), st.integers(1, 255))
def test_any_other_byte_anywhere_is_found(tmp_path: Path, at: int, change: int) -> None:
    changed = bytearray(DATA)
    changed[at] ^= change
    assert verdict(tmp_path / "p.zip", bytes(changed)).faults


@pytest.mark.parametrize("name", ["proofs/01-CC-001-20270115-150000.json", "manifest.sig", "keys.json", None])
def test_every_byte_of_what_proves_is_itself_proven(tmp_path: Path, name: str | None) -> None:
    """`None`: the headers of the zip."""
    for at in _headers() if name is None else _inside(name):
        changed = bytearray(DATA)
        changed[at] ^= 32
        assert verdict(tmp_path / "p.zip", bytes(changed)).faults, at


def _inside(name: str) -> range:
    begin = DATA.index(name.encode()) + len(name)
    with opened(SAMPLE) as members:
        return range(begin, begin + members.sizes[name], 17)


def _headers() -> list[int]:
    local = [DATA.index(b"PK\3\4", 100) + n for n in range(30)]
    return [*local, *range(DATA.index(b"PK\1\2"), len(DATA), 5)]


def test_unpacked_into_a_folder_it_is_as_good_and_strange_files_are_told(tmp_path: Path) -> None:
    folder = tmp_path / "unpacked"
    with opened(SAMPLE) as members:
        for name, size in members.sizes.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(members.read(name, 0, size))
    (folder / "Thumbs.db").write_bytes(b"left by a file manager")
    assert verify(folder, history=history, key_id=KEY_ID).faults == []
    (folder / "clips" / "03-more.mp4").write_bytes(b"")
    assert [(f.kind, f.file) for f in verify(folder, history=history).faults] == [
        ("file_extra", "clips/03-more.mp4")
    ]
    (folder / "clips" / "03-more.mp4").unlink()
    (folder / "clips" / "04.mp4").symlink_to("/etc/passwd")
    assert [fault.kind for fault in verify(folder, history=history).faults] == ["bad_name"]
