"""The pruner deletes what is due, tells it, and can be killed at any moment."""

from contextlib import closing
from pathlib import Path

import pytest

from tests.media.recorder.rig import Rig, recorder, rig, until
from thienly.bus import subjects
from thienly.bus.messages import HoldWish, SegmentClosed, SegmentDeleted
from thienly.media.clock import wall_us
from thienly.media.index import keeping, segments
from thienly.media.index.writer import INDEX_FILE, open_index, open_reader
from thienly.media.prune import Pruner
from thienly.media.recorder.main import Recorder
from thienly.rules.retention import DAY_US


def pruner(running: Recorder, *, reserve: int) -> Pruner:
    return Pruner(
        path=running.conf.recorder_dir("r1") / INDEX_FILE,
        index=running.index,
        store=running.store.stores["footage"],
        recorder="r1",
        facts=running.outbox.nudge,
        reserve=reserve,
    )


def stored(running: Recorder) -> set[int]:
    return {int(path.name[:10]) for path in running.conf.store(running.own).glob("*/*/*.mp4")}


async def test_what_is_past_its_ceiling_goes_then_the_oldest_for_room_and_both_are_told(
    tmp_path: Path,
) -> None:
    async with rig(tmp_path) as made, recorder(made) as running:
        camera = await made.want(0, keep_days=3)
        await made.recording(camera, segments=2)
        assert await pruner(running, reserve=0).once(now_us=wall_us() + 2 * DAY_US) == 0
        aged = await pruner(running, reserve=0).once(now_us=wall_us() + 4 * DAY_US)
        assert aged >= 2
        await made.recording(camera, segments=aged + 2)
        crowded = await pruner(running, reserve=1 << 60).once(now_us=wall_us())
        assert crowded >= 2
        await until(lambda: len(made.of(SegmentDeleted)) == aged + crowded, "facts")
        deleted = made.of(SegmentDeleted)
        assert [fact.reason for fact in deleted] == ["ceiling"] * aged + ["space"] * crowded
        closed = made.of(SegmentClosed)
        assert [fact.segment for fact in deleted] == [fact.segment for fact in closed[: aged + crowded]]
        # Recording was not disturbed, and no number is used twice.
        await made.recording(camera, segments=aged + crowded + 1)
        assert len({fact.segment for fact in made.of(SegmentClosed)}) == len(made.of(SegmentClosed))
        assert not {fact.segment for fact in deleted} & stored(running)


async def test_a_deletion_that_was_interrupted_is_finished_and_told_at_the_next_round(tmp_path: Path) -> None:
    async with rig(tmp_path) as made:
        async with recorder(made):
            camera = await made.want(0)
            await made.recording(camera)
        fact = made.of(SegmentClosed, camera)[0]
        with closing(open_index(made.conf.recorder_dir("r1") / INDEX_FILE)) as db:
            segments.tombstone(db, fact.segment, wall_us(), "ceiling")  # … and the process died
        async with recorder(made) as running:
            await until(lambda: bool(made.of(SegmentDeleted)), "told")
            assert made.of(SegmentDeleted)[0].segment == fact.segment not in stored(running)
            with closing(open_reader(made.conf.recorder_dir("r1") / INDEX_FILE)) as db:
                assert segments.get(db, fact.segment) is None


async def hold(made: Rig, camera: str, from_us: int, until_us: int, *, released: bool = False) -> None:
    """The steward's part."""
    wish = HoldWish(hold="a" * 32, camera=camera, from_us=from_us, until_us=until_us, released=released)
    bucket = await made.bus.bucket(subjects.HOLDS_BUCKET)
    await bucket.put(wish.hold, wish.encode())


def held(running: Recorder) -> set[str]:
    with closing(open_reader(running.conf.recorder_dir("r1") / INDEX_FILE)) as db:
        return set(keeping.holds(db))


async def test_held_footage_outlives_its_ceiling_and_a_full_disk_until_it_is_released(tmp_path: Path) -> None:
    async with rig(tmp_path) as made:
        async with recorder(made) as running:
            camera = await made.want(0, keep_days=3)
            await made.recording(camera, segments=3)
            _, kept, *_ = made.of(SegmentClosed, camera)
            await hold(made, camera, kept.start_us + 1, kept.end_us - 1)
            await until(lambda: bool(held(running)), "held")
            # The bucket is emptied, as by a bus that lost its disk: silence releases nothing.
            await (await made.bus.bucket(subjects.HOLDS_BUCKET)).purge("a" * 32)
            later = wall_us() + 4 * DAY_US
            while await pruner(running, reserve=1 << 60).once(now_us=later):
                pass
            assert kept.segment in stored(running)
            await until(lambda: len(made.of(SegmentDeleted)) >= 2, "the others went")
            assert kept.segment not in {fact.segment for fact in made.of(SegmentDeleted)}
        # The hold is in the recorder's own index: no bus is needed for it.
        async with recorder(made) as running:
            assert held(running)
            while await pruner(running, reserve=1 << 60).once(now_us=later):
                pass
            assert kept.segment in stored(running)
            await hold(made, camera, kept.start_us + 1, kept.end_us - 1, released=True)
            await until(lambda: not held(running), "released")
            await pruner(running, reserve=0).once(now_us=later)
            assert kept.segment not in stored(running)


async def test_a_disk_that_is_full_breaks_the_promise_last_and_says_so(tmp_path: Path) -> None:
    async with rig(tmp_path, cameras=2) as made, recorder(made) as running:
        promised = await made.want(0, floor_days=7, target_days=7, keep_days=30)
        free = await made.want(1, keep_days=30)
        await made.recording(promised, free, segments=2)
        crowded = pruner(running, reserve=1 << 60)
        assert await crowded.once(now_us=wall_us()) >= 4
        await until(lambda: len(made.of(SegmentDeleted)) >= 4, "facts")
        assert {fact.camera for fact in made.of(SegmentDeleted) if fact.reason == "below_floor"} == {promised}
        assert {fact.camera for fact in made.of(SegmentDeleted) if fact.reason == "space"} == {free}
        # Until what is gone would have been a week old, the promise has a hole.
        await crowded.once(now_us=wall_us())
        last = max(fact.end_us for fact in made.of(SegmentDeleted, promised))
        assert crowded.broken_until_us >= last + 7 * DAY_US
        # By the rate of now it will not hold: said days before (here: at once).
        crowded._foresee({promised: 5e6, free: 1e6}, wall_us())
        assert crowded.floor_days == 0
        # Recording goes on all the same.
        count = len(made.of(SegmentClosed, promised))
        await made.recording(promised, segments=count + 1)


async def test_a_disk_that_lets_nothing_go_does_not_cost_the_index_one_segment_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with rig(tmp_path) as made, recorder(made) as running:
        camera = await made.want(0)
        await made.recording(camera, segments=2)
        first = made.of(SegmentClosed, camera)[0]
        path = next(running.conf.store(running.own).glob(f"*/*/{first.segment:010d}-*.mp4"))
        unlink = Path.unlink

        def refuse(self: Path, missing_ok: bool = False) -> None:
            if self == path:
                raise PermissionError("no")
            unlink(self, missing_ok=missing_ok)

        monkeypatch.setattr(Path, "unlink", refuse)
        crowded = pruner(running, reserve=1 << 60)
        assert await crowded.once(now_us=wall_us()) >= 2
        await made.recording(camera, segments=len(made.of(SegmentClosed, camera)) + 2)
        assert await crowded.once(now_us=wall_us()) == 0
        monkeypatch.setattr(Path, "unlink", unlink)
        assert await crowded.once(now_us=wall_us()) >= 2
        await until(
            lambda: first.segment in {fact.segment for fact in made.of(SegmentDeleted)}, "told in the end"
        )
