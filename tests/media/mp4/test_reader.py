"""A segment file read back: whole, cut off anywhere, and lying."""

import io
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.media.camera.clip import clip
from tests.media.camera.fragmenting import Bench
from thienly.media.mp4.reader import read_segment, scan


def segment() -> tuple[bytes, Bench]:
    bench = Bench(clip())
    bench.play(100)
    bench.fragmenter.finish()
    return bytes(bench.sink.files[0]), bench


WHOLE, BENCH = segment()


def test_a_whole_segment_gives_all_its_fragments(tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "segment.mp4"
    path.write_bytes(WHOLE)
    info = read_segment(path)
    assert info.complete
    assert info.timescale == 90_000
    assert WHOLE.startswith(info.init)
    assert [WHOLE[f.offset : f.offset + f.length] for f in info.fragments] == [
        f.data for f in BENCH.sink.fragments
    ]
    assert [f.duration for f in info.fragments] == [90_000] * 4
    assert [f.frames for f in info.fragments] == [25] * 4


def test_a_segment_cut_off_anywhere_is_good_up_to_its_last_whole_fragment() -> None:
    whole = scan(io.BytesIO(WHOLE))
    ends = [len(whole.init), *(f.offset + f.length for f in whole.fragments)]
    rng = random.Random(1)  # noqa: S311 - the same cuts in every run
    cuts = {*range(0, len(whole.init) + 40), *(rng.randrange(len(WHOLE)) for _ in range(300))}
    for cut in cuts | {end + near for end in ends for near in (-1, 0, 1) if end + near <= len(WHOLE)}:
        info = scan(io.BytesIO(WHOLE[:cut]))
        good = max((end for end in ends if end <= cut), default=0)
        assert info.good_bytes == good, cut
        assert len(info.fragments) == sum(end <= cut for end in ends[1:])
        assert info.complete == (cut in ends)


def test_bytes_behind_the_last_fragment_are_not_good() -> None:
    for junk in (b"\0" * 100, b"\xff" * 100, b"\0\0\0\1mdat", WHOLE[:500]):
        info = scan(io.BytesIO(WHOLE + junk))
        assert info.good_bytes == len(WHOLE)
        assert not info.complete


def test_boxes_that_others_put_between_are_passed_over() -> None:
    info = scan(io.BytesIO(WHOLE + b"\0\0\0\x10free12345678"))
    assert info.complete
    assert len(info.fragments) == 4


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_a_damaged_file_is_read_without_an_error(changes: list[tuple[int, int]]) -> None:
    data = bytearray(WHOLE)
    for position, value in changes:
        data[position] = value
    info = scan(io.BytesIO(bytes(data)))
    assert 0 <= info.good_bytes <= len(data)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 1600), st.binary(max_size=12))
def test_a_damaged_head_is_read_without_an_error(position: int, value: bytes) -> None:
    data = WHOLE[:position] + value + WHOLE[position + len(value) :]
    info = scan(io.BytesIO(data))
    assert 0 <= info.good_bytes <= len(data)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_file_with_nothing_good(data: bytes) -> None:
    assert scan(io.BytesIO(data)).fragments == ()


@pytest.mark.parametrize("size", [0, 1, 8])
def test_an_empty_file_is_not_complete(size: int) -> None:
    assert not scan(io.BytesIO(bytes(size))).complete
