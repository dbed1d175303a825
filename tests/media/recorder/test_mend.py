"""`thienly fsck --repair`: says first, does it when told, throws no footage away, tells the centre."""

import json
from contextlib import closing

import pytest

from tests.media.recorder.test_evidence import check, file_of
from thienly.bus.messages import FACTS, Fact, Gap, SegmentClosed, SegmentDeleted
from thienly.conf import Conf
from thienly.media.fsck import main as fsck
from thienly.media.index import segments
from thienly.media.index.writer import INDEX_FILE, open_index, open_reader
from thienly.media.recorder.lock import lock
from thienly.rules.problems import Problem

Left = tuple[Conf, list[SegmentClosed]]
KINDS = {kind.kind: kind for kind in FACTS}


def repair(conf: Conf, *, apply: bool) -> tuple[int, dict[int, str]]:
    """(code, what was said by segment)."""
    said: list[str] = []
    code = fsck(conf, name="r1", deep=True, as_json=True, say=said.append, repair=True, apply=apply)
    lines = [json.loads(line) for line in said]
    assert all(line["applied"] is apply for line in lines)
    return code, {line["segment"]: line["repair"] for line in lines}


def mended(conf: Conf) -> tuple[int, dict[int, str]]:
    """Says first and changes nothing, then does the same; afterwards index and files agree."""
    before = {path: path.read_bytes() for path in conf.data.glob("footage/**/*.mp4")}
    code, would = repair(conf, apply=False)
    assert code == 1
    assert before == {path: path.read_bytes() for path in conf.data.glob("footage/**/*.mp4")}
    assert facts_of(conf) == []
    code, done = repair(conf, apply=True)
    assert set(done) == set(would) and code == 0
    assert check(conf, deep=True) == (0, [])
    return code, done


def facts_of(conf: Conf) -> list[Fact]:
    """What waits for the centre since the recorder stopped."""
    with closing(open_reader(conf.recorder_dir("r1") / INDEX_FILE)) as db:
        rows = db.execute("select subject, data from outbox order by number").fetchall()
    return [KINDS[subject.split(".")[1]].decode(data) for subject, data in rows]


@pytest.fixture
def quiet(left: Left) -> Left:
    """Nothing waits."""
    with closing(open_index(left[0].recorder_dir("r1") / INDEX_FILE)) as db:
        db.execute("delete from outbox")
    return left


def test_a_file_without_a_row_is_entered_as_it_was_signed(quiet: Left) -> None:
    conf, (fact, *_) = quiet
    with closing(open_index(conf.recorder_dir("r1") / INDEX_FILE)) as db:
        before = segments.get(db, fact.segment)
        segments.remove(db, fact.segment)
    mended(conf)
    with closing(open_reader(conf.recorder_dir("r1") / INDEX_FILE)) as db:
        assert segments.get(db, fact.segment) == before
    (told,) = facts_of(conf)
    assert isinstance(told, SegmentClosed) and told.segment == fact.segment and not told.repaired


def test_a_file_that_nobody_can_read_is_kept_aside(quiet: Left) -> None:
    conf, (fact, *_) = quiet
    stray = file_of(conf, fact).with_name(f"{888:010d}-{fact.start_us}-main.mp4")
    stray.write_bytes(b"not a segment")
    mended(conf)
    (kept,) = (conf.data / "footage" / "r1" / "quarantine").iterdir()
    assert kept.read_bytes() == b"not a segment" and not stray.exists()
    assert facts_of(conf) == []


def test_a_row_without_a_file_is_taken_back_and_its_time_becomes_a_gap(quiet: Left) -> None:
    conf, (fact, *_) = quiet
    file_of(conf, fact).unlink()
    mended(conf)
    deleted, gap = facts_of(conf)
    assert isinstance(deleted, SegmentDeleted) and isinstance(gap, Gap)
    assert (deleted.segment, deleted.reason) == (fact.segment, "missing")
    assert (gap.start_us, gap.end_us, gap.reason) == (fact.start_us, fact.end_us, Problem.STORE_FAILED)


def test_a_file_that_was_cut_keeps_its_whole_fragments_and_tells_the_rest(quiet: Left) -> None:
    conf, (fact, *_) = quiet
    path = file_of(conf, fact)
    path.write_bytes(path.read_bytes()[: fact.bytes // 2])
    mended(conf)
    deleted, gap, closed = facts_of(conf)
    assert isinstance(deleted, SegmentDeleted) and isinstance(gap, Gap) and isinstance(closed, SegmentClosed)
    assert (deleted.segment, deleted.reason) == (fact.segment, "damaged")
    # Another number: what was said of the old one stays said.
    assert closed.segment > fact.segment and closed.repaired and closed.start_us == fact.start_us
    assert (gap.start_us, gap.end_us) == (closed.end_us, fact.end_us)
    assert fact.start_us < closed.end_us < fact.end_us and 0 < closed.fragments < fact.fragments


def test_a_statement_that_was_cut_off_is_written_again_with_the_signature_of_before(quiet: Left) -> None:
    conf, (fact, *_) = quiet
    path = file_of(conf, fact)
    whole = path.read_bytes()
    path.write_bytes(whole[:-7])
    mended(conf)
    assert path.read_bytes() == whole and facts_of(conf) == []


def test_a_row_that_was_changed_is_made_again_from_what_the_file_proves(quiet: Left) -> None:
    conf, (fact, *_) = quiet
    with closing(open_index(conf.recorder_dir("r1") / INDEX_FILE)) as db:
        before = segments.get(db, fact.segment)
        db.execute("update segment set end_us=end_us+5000000 where id=?", (fact.segment,))
    mended(conf)
    with closing(open_reader(conf.recorder_dir("r1") / INDEX_FILE)) as db:
        assert segments.get(db, fact.segment) == before


def test_bytes_that_were_changed_are_left_as_they_are_and_still_reported(quiet: Left) -> None:
    conf, (fact, *_) = quiet
    path = file_of(conf, fact)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert repair(conf, apply=True) == (1, {fact.segment: ""})
    assert path.read_bytes() == data and facts_of(conf) == []


def test_a_segment_that_was_carried_to_another_disk_is_found_there(quiet: Left) -> None:
    conf, (fact, *_) = quiet
    toml = conf.data / "thienly.toml"
    toml.write_text(toml.read_text() + 'stores = ["footage", "second"]\n')
    conf = Conf(conf.data, env={})
    path = file_of(conf, fact)
    new = conf.data / "second" / path.relative_to(conf.data / "footage")
    new.parent.mkdir(parents=True)
    path.rename(new)
    mended(conf)
    assert new.exists() and facts_of(conf) == []


def test_a_recorder_that_runs_is_not_repaired_behind_its_back(quiet: Left) -> None:
    conf, (fact, *_) = quiet
    file_of(conf, fact).unlink()
    held = lock(conf.recorder_dir("r1"))
    said: list[str] = []
    code = fsck(conf, name="r1", deep=False, as_json=False, say=said.append, repair=True, apply=True)
    assert code == 2 and "another process" in said[0] and held > 0
