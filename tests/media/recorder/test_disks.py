"""Several disks: cameras spread over them; one that fails, fills, hangs or is gone costs a short gap."""

import errno
import re
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from tests.media.recorder.rig import Rig, installation, recorder, rig, until
from thienly.bus import subjects
from thienly.bus.client import BusRefused
from thienly.bus.messages import Gap, RecorderAlive, SegmentClosed
from thienly.bus.questions import FindFragments, FragmentList, ReadBytes
from thienly.conf import RecorderConf
from thienly.media import disks, repair, segments, store, store_health
from thienly.media.fsck import main as fsck
from thienly.media.index.segments import every
from thienly.media.index.writer import INDEX_FILE, open_reader
from thienly.media.recorder.main import Recorder
from thienly.rules.problems import Problem

DISKS = ("disk-a", "disk-b")

pytestmark = [pytest.mark.fault, pytest.mark.timeout(90)]


@asynccontextmanager
async def on_two_disks(tmp_path: Path) -> AsyncIterator[tuple[Rig, Recorder, str, str]]:
    """A recorder with two disks and a camera on each: the rig, the recorder, the camera of a and of b."""
    async with rig(tmp_path, cameras=2, stores=DISKS) as made, recorder(made) as running:
        cameras = [await made.want(0)]
        await made.recording(cameras[0])
        cameras.append(await made.want(1))
        await made.recording(cameras[1])
        by_disk = {disk_of(running, camera): camera for camera in cameras}
        assert set(by_disk) == set(DISKS), "cameras are spread over the disks"
        yield made, running, by_disk["disk-a"], by_disk["disk-b"]


def disk_of(running: Recorder, camera: str) -> str:
    return running.store._cameras[camera]


def disks_of(made: Rig, camera: str) -> list[str]:
    """Of each of the camera's segments in the index, oldest first."""
    with closing(open_reader(made.conf.recorder_dir("r1") / INDEX_FILE)) as db:
        return [row.disk for row in every(db) if row.camera == camera]


def failing(
    monkeypatch: pytest.MonkeyPatch, disk: str, error: Callable[[int, bytes], None]
) -> threading.Event:
    """While the event is set, writes to this disk do what `error` does."""
    broken = threading.Event()
    write = segments._write

    def on_write(descriptor: int, data: bytes) -> None:
        if broken.is_set() and f"/{disk}/" in str(Path(f"/proc/self/fd/{descriptor}").readlink()):
            error(descriptor, data)
        write(descriptor, data)

    def trial(self: store_health.Health) -> None:
        if broken.is_set() and disk in str(self._directory):
            raise OSError(errno.EIO, "still broken")
        try_(self)

    try_ = store_health.Health._try
    monkeypatch.setattr(segments, "_write", on_write)
    monkeypatch.setattr(store_health.Health, "_try", trial)
    return broken


async def whole(made: Rig, camera: str) -> None:
    """From the first to the last segment every second is recorded or a gap."""
    closed = made.of(SegmentClosed, camera)
    assert made.uncovered(camera, closed[0].start_us, max(fact.end_us for fact in closed)) == 0


@pytest.mark.parametrize(
    ("number", "problem"),
    [
        (errno.EROFS, Problem.STORE_FAILED),
        (errno.ENOSPC, Problem.STORE_FULL),
    ],
)
async def test_a_disk_that_does_not_take_what_is_written_loses_its_cameras_to_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, problem: Problem
) -> None:
    def refuse(descriptor: int, data: bytes) -> None:
        raise OSError(number, "no")

    async with on_two_disks(tmp_path) as (made, running, moved, neighbour):
        if number == errno.ENOSPC:
            monkeypatch.setattr(store_health, "_ENOUGH", 1 << 60)
        broken = failing(monkeypatch, "disk-a", refuse)
        broken.set()
        await until(lambda: disk_of(running, moved) == "disk-b", "moved")
        await until(lambda: any(gap.end_us for gap in made.of(Gap, moved)), "a gap that has ended")
        gaps = {gap.gap: gap for gap in made.of(Gap, moved)}
        assert [gap.reason for gap in gaps.values()] == [problem]
        assert made.of(Gap, neighbour) == []
        trouble = running.store.stores["disk-a"].trouble
        assert trouble is not None and trouble[0] is problem
        count = len(made.of(SegmentClosed, moved))
        await made.recording(moved, segments=count + 1)
        await whole(made, moved)
        # It is told in the heartbeat, and comes back when it works again.
        beats: list[RecorderAlive] = []

        async def hear(message: object) -> None:
            beats.append(RecorderAlive.decode(message.data))  # type: ignore[attr-defined]  # nats-py's

        await made.bus.subscribe(subjects.alive("r1"), hear)
        await until(lambda: bool(beats), "a heartbeat")
        told = {disk.disk: disk for disk in beats[-1].disks}
        assert told["disk-a"].problem is problem and told["disk-a"].cameras == 0
        assert told["disk-b"].problem is None and told["disk-b"].cameras == 2 and told["disk-b"].rate > 0
        monkeypatch.setattr(store_health, "_ENOUGH", 0)
        broken.clear()
        await until(lambda: running.store.stores["disk-a"].trouble is None, "back")


async def test_a_disk_that_hangs_loses_its_cameras_and_keeps_nobody_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = threading.Event()

    def hang(descriptor: int, data: bytes) -> None:
        free.wait(40)

    monkeypatch.setattr(store, "HANGS_S", 1.0)
    async with on_two_disks(tmp_path) as (made, running, moved, neighbour):
        stored = made.of(SegmentClosed, moved)[0]
        broken = failing(monkeypatch, "disk-a", hang)
        broken.set()
        try:
            await until(lambda: disk_of(running, moved) == "disk-b", "moved")
            await until(lambda: any(gap.end_us for gap in made.of(Gap, moved)), "a gap that has ended")
            gap = next(gap for gap in made.of(Gap, moved) if gap.end_us)
            assert gap.reason is Problem.STORE_FAILED and "does not answer" in gap.detail
            assert made.of(Gap, neighbour) == []
            # Who wants to read from it hears so at once; the other disk answers.
            ask = ReadBytes(segment=stored.segment, offset=0, length=10)
            with pytest.raises(BusRefused, match="does not answer"):
                await made.bus.request(subjects.archive_read("r1"), ask.encode())
            other = made.of(SegmentClosed, neighbour)[0]
            ask = ReadBytes(segment=other.segment, offset=0, length=10)
            assert len(await made.bus.request(subjects.archive_read("r1"), ask.encode())) == 10
        finally:
            broken.clear()
            free.set()
        # What it held when it hung is kept after all, and signed.
        await until(lambda: disks_of(made, moved).count("disk-a") >= 2, "closed")
        await until(lambda: running.store.stores["disk-a"].trouble is None, "back")
        count = len(made.of(SegmentClosed, moved))
        await made.recording(moved, segments=count + 1)
        await whole(made, moved)
    said: list[str] = []
    assert fsck(made.conf, name="r1", deep=True, as_json=False, say=said.append) == 0, said


async def test_playback_fsck_and_retention_look_on_every_disk(tmp_path: Path) -> None:
    async with on_two_disks(tmp_path) as (made, running, one, other):
        for camera in (one, other):
            want = FindFragments(camera=camera, from_us=made.of(SegmentClosed, camera)[0].start_us)
            found = FragmentList.decode(
                await made.bus.request(subjects.archive_find("r1"), want.encode())
            ).fragments
            ask = ReadBytes(segment=found[0].segment, offset=found[0].offset, length=found[0].bytes)
            data = await made.bus.request(subjects.archive_read("r1"), ask.encode())
            assert data[4:8] == b"moof"
        for disk, camera in zip(DISKS, (one, other), strict=True):
            pruner = running.pruners[disk]
            pruner._reserve = 1 << 60
            await made.recording(camera)
            first = made.of(SegmentClosed, camera)[0].segment
            assert await pruner.once(now_us=made.of(SegmentClosed, camera)[0].end_us) >= 1
            with closing(open_reader(made.conf.recorder_dir("r1") / INDEX_FILE)) as db:
                assert first not in {row.id for row in every(db)}
            pruner._reserve = 0
    said: list[str] = []
    assert fsck(made.conf, name="r1", deep=True, as_json=False, say=said.append) == 0, said
    # Nobody else on this machine reads footage, index or key; names are ids.
    for place in ("disk-a/r1", "disk-b/r1", "recorders/r1"):
        for path in (made.conf.data / place).rglob("*"):
            assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path
            assert re.fullmatch(
                r"[0-9a-f]{32}|[0-9-]{10}|[0-9]{10}-[0-9]+-[a-z]+\.mp4|index.*|lock", path.name
            )


async def test_a_disk_that_is_not_mounted_is_not_made_anew_below_and_its_footage_is_not_given_up(
    tmp_path: Path,
) -> None:
    async with on_two_disks(tmp_path) as (made, _, one, other):
        await made.recording(one, other)
    away = tmp_path / "disk-a" / "r1"
    away.rename(tmp_path / "elsewhere")
    conf = installation(tmp_path, stores=DISKS)
    before = disks_of(made, one)
    said: list[str] = []
    assert fsck(conf, name="r1", deep=True, as_json=False, say=said.append) == 1
    assert len(said) == 1 and "the disk is not there" in said[0]
    async with Recorder(conf, "r1") as running:
        trouble = running.store.stores["disk-a"].trouble
        assert trouble == (Problem.STORE_FAILED, "not mounted")
        assert not away.exists()
        assert disks_of(made, one) == before
        (tmp_path / "elsewhere").rename(away)
        await until(lambda: running.store.stores["disk-a"].trouble is None, "mounted again")


async def test_a_disk_that_cannot_even_be_listed_does_not_keep_the_recorder_from_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    conf = installation(tmp_path, stores=DISKS)
    files = repair.files

    def list_files(disk: str, store: Path, **options: int | None) -> list[segments.FoundFile]:
        if disk == "disk-a":
            raise OSError(errno.EIO, "broken")
        return files(disk, store, newest_days=options["newest_days"])

    monkeypatch.setattr(repair, "files", list_files)
    async with Recorder(conf, "r1") as running:
        assert running.store.stores["disk-b"].trouble is None


def test_one_directory_named_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        RecorderConf(name="r1", stores=["/mnt/a", "/mnt/a/"])


async def test_a_disk_with_more_room_gets_the_next_segments_and_no_second_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when one of the disks was replaced by an empty one: what is stored stays where it is."""
    measure = store_health.Health.measure

    def uneven(self: store_health.Health) -> None:
        measure(self)
        self.total = 1000
        self.free = 900 if "disk-b" in str(self._directory) else 110

    async with on_two_disks(tmp_path) as (made, running, moved, neighbour):
        monkeypatch.setattr(disks, "BALANCE_EVERY_S", 0.0)
        monkeypatch.setattr(store_health.Health, "measure", uneven)
        await until(lambda: disk_of(running, moved) == "disk-b", "moved to where there is room")
        count = len(made.of(SegmentClosed, moved))
        await made.recording(moved, segments=count + 2)
        assert disk_of(running, neighbour) == "disk-b"
        assert made.of(Gap) == []
        await whole(made, moved)
        assert disks_of(made, moved)[0] == "disk-a", "nothing that is stored was moved"
