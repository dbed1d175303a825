"""Closed segments go to the archive by themselves, leave the disk only when a verified copy exists, are
played from wherever they lie, and come back whole."""

from functools import partial
from hashlib import sha256
from pathlib import Path

from tests.media.recorder.rig import Rig, eventually, recorder, until
from tests.media.remote.scene import (
    ask,
    bucket,
    configure,
    count,
    installation,
    objects,
    on_disk,
    store_block,
)
from tests.seaweed import S3
from thienly.bus import subjects
from thienly.bus.messages import SegmentClosed, SegmentCopied, SegmentDeleted, SegmentMoved
from thienly.bus.questions import FindFragments, FragmentList, ReadBytes
from thienly.bus.restoring import RestoreProgress, RestoreRange
from thienly.media.clock import wall_us
from thienly.media.index import copies
from thienly.media.index.writer import INDEX_FILE
from thienly.media.prune import Pruner
from thienly.media.recorder.main import Recorder
from thienly.rules.retention import DAY_US


def pruner(running: Recorder, *, reserve: int, disk: str = "footage") -> Pruner:
    """Of a disk; '': of what has left the disks."""
    return Pruner(
        path=running.conf.recorder_dir("r1") / INDEX_FILE,
        index=running.index,
        store=running.store.stores[disk] if disk else None,
        recorder="r1",
        facts=running.outbox.nudge,
        reserve=reserve,
        remote=running.remote,
    )


async def whole(made: Rig, camera: str, segment: SegmentClosed) -> bytes:
    """The segment as a player gets it: found by time, read by id, fragment by fragment."""
    want = FindFragments(camera=camera, from_us=segment.start_us, until_us=segment.end_us, limit=500)
    found = FragmentList.decode(await made.bus.request(subjects.archive_find("r1"), want.encode()))
    refs = [ref for ref in found.fragments if ref.segment == segment.segment]
    spans = [(0, refs[0].init_bytes), *((ref.offset, ref.bytes) for ref in refs)]
    parts = []
    for offset, length in spans:
        asked = ReadBytes(segment=segment.segment, offset=offset, length=length)
        parts.append(await made.bus.request(subjects.archive_read("r1"), asked.encode()))
    return b"".join(parts)


async def test_a_recording_goes_to_the_archive_leaves_the_disk_is_played_from_there_and_comes_back(
    tmp_path: Path, s3: S3
) -> None:
    name = bucket()
    block = store_block(s3.endpoint, "archive", name)
    async with (
        installation(tmp_path, block, recorder='archive = "archive"\nlocal_days = 2') as made,
        recorder(made) as running,
    ):
        camera = await made.want(0, keep_days=30)
        await made.recording(camera, segments=2)
        await until(lambda: len(made.of(SegmentCopied, camera)) >= 2, "copied")
        first = made.of(SegmentClosed, camera)[0]
        file = on_disk(running)[first.segment]
        before = file.read_bytes()
        there = objects(s3, name)
        key = next(key for key in there if f"-{first.segment:010d}-" in key)
        # The object's name tells ids only; what is encrypted shows nothing of the footage.
        assert key.startswith(f"{camera}/") and "r1" not in key.split("/")[1].split("-")[0]
        assert before[:64] not in there[key] and b"moof" not in there[key]
        # Not old enough: nothing leaves.
        await pruner(running, reserve=0).once(now_us=wall_us())
        assert file.exists() and not made.of(SegmentMoved)
        # After `local_days` it leaves the disk, and is not deleted.
        await pruner(running, reserve=0).once(now_us=wall_us() + 3 * DAY_US)
        await until(lambda: any(m.segment == first.segment for m in made.of(SegmentMoved)), "moved")
        assert not file.exists() and not made.of(SegmentDeleted)
        # What is signed stands behind the footage.
        footage = await whole(made, camera, first)
        assert before.startswith(footage) and len(footage) > len(before) // 2
        fetched = running.remote.reader.fetched
        assert await whole(made, camera, first) == footage
        assert running.remote.reader.fetched == fetched  # the second time from the cache
        # Restored on demand, byte for byte, and not moved out again at once.
        want = RestoreRange(camera=camera, from_us=first.start_us, until_us=first.end_us)

        async def back() -> RestoreProgress | None:
            answer = await made.bus.request(subjects.archive_restore("r1"), want.encode())
            progress = RestoreProgress.decode(answer)
            return progress if progress.here and not progress.waiting else None

        await eventually(back, "restored")
        assert file.read_bytes() == before and file.stat().st_mode & 0o777 == 0o600
        await pruner(running, reserve=0).once(now_us=wall_us() + 3 * DAY_US)
        assert file.exists()


async def test_a_full_disk_moves_before_it_deletes_and_the_ceiling_deletes_from_the_archive_too(
    tmp_path: Path, s3: S3
) -> None:
    name = bucket()
    block = store_block(s3.endpoint, "archive", name)
    async with (
        installation(tmp_path, block, recorder='archive = "archive"') as made,
        recorder(made) as running,
    ):
        camera = await made.want(0, keep_days=10)
        await made.recording(camera, segments=2)
        await until(lambda: len(made.of(SegmentCopied, camera)) >= 2, "copied")
        copied = {fact.segment for fact in made.of(SegmentCopied, camera)}
        await pruner(running, reserve=1 << 60).once(now_us=wall_us())
        await until(lambda: copied <= {fact.segment for fact in made.of(SegmentMoved)}, "moved")
        assert not copied & {fact.segment for fact in made.of(SegmentDeleted)}
        assert all(any(f"-{one:010d}-" in key for key in objects(s3, name)) for one in copied)
        await pruner(running, reserve=0, disk="").once(now_us=wall_us() + 11 * DAY_US)
        await until(lambda: copied <= {fact.segment for fact in made.of(SegmentDeleted)}, "told")
        assert not any(f"-{one:010d}-" in key for one in copied for key in objects(s3, name))
        assert not any(ask(made.conf, partial(copies.of_segment, segment=one)) for one in copied)


async def test_what_waits_is_copied_after_a_restart_and_a_crash_between(tmp_path: Path, s3: S3) -> None:
    name = bucket()
    block = store_block(s3.endpoint, "archive", name)
    async with installation(tmp_path, recorder="") as made:
        async with recorder(made):  # no store yet
            camera = await made.want(0)
            await made.recording(camera, segments=2)
        made.conf = configure(made.conf, block, recorder='archive = "archive"')
        async with recorder(made) as running:
            closed = {fact.segment for fact in made.of(SegmentClosed, camera)}
            await until(lambda: closed <= {fact.segment for fact in made.of(SegmentCopied)}, "copied")
            # An upload that was cut off by a crash: the row says `sending`.
            await running.index.run(
                lambda db: (
                    db.execute(
                        "update copy set state = 'sending', object = null, bytes = null, sha256 = null,"
                        " etag = null, key_id = null where segment = ?",
                        (min(closed),),
                    )
                    and None
                )
            )
        async with recorder(made):
            await until(lambda: count(made.conf, "sending") == 0, "copied again")
        stored = {key: sha256(data).digest() for key, data in objects(s3, name).items()}
        good = ask(
            made.conf, lambda db: dict(db.execute("select object, sha256 from copy where object not null"))
        )
        assert good == {key: stored[key] for key in good} and len(good) >= 2
