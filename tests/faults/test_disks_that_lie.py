"""A disk that says it has written and has not: what is not there is told, what is there is kept."""

import errno
import os
from pathlib import Path

import pytest

from tests.media.recorder.rig import recorder, rig, until
from thienly.bus.messages import Gap, SegmentClosed
from thienly.media import segments
from thienly.media.fsck import main as fsck
from thienly.rules.problems import Problem

pytestmark = [pytest.mark.fault, pytest.mark.timeout(90)]


async def test_a_disk_that_lost_what_it_said_was_written_is_found_out_and_the_seconds_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with rig(tmp_path, cameras=2) as made:
        async with recorder(made):
            lied, neighbour = [await made.want(number) for number in range(2)]
            await made.recording(lied, neighbour)
            sync = segments._sync
            lies = [1]

            def lose(descriptor: int) -> None:
                """Says yes, and has zeros where the end of the footage was."""
                if lies and lied in str(Path(f"/proc/self/fd/{descriptor}").readlink()):
                    lies.pop()
                    size = os.fstat(descriptor).st_size
                    os.pwrite(descriptor, bytes(size // 3), size - size // 3)
                sync(descriptor)

            monkeypatch.setattr(segments, "_sync", lose)
            await until(lambda: bool(made.of(Gap, lied)), "a gap")
            (gap,) = made.of(Gap, lied)
            assert gap.reason is Problem.STORE_FAILED and gap.end_us is not None
            await until(
                lambda: any(f.end_reason == "store_failed" for f in made.of(SegmentClosed, lied)), "salvaged"
            )
            (salvaged,) = [f for f in made.of(SegmentClosed, lied) if f.end_reason == "store_failed"]
            assert salvaged.repaired and salvaged.end_us == gap.start_us
            count = len(made.of(SegmentClosed, lied))
            await made.recording(lied, segments=count + 1)
            closed = made.of(SegmentClosed, lied)
            # Not a second is both promised and gone: what is not in a segment is in the gap.
            assert made.uncovered(lied, closed[0].start_us, closed[-1].end_us) == 0
            assert made.of(Gap, neighbour) == []
        said: list[str] = []
        assert fsck(made.conf, name="r1", deep=True, as_json=False, say=said.append) == 0, said


async def test_a_sync_that_fails_costs_nothing_that_can_be_read_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with rig(tmp_path) as made:
        async with recorder(made) as running:
            camera = await made.want(0)
            await made.recording(camera)
            failures = [1]
            sync = segments._sync

            def fail(descriptor: int) -> None:
                if failures:
                    failures.pop()
                    raise OSError(errno.EIO, "fsync")
                sync(descriptor)

            monkeypatch.setattr(segments, "_sync", fail)
            await until(
                lambda: any(f.end_reason == "store_failed" for f in made.of(SegmentClosed, camera)), "told"
            )
            await until(lambda: running.store.stores["footage"].trouble is None, "tried and found good")
            count = len(made.of(SegmentClosed, camera))
            await made.recording(camera, segments=count + 1)
            closed = made.of(SegmentClosed, camera)
            assert made.uncovered(camera, closed[0].start_us, closed[-1].end_us) == 0
            assert made.of(Gap, camera) == []
        said: list[str] = []
        assert fsck(made.conf, name="r1", deep=True, as_json=False, say=said.append) == 0, said


def test_a_disk_that_takes_a_part_is_given_the_rest_and_one_that_takes_nothing_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, bytes(data)[:7]))
    descriptor = os.open(tmp_path / "file", os.O_WRONLY | os.O_CREAT, 0o600)
    segments._write(descriptor, b"a" * 100)
    assert (tmp_path / "file").read_bytes() == b"a" * 100
    monkeypatch.setattr(os, "write", lambda descriptor, data: 0)
    with pytest.raises(OSError, match="takes nothing"):
        segments._write(descriptor, b"a")
    os.close(descriptor)
