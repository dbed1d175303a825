"""The pruner deletes what is due, tells it, and can be killed at any moment."""

from contextlib import closing
from pathlib import Path

from tests.media.recorder.rig import recorder, rig, until
from thienly.bus.messages import SegmentClosed, SegmentDeleted
from thienly.media.clock import wall_us
from thienly.media.index import segments
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
