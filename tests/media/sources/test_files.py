"""Files in the place of a camera: only from the one folder, at the pace of life, again and again."""

import asyncio
import os
import time
from itertools import pairwise
from pathlib import Path

import pytest

from tests.media.sources.servers import FPS, bytes_of, sound_alone
from tests.media.sources.test_other_schemes import Both, record
from thienly.media.frames import SourceError
from thienly.media.probe import probe
from thienly.media.sources.origin import Origin
from thienly.rules.problems import Problem

SECONDS = 1


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder that the installation names, beside one that it does not."""
    files = tmp_path / "files"
    (files / "cổng").mkdir(parents=True)
    (files / "cổng" / "a.mp4").write_bytes(bytes_of("mp4", SECONDS, "h264-b", "aac"))
    (files / "b.mkv").write_bytes(bytes_of("matroska", SECONDS, "h265", "pcma"))
    (files / "silent.avi").write_bytes(bytes_of("avi", SECONDS, "h264", "mp3"))
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "c.mkv").write_bytes(bytes_of("matroska", SECONDS, "h265", "pcma"))
    return files


@pytest.mark.parametrize(
    ("name", "video", "sound"), [("c%E1%BB%95ng/a.mp4", "h264", "aac"), ("b.mkv", "h265", "pcma")]
)
async def test_a_file_is_played_at_the_pace_of_life_and_begins_again_without_a_seam(
    folder: Path, name: str, video: str, sound: str
) -> None:
    frames, turns, began = Both(), 2.5, time.monotonic()
    origin = Origin(f"file:///{name}", files=folder)
    await record(origin, frames, lambda: len(frames.video) >= turns * SECONDS * FPS)
    assert time.monotonic() - began > (turns - 0.5) * SECONDS
    assert len({data for _, key, data in frames.video if key}) <= SECONDS, "the same pictures come again"
    assert len(frames.segments.files) == 1, "no cut where it begins again"
    shown = sorted(ts for ts, _, _ in frames.video)[:-4]
    assert [b - a for a, b in pairwise(shown)] == pytest.approx([90_000 / FPS] * (len(shown) - 1), abs=6_000)
    heard = [ts for ts, _, _ in frames.audio]
    assert heard == sorted(heard)
    await asyncio.to_thread(frames.whole, video, sound)


async def test_what_a_file_holds_is_told_by_trying_it(folder: Path) -> None:
    found = await probe(Origin("file:///silent.avi", files=folder), timeout_s=30)
    assert (found.ok, found.codec, found.audio, found.audio_recordable) == (True, "h264", "MP3", False)


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("missing.mp4", Problem.NOT_FOUND),
        ("missing/a.mp4", Problem.NOT_FOUND),
        ("b.mkv/a.mp4", Problem.ADDRESS_REFUSED),
        ("c%E1%BB%95ng", Problem.ADDRESS_REFUSED),  # a folder
        ("link.mkv", Problem.ADDRESS_REFUSED),
        ("out/c.mkv", Problem.ADDRESS_REFUSED),
        ("inside.mkv", Problem.ADDRESS_REFUSED),
        ("pipe", Problem.ADDRESS_REFUSED),
        ("../other/c.mkv", Problem.BAD_URL),
        ("%2e%2e/other/c.mkv", Problem.BAD_URL),
        ("/etc/passwd", Problem.BAD_URL),
        ("text.mp4", Problem.PROTOCOL),
        ("list.mp4", Problem.PROTOCOL),
        ("sound.mkv", Problem.NO_VIDEO),
    ],
)
async def test_nothing_else_is_opened_and_the_reason_is_told(
    folder: Path, path: str, problem: Problem
) -> None:
    other = folder.parent / "other"
    (folder / "link.mkv").symlink_to(other / "c.mkv")
    (folder / "out").symlink_to(other)
    (folder / "inside.mkv").symlink_to("b.mkv")
    os.mkfifo(folder / "pipe")
    (folder / "text.mp4").write_text("đây không phải là phim\n" * 100)
    (folder / "list.mp4").write_text(f"ffconcat version 1.0\nfile '{other / 'c.mkv'}'\n")
    (folder / "sound.mkv").write_bytes(sound_alone())
    with pytest.raises(SourceError) as caught:
        await record(Origin(f"file:///{path}", files=folder), Both(), lambda: False)
    assert caught.value.problem is problem


async def test_without_a_folder_in_the_configuration_no_file_is_opened(folder: Path) -> None:
    with pytest.raises(SourceError) as caught:
        await record(Origin(f"file://{folder}/b.mkv"), Both(), lambda: False)
    assert caught.value.problem is Problem.ADDRESS_REFUSED
    assert "camera_files" in caught.value.detail
