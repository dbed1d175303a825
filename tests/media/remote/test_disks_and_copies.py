"""Several disks and copies in a store together: each disk lets go what it needs, holds keep copies too, and
what comes back, or is looked at, is what was signed."""

from functools import partial
from pathlib import Path

from tests.media.recorder.rig import Rig, eventually, recorder, rig, until
from tests.media.remote.scene import ask, configure, on_disk, store_block
from tests.media.remote.test_archive_to_s3 import pruner, whole
from thienly.bus import subjects
from thienly.bus.messages import HoldWish, SegmentClosed, SegmentCopied, SegmentDeleted, SegmentMoved
from thienly.bus.restoring import RestoreProgress, RestoreRange
from thienly.media.clock import wall_us
from thienly.media.fsck import main as fsck
from thienly.media.index import keeping, segments
from thienly.media.index.segments import SegmentRow
from thienly.media.keys import public_keys, rotate
from thienly.media.recorder.main import Recorder
from thienly.media.verify import verify_file
from thienly.rules.retention import DAY_US

ARCHIVE = store_block("", "archive", "", kind="directory", directory="mounted", encrypt=False)


def objects(made: Rig) -> set[int]:
    """Segments in the store, asked without the product."""
    return {int(path.name.split("-")[1]) for path in (made.conf.data / "mounted").glob("*/*.mp4")}


def row(made: Rig, segment: int) -> SegmentRow:
    found = ask(made.conf, partial(segments.get, segment=segment))
    assert found is not None
    return found


async def copied(made: Rig, camera: str, count: int) -> list[SegmentClosed]:
    """The first segments of a camera, once a verified copy of each is there."""
    await made.recording(camera, segments=count)
    wanted = made.of(SegmentClosed, camera)[:count]
    ids = {fact.segment for fact in wanted}
    await until(lambda: ids <= {fact.segment for fact in made.of(SegmentCopied)}, "copied", timeout_s=30)
    return wanted


def moved(made: Rig) -> set[int]:
    return {fact.segment for fact in made.of(SegmentMoved) if not fact.here}


def deleted(made: Rig) -> set[int]:
    return {fact.segment for fact in made.of(SegmentDeleted)}


async def hold(made: Rig, segment: SegmentClosed, *, released: bool = False) -> None:
    """The steward's part."""
    wish = HoldWish(
        hold="a" * 32,
        camera=segment.camera,
        from_us=segment.start_us + 1,
        until_us=segment.end_us - 1,
        released=released,
    )
    await (await made.bus.bucket(subjects.HOLDS_BUCKET)).put(wish.hold, wish.encode())
    await until(lambda: bool(ask(made.conf, keeping.holds)) is not released, "known")


async def bring_back(made: Rig, segment: SegmentClosed) -> None:
    want = RestoreRange(camera=segment.camera, from_us=segment.start_us, until_us=segment.end_us)

    async def back() -> RestoreProgress | None:
        answer = await made.bus.request(subjects.archive_restore("r1"), want.encode())
        progress = RestoreProgress.decode(answer)
        return progress if progress.here and not progress.waiting else None

    await eventually(back, "restored")


async def test_the_disk_that_needs_room_lets_go_its_own_and_what_comes_back_verifies_after_a_rotation(
    tmp_path: Path,
) -> None:
    async with rig(tmp_path, cameras=2) as made:
        made.conf = configure(
            made.conf, ARCHIVE, recorder='archive = "archive"\nstores = ["disk-a", "disk-b"]'
        )
        async with recorder(made) as running:
            one = await made.want(0)
            first, *_ = await copied(made, one, 1)
            other = await made.want(1)
            await copied(made, other, 1)
            disk, neighbour = row(made, first.segment).disk, running.store._cameras[other]
            assert {disk, neighbour} == {"disk-a", "disk-b"}
            before = on_disk(running)[first.segment].read_bytes()
            await pruner(running, reserve=1 << 60, disk=disk).once(now_us=wall_us())
            await until(lambda: first.segment in moved(made), "moved")
            left = row(made, first.segment)
            assert (left.disk, first.segment in on_disk(running)) == ("", False)
            # The neighbour was not in need.
            theirs = {fact.segment for fact in made.of(SegmentClosed, other)}
            assert not theirs & (moved(made) | deleted(made)) and theirs <= set(on_disk(running))
            assert before.startswith(await whole(made, one, first))

            rotate(made.conf.recorder_key("r1"), now_us=wall_us())
            await bring_back(made, first)
            back = on_disk(running)[first.segment]
            assert back.read_bytes() == before and row(made, first.segment).disk in running.store.stores
            assert verify_file(back, public_keys(made.conf.recorder_key("r1"))).faults == ()
        said: list[str] = []
        assert fsck(made.conf, name="r1", deep=True, as_json=False, say=said.append) == 0, said


async def test_a_hold_keeps_the_copy_of_what_has_left_the_disk_until_it_is_released(tmp_path: Path) -> None:
    async with rig(tmp_path) as made:
        made.conf = configure(made.conf, ARCHIVE, recorder='archive = "archive"')
        async with recorder(made) as running:
            camera = await made.want(0, floor_days=3, target_days=3, keep_days=3)
            aged, kept, *_ = await copied(made, camera, 2)
            # Far too little disk for what is promised: no alarm while the archive takes it.
            small = pruner(running, reserve=1 << 60)
            await small._look_ahead({camera: 5e6})
            assert small.floor_days is None
            small._foresee({camera: 5e6}, wall_us())
            assert small.floor_days == 0
            await hold(made, kept)
            await pruner(running, reserve=1 << 60).once(now_us=wall_us())
            await until(lambda: {aged.segment, kept.segment} <= moved(made), "both left the disk")
            later = wall_us() + 4 * DAY_US
            await elsewhere(running, later)
            await until(lambda: aged.segment in deleted(made), "past its ceiling")
            assert aged.segment not in objects(made) and kept.segment in objects(made)
            assert await whole(made, camera, kept)
            await hold(made, kept, released=True)
            await elsewhere(running, later)
            await until(lambda: kept.segment in deleted(made), "released")
            assert kept.segment not in objects(made)
            reasons = {fact.segment: fact.reason for fact in made.of(SegmentDeleted)}
            assert reasons[aged.segment] == reasons[kept.segment] == "ceiling"


async def elsewhere(running: Recorder, now_us: int) -> None:
    """What has left the disks is pruned."""
    await pruner(running, reserve=0, disk="").once(now_us=now_us)


async def test_a_hold_that_comes_before_the_copies_are_gone_takes_the_deletion_back(tmp_path: Path) -> None:
    async with rig(tmp_path) as made:
        made.conf = configure(made.conf, ARCHIVE, recorder='archive = "archive"')
        async with recorder(made) as running:
            camera = await made.want(0)
            first, *_ = await copied(made, camera, 1)
            # Decided while the store was away: the row waits for its copies to go.
            await running.index.run(lambda db: segments.tombstone(db, first.segment, wall_us(), "ceiling"))
            await hold(made, first)
            await pruner(running, reserve=0).once(now_us=wall_us())
            await until(lambda: first.segment in moved(made), "told")
            assert first.segment not in on_disk(running) and first.segment in objects(made)
            assert row(made, first.segment).deleted_us is None and first.segment not in deleted(made)
            assert await whole(made, camera, first)


async def test_a_file_that_is_lost_or_cut_is_replaced_by_its_copy_not_by_a_gap(tmp_path: Path) -> None:
    async with rig(tmp_path) as made:
        made.conf = configure(made.conf, ARCHIVE, recorder='archive = "archive"')
        async with recorder(made) as running:
            camera = await made.want(0)
            lost, cut, *_ = await copied(made, camera, 2)
            files = on_disk(running)
        files[lost.segment].unlink()
        good = files[cut.segment].read_bytes()
        files[cut.segment].write_bytes(good[: len(good) // 2])
        # A start does not cut what is whole elsewhere, and who looks does not notice.
        async with recorder(made) as running:
            await until(lambda: running._session is not None, "on the bus")
            assert good.startswith(await whole(made, camera, cut))
            assert await whole(made, camera, lost)
        said: list[str] = []
        arguments = {"name": "r1", "deep": False, "as_json": False, "say": said.append}
        assert fsck(made.conf, **arguments, repair=True, apply=True) == 0, said  # type: ignore[arg-type]
        assert sum("a copy in an object store takes its place" in line for line in said) == 2, said
        assert (row(made, lost.segment).disk, row(made, cut.segment).disk) == ("", "")
        assert fsck(made.conf, **arguments) == 0, said  # type: ignore[arg-type]
        async with recorder(made) as running:
            await until(lambda: {lost.segment, cut.segment} <= moved(made), "told")
            await bring_back(made, cut)
            assert on_disk(running)[cut.segment].read_bytes() == good
            assert not {lost.segment, cut.segment} & deleted(made)


async def test_a_disk_that_is_not_mounted_keeps_no_other_from_being_copied_and_is_read_from_its_copies(
    tmp_path: Path,
) -> None:
    disks = 'stores = ["disk-a", "disk-b"]'
    async with rig(tmp_path, cameras=2) as made:
        made.conf = configure(made.conf, recorder=disks)
        async with recorder(made) as running:
            one = await made.want(0)
            await made.recording(one)
            other = await made.want(1)
            await made.recording(other)
            (first, *_), (second, *_) = made.of(SegmentClosed, one), made.of(SegmentClosed, other)
            place = running.store.directories[row(made, first.segment).disk]
        made.conf = configure(made.conf, ARCHIVE, recorder=f'archive = "archive"\n{disks}')
        place.rename(tmp_path / "pulled")
        async with recorder(made):
            await until(lambda: second.segment in objects(made), "the neighbour's is copied", timeout_s=30)
            states = dict(ask(made.conf, lambda db: db.execute("select segment, state from copy").fetchall()))
            assert states[first.segment] == "waiting" and "damaged" not in states.values()
            (tmp_path / "pulled").rename(place)
            ids = {fact.segment for fact in (first, second)}
            await until(
                lambda: ids <= {fact.segment for fact in made.of(SegmentCopied)}, "both copied", timeout_s=30
            )
            before = await whole(made, one, first)
            place.rename(tmp_path / "pulled")
            assert before and await whole(made, one, first) == before
