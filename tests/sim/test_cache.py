"""A clip is rendered once, whoever asks, and a damaged file is no harm."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from thienly.sim import cache
from thienly.sim.cache import ClipCache, video_key
from thienly.sim.spec import PICTURE_FAULTS, CameraSpec

Small = Callable[..., CameraSpec]


def test_a_clip_is_rendered_once_and_found_again(small: Small, tmp_path: Path) -> None:
    first = ClipCache(tmp_path).video(small())
    written = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    second = ClipCache(tmp_path).video(small("/elsewhere", password="khác"))
    assert second == first
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == written


def test_what_changes_the_picture_changes_the_key(small: Small) -> None:
    changes: list[dict[str, Any]] = [
        {},
        {"name": "Khác"},
        {"scene": "quay"},
        {"variant": 1},
        {"bitrate": 500_000},
        {"width": 322},
    ]
    keys = {video_key(small(**change)) for change in changes}
    keys |= {video_key(small(), fault) for fault in PICTURE_FAULTS}
    assert len(keys) == len(changes) + len(PICTURE_FAULTS)
    assert video_key(small("/a", username="x", auth="basic")) == video_key(small())


def test_a_damaged_file_is_rendered_anew(small: Small, tmp_path: Path) -> None:
    clip = ClipCache(tmp_path).video(small())
    path = tmp_path / f"{video_key(small())}.video"
    os.truncate(path, path.stat().st_size // 2)
    assert ClipCache(tmp_path).video(small()) == clip
    assert ClipCache(tmp_path).video(small()) == clip


def test_two_who_render_at_once_do_no_harm(small: Small, tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        clips = list(pool.map(lambda _: ClipCache(tmp_path).video(small()), range(2)))
    assert clips[0] == clips[1]
    assert [path.suffix for path in tmp_path.iterdir()] == [".video"]


def test_progress_is_told_and_only_for_what_is_missing(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "_WORTH_A_PROCESS", 0)  # take the way of many large clips
    told: list[tuple[int, int]] = []
    specs = [small(), small("/twin"), small("/quay", scene="quay")]
    ClipCache(tmp_path).prepare(specs, lambda done, of: told.append((done, of)))
    assert told == [(1, 2), (2, 2)]
    ClipCache(tmp_path).prepare(specs, lambda done, of: told.append((done, of)))
    assert told == [(1, 2), (2, 2)]


def test_the_picture_keeps_to_its_bit_rate(small: Small, clips: Path) -> None:
    clip = ClipCache(clips).video(small(loop_s=4.0, gop_s=2.0))
    assert 0.6 < clip.bitrate / 400_000 < 1.3
