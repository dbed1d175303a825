"""`thienly verify`: which second of which file is not what the recorder signed; needs no installation."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.media.recorder.test_evidence import file_of
from thienly.bus.messages import SegmentClosed
from thienly.conf import Conf
from thienly.media import keys, trailer
from thienly.media.index import table
from thienly.media.index.table import FragmentRow
from thienly.media.verify import main as verify
from thienly.media.verify import verify_file

Left = tuple[Conf, list[SegmentClosed]]


class Taken:
    """One segment file, taken apart into the init segment, the fragments and the trailer."""

    def __init__(self, conf: Conf, fact: SegmentClosed) -> None:
        self.path = file_of(conf, fact)
        self.keys = keys.public_keys(conf.recorder_key("r1"))
        data = self.path.read_bytes()
        with self.path.open("rb") as file:
            end, found = trailer.find(file.fileno())
        assert found is not None and found.signed.statement.root == fact.root
        _, self.rows = table.decode(found.table)
        at = end - sum(row.size for row in self.rows)
        self.init, self.fragments, self.trailer = data[:at], list[bytes](), data[end:]
        for row in self.rows:
            self.fragments.append(data[at : at + row.size])
            at += row.size
        assert len(self.rows) >= 4

    def faults(self, fragments: list[bytes]) -> list[tuple[str, int | None, int | None]]:
        """Of the file with these fragments instead."""
        self.path.write_bytes(self.init + b"".join(fragments) + self.trailer)
        return [
            (fault.kind, fault.from_us, fault.until_us) for fault in verify_file(self.path, self.keys).faults
        ]


def seconds(row: FragmentRow) -> tuple[int, int]:
    return row.start_us, row.start_us + row.duration_us


@pytest.fixture
def taken(left: Left) -> Taken:
    return Taken(left[0], left[1][0])


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def test_what_was_not_touched_is_genuine(taken: Taken) -> None:
    assert taken.faults(taken.fragments) == []


@pytest.mark.parametrize("at", [2, 5, 40, -1], ids=["its length", "its name", "its times", "its picture"])
def test_a_flipped_bit_is_found_wherever_it_is_and_concerns_one_fragment(taken: Taken, at: int) -> None:
    changed = list(taken.fragments)
    changed[1] = flipped(changed[1], at % len(changed[1]))
    assert taken.faults(changed) == [("changed", *seconds(taken.rows[1]))]


def test_a_fragment_that_is_missing_is_named_with_its_seconds(taken: Taken) -> None:
    assert taken.faults(taken.fragments[:2] + taken.fragments[3:]) == [("missing", *seconds(taken.rows[2]))]
    assert taken.faults(taken.fragments[:-1]) == [("missing", *seconds(taken.rows[-1]))]
    assert taken.faults(taken.fragments[1:]) == [("missing", *seconds(taken.rows[0]))]


def test_a_fragment_that_was_put_in_is_named_with_its_place(taken: Taken, left: Left) -> None:
    strange = Taken(left[0], left[1][1]).fragments[0]
    first, *rest = taken.fragments
    at = taken.rows[0].start_us + taken.rows[0].duration_us
    assert taken.faults([first, strange, *rest]) == [("inserted", at, at)]
    again = taken.rows[0].start_us
    assert taken.faults([first, first, *rest]) == [("inserted", again, again)]


def test_fragments_that_changed_places_are_found(taken: Taken) -> None:
    one, two, three, *rest = taken.fragments
    assert taken.faults([two, three, one, *rest]) == [("moved", *seconds(taken.rows[0]))]
    found = taken.faults([one, three, two, *rest])
    assert len(found) == 1 and found[0][0] == "moved"


def test_a_fragment_replaced_by_another_is_a_change_of_its_seconds(taken: Taken, left: Left) -> None:
    strange = Taken(left[0], left[1][1]).fragments[2]
    changed = [*taken.fragments[:2], strange, *taken.fragments[3:]]
    assert taken.faults(changed) == [("changed", *seconds(taken.rows[2]))]


def test_a_statement_that_was_changed_does_not_pass(taken: Taken) -> None:
    assert b'"end_reason":"duration"' in taken.trailer
    taken.trailer = taken.trailer.replace(b'"end_reason":"duration"', b'"end_reason":"Duration"')
    assert [kind for kind, *_ in taken.faults(taken.fragments)] == ["signature"]
    taken.trailer = b""
    assert [kind for kind, *_ in taken.faults(taken.fragments)] == ["unsigned"]


def test_a_file_under_another_cameras_or_segments_name_does_not_pass(taken: Taken) -> None:
    other = taken.path.with_name(f"{999:010d}{taken.path.name[10:]}")
    taken.path.rename(other)
    assert [fault.kind for fault in verify_file(other, taken.keys).faults] == ["name"]
    foreign = other.parent.parent.parent / ("f" * 32) / "2026-11-17" / taken.path.name
    foreign.parent.mkdir(parents=True)
    other.rename(foreign)
    assert [fault.kind for fault in verify_file(foreign, taken.keys).faults] == ["name"]


@pytest.mark.parametrize("cut", [1, 23, 200])
def test_rubbish_is_a_fault_and_never_a_crash(taken: Taken, cut: int) -> None:
    taken.path.write_bytes(taken.path.read_bytes()[:-cut])
    assert [fault.kind for fault in verify_file(taken.path, taken.keys).faults] == ["unsigned"]
    taken.path.write_bytes(os.urandom(5000) + b"uuid" + trailer.UUID + b"{" + os.urandom(300))
    assert [fault.kind for fault in verify_file(taken.path, taken.keys).faults] == ["unsigned"]


def test_signatures_of_before_a_rotation_stay_valid_and_the_key_is_chosen_by_its_id(left: Left) -> None:
    conf, (fact, *_) = left
    private = conf.recorder_key("r1")
    path = file_of(conf, fact)
    before, after = keys.rotate(private, now_us=fact.end_us + 1)
    assert before != after and keys.SigningKey(private).id == after
    known = keys.public_keys(private)
    assert set(known) == {before, after} and known[before].until_us == fact.end_us + 1
    found = verify_file(path, known)
    assert found.faults == () and found.key_id == before
    for file in private.parent.glob("recorder-*"):
        assert file.stat().st_mode & 0o077 == 0
    # The old private key is gone; a rotation more keeps all public ones.
    third = keys.rotate(private, now_us=fact.end_us + 2)[1]
    assert set(keys.public_keys(private)) == {before, after, third}
    # Without the old key it cannot be verified, and says so.
    faults = verify_file(path, {after: known[after]}).faults
    assert [fault.kind for fault in faults] == ["key"]
    # A key that was replaced long before does not vouch for later footage.
    stale = keys.PublicKey(before, known[before].key, 0, fact.start_us - 3_600_000_000)
    assert [fault.kind for fault in verify_file(path, {before: stale}).faults] == ["key"]


def test_a_running_recorder_takes_the_new_key_without_a_restart(left: Left) -> None:
    private = left[0].recorder_key("r1")
    running = keys.SigningKey(private)
    assert not running.refresh()
    _, after = keys.rotate(private, now_us=1)
    assert running.refresh() and running.id == after


def test_the_command_verifies_a_file_on_a_machine_that_has_nothing_but_a_public_key(
    left: Left, tmp_path: Path
) -> None:
    conf, (fact, *_) = left
    given = tmp_path / "r1.pem"
    given.write_text(keys.as_pem(keys.public_keys(conf.recorder_key("r1"))))
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(file_of(conf, fact).read_bytes())
    environment = os.environ | {"THIENLY_DATA": str(tmp_path / "empty")}
    command = [sys.executable, "-m", "thienly", "verify", str(clip), "--public-key", str(given)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "genuine" in done.stdout and fact.camera in done.stdout
    clip.write_bytes(flipped(clip.read_bytes(), len(clip.read_bytes()) // 2))
    done = subprocess.run([*command, "--json"], env=environment, capture_output=True, text=True, check=False)
    said = json.loads(done.stdout)
    assert done.returncode == 1 and [fault["kind"] for fault in said["faults"]] == ["changed"]


def test_a_camera_and_a_span_are_verified_where_they_are_recorded_and_holes_are_named(left: Left) -> None:
    conf, facts = left

    def ask(*, since: str = "", until: str = "", camera: str = facts[0].camera) -> tuple[int, list[str]]:
        said: list[str] = []
        code = verify(
            conf,
            paths=[],
            camera=camera,
            since=since,
            until=until,
            public_key=None,
            as_json=False,
            say=said.append,
        )
        return code, said

    code, said = ask()
    assert code == 0 and len(said) == len(list(conf.data.glob("footage/r1/*/*/*.mp4")))
    file_of(conf, facts[1]).unlink()
    code, said = ask()
    assert code == 0 and "nothing among these files" in said[-1]
    assert ask(camera="0" * 32)[0] == 2
    assert ask(since="yesterday")[0] == 2
    assert ask(since="2001-01-01T00:00:00+00:00", until="2001-01-02T00:00:00+00:00")[0] == 2
