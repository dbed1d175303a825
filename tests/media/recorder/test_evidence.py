"""Signed footage: what the recorder signs, anybody can check; what was changed afterwards is found."""

import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.media.recorder.rig import installation
from thienly.bus.messages import SegmentClosed
from thienly.conf import Conf
from thienly.media import signing
from thienly.media.fsck import main as fsck
from thienly.media.index import segments, table
from thienly.media.index.writer import INDEX_FILE, open_index, open_reader
from thienly.media.keys import SigningKey, public_keys
from thienly.media.repair import rebuild


def file_of(conf: Conf, fact: SegmentClosed) -> Path:
    (path,) = conf.data.glob(f"footage/r1/{fact.camera}/*/{fact.segment:010d}-*.mp4")
    return path


def check(conf: Conf, *, deep: bool = False) -> tuple[int, list[dict[str, str]]]:
    said: list[str] = []
    code = fsck(conf, name="r1", deep=deep, as_json=True, say=said.append)
    return code, [json.loads(line) for line in said]


def test_a_segment_and_a_single_fragment_verify_and_a_flipped_bit_does_not(
    left: tuple[Conf, list[SegmentClosed]],
) -> None:
    conf, (fact, *_) = left
    key = signing.load_or_create_key(conf.recorder_key("r1")).public_key()
    with closing(open_reader(conf.recorder_dir("r1") / INDEX_FILE)) as db:
        row = segments.get(db, fact.segment)
        init_sha256, rows = segments.fragments_of(db, fact.segment)
    assert row is not None and row.signature is not None
    statement = segments.statement_of(row, "r1", rows)
    assert statement.root == fact.root
    data = file_of(conf, fact).read_bytes()
    parts = [data[: row.init_bytes]]
    parts += [data[place.offset :][: place.row.size] for place in table.placed(row.init_bytes, rows)]
    assert signing.verify_segment(key, statement, row.signature, parts=parts)
    assert not signing.verify_segment(key, statement, row.signature, parts=parts[:-1])
    stranger = Ed25519PrivateKey.generate().public_key()
    assert not signing.verify_segment(stranger, statement, row.signature, parts=parts)
    # One fragment, its proof, the public key: nothing else of the segment.
    leaves = table.leaves(init_sha256, rows)
    for ordinal in range(len(rows)):
        proof = signing.prove_fragment(statement, row.signature, leaves, ordinal)
        assert signing.verify_fragment(key, parts[ordinal + 1], proof)
        flipped = bytes([parts[ordinal + 1][100] ^ 1])
        changed = parts[ordinal + 1][:100] + flipped + parts[ordinal + 1][101:]
        assert not signing.verify_fragment(key, changed, proof)
        moved = replace(proof, statement=replace(statement, start_us=statement.start_us + 1))
        assert not signing.verify_fragment(key, parts[ordinal + 1], moved)


def test_the_key_is_private_and_stays_the_same(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "recorder.pem"
    key = signing.load_or_create_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    again = signing.load_or_create_key(path)
    assert again.private_bytes_raw() == key.private_bytes_raw()
    path.write_text("rubbish")
    with pytest.raises(ValueError, match=r".+"):
        signing.load_or_create_key(path)


def test_fsck_finds_every_disagreement_of_index_and_files(left: tuple[Conf, list[SegmentClosed]]) -> None:
    conf, facts = left
    assert check(conf, deep=True) == (0, [])
    flipped, cut, missing, forged, *_ = facts
    path = file_of(conf, flipped)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert check(conf) == (0, [])  # only --deep reads the footage
    code, found = check(conf, deep=True)
    assert code == 1 and [(f["kind"], f["segment"]) for f in found] == [("bytes", flipped.segment)]
    path = file_of(conf, cut)
    path.write_bytes(path.read_bytes()[:-10])
    path = file_of(conf, missing)
    path.rename(path.with_name(f"{777:010d}-{missing.start_us}-main.mp4"))
    with closing(open_index(conf.recorder_dir("r1") / INDEX_FILE)) as db:
        db.execute(
            "update segment set start_us=start_us-1000000, media_us=media_us where id=?",
            (forged.segment,),
        )
    code, found = check(conf)
    assert code == 1
    assert {(finding["kind"], finding["segment"]) for finding in found} == {
        ("size", cut.segment),
        ("missing", missing.segment),
        ("orphan", 777),
        ("signature", forged.segment),
    }


def test_fsck_says_that_it_cannot_check_what_is_not_there(tmp_path: Path) -> None:
    conf = installation(tmp_path)
    said: list[str] = []
    assert fsck(conf, name="r1", deep=False, as_json=False, say=said.append) == 2
    assert fsck(conf, name="nobody", deep=False, as_json=False, say=said.append) == 2
    assert len(said) == 2 and not conf.recorder_key("r1").exists()


def test_a_lost_index_is_made_again_from_the_files(left: tuple[Conf, list[SegmentClosed]]) -> None:
    conf, facts = left
    index = conf.recorder_dir("r1") / INDEX_FILE
    with closing(open_reader(index)) as db:
        before = {row.id: row for row in segments.every(db)}
    for path in index.parent.glob(f"{INDEX_FILE}*"):
        path.unlink()
    key = SigningKey(conf.recorder_key("r1")).pair
    trusted = public_keys(conf.recorder_key("r1"))
    with closing(open_index(index)) as db:
        stores = conf.stores(conf.recorder("r1"))
        found = rebuild(db, stores=stores, recorder="r1", key=key, trusted=trusted)
        assert found == len(before)
        after = {row.id: row for row in segments.every(db)}
    assert after.keys() == before.keys() and len(after) >= len(facts)
    for number, row in before.items():
        same = after[number]
        assert same == row  # the signature of before too: each file proves itself
    assert check(conf, deep=True) == (0, [])
