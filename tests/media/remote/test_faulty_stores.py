"""A store that is away, full, breaks off or lies costs a backlog and a sentence, never a frame."""

import asyncio
from pathlib import Path

import pytest
import structlog

from tests.media.recorder.rig import Rig, recorder, until
from tests.media.remote.faulty import Fault, faulty
from tests.media.remote.scene import (
    ask,
    bring_back,
    bucket,
    configure,
    count,
    forget,
    installation,
    objects,
    on_disk,
    store_block,
)
from tests.media.remote.test_archive_to_s3 import pruner
from tests.seaweed import S3, SECRET
from thienly import logs
from thienly.bus import subjects
from thienly.bus.client import BusRefused
from thienly.bus.messages import CopyLost, Gap, SegmentClosed, SegmentCopied, SegmentDeleted, SegmentMoved
from thienly.bus.questions import ReadBytes
from thienly.media.clock import wall_us
from thienly.media.index import copies
from thienly.media.recorder.main import Recorder
from thienly.rules.copies import Trouble

FAULTS: dict[Fault, Trouble] = {
    "away": Trouble.AWAY,
    "full": Trouble.FULL,
    "cut": Trouble.AWAY,
    "lie": Trouble.LYING,
}


async def trouble(running: Recorder, expected: Trouble | None) -> None:
    place = running.remote.places["archive"]
    await until(lambda: place.trouble is expected, f"trouble {expected}", timeout_s=30)


async def read(made: Rig, segment: int) -> str:
    """What a reader is told."""
    want = ReadBytes(segment=segment, offset=0, length=100)
    try:
        await made.bus.request(subjects.archive_read("r1"), want.encode(), timeout_s=10)
    except BusRefused as refused:
        return str(refused)
    return ""


async def test_whatever_a_store_does_recording_goes_on_nothing_is_believed_and_all_is_made_good(
    tmp_path: Path, s3: S3
) -> None:
    name = bucket()
    async with (
        faulty(s3.port) as store,
        installation(
            tmp_path, store_block(store.endpoint, "archive", name, uploads=2), recorder='archive = "archive"'
        ) as made,
        recorder(made) as running,
    ):
        camera = await made.want(0)
        await made.recording(camera, segments=1)
        for fault, expected in FAULTS.items():
            store.fault = fault
            await trouble(running, expected)
            copied = {fact.segment for fact in made.of(SegmentCopied)}
            _, now = await running.remote.now()
            assert (now.trouble, now.waiting > 0) == (expected.value, True)
            # What is not proven stays on the disk.
            assert {fact.segment for fact in made.of(SegmentCopied)} == copied
            kept = {c.segment for c in made.of(SegmentClosed)} - {m.segment for m in made.of(SegmentMoved)}
            assert kept <= set(on_disk(running))
            store.fault = ""
            await trouble(running, None)
        closed_now = {fact.segment for fact in made.of(SegmentClosed, camera)}
        await until(
            lambda: closed_now <= {f.segment for f in made.of(SegmentCopied)}, "made good", timeout_s=40
        )
        assert store.lies > 0 and len(objects(s3, name)) >= len(closed_now)
        gaps = [
            gap for gap in made.of(Gap, camera) if gap.start_us > made.of(SegmentClosed, camera)[0].end_us
        ]
        assert gaps == [] and made.of(SegmentDeleted) == []

        # What lies only there is said to be away, not missing; it is readable again by itself.
        first = min(closed_now)
        await pruner(running, reserve=1 << 60).once(now_us=wall_us())
        await until(lambda: any(m.segment == first for m in made.of(SegmentMoved)), "moved")
        store.fault = "away"
        assert await read(made, first) == Trouble.AWAY.value
        store.fault = "hang"
        # The pruner does not wait for it, segment by segment; and what was verified moves, it is not deleted.
        async with asyncio.timeout(40):
            await pruner(running, reserve=1 << 60).once(now_us=wall_us())
        verified = {fact.segment for fact in made.of(SegmentCopied)}
        assert not verified & {fact.segment for fact in made.of(SegmentDeleted)}
        assert await read(made, first) == Trouble.AWAY.value  # within seconds: nobody looks at a spinner
        store.fault = ""
        assert await read(made, first) == ""
        assert made.of(CopyLost) == []


async def test_a_copy_that_vanished_is_noticed_before_the_file_leaves_and_is_made_again(
    tmp_path: Path, s3: S3
) -> None:
    name = bucket()
    block = store_block(s3.endpoint, "archive", name)
    async with (
        installation(tmp_path, block, recorder='archive = "archive"') as made,
        recorder(made) as running,
    ):
        camera = await made.want(0)
        await made.recording(camera, segments=1)
        await until(lambda: bool(made.of(SegmentCopied, camera)), "copied")
        first = made.of(SegmentCopied, camera)[0].segment
        (copy,) = ask(made.conf, lambda db: copies.of_segment(db, first))
        forget(s3, name, copy.object)
        await pruner(running, reserve=0).once(now_us=wall_us())
        await running.remote.leave("footage", now_us=wall_us(), free=0, reserve=1)
        await until(lambda: [f.segment for f in made.of(CopyLost)] == [first], "told")
        assert first in on_disk(running)
        await until(lambda: copy.object in objects(s3, name), "copied again")

        # Gone from the disk and then lost in the store: told as lost, and said so to who wants to see it.
        await until(lambda: bool(ask(made.conf, lambda db: copies.of_segment(db, first))), "verified again")
        await pruner(running, reserve=1 << 60).once(now_us=wall_us())
        await until(lambda: any(m.segment == first for m in made.of(SegmentMoved)), "moved")
        kept = objects(s3, name)[copy.object]
        forget(s3, name, copy.object)
        assert await read(made, first) == Trouble.LOST.value
        await until(lambda: [f.here for f in made.of(CopyLost)] == [True, False], "told")
        assert count(made.conf, "lost") == 1

        # The provider restores it: found again, and told.
        bring_back(s3, name, copy.object, kept)
        assert await running.remote.mover.look_again() == 1
        assert await read(made, first) == "" and count(made.conf, "lost") == 0


async def test_a_file_that_was_changed_on_our_disk_is_never_copied_as_if_it_were_good(
    tmp_path: Path, s3: S3
) -> None:
    name = bucket()
    async with installation(tmp_path, recorder="") as made:
        async with recorder(made) as running:
            camera = await made.want(0)
            await made.recording(camera, segments=2)
            file = on_disk(running)[made.of(SegmentClosed, camera)[0].segment]
        damaged = bytearray(file.read_bytes())
        damaged[len(damaged) // 2] ^= 1
        file.write_bytes(damaged)
        made.conf = configure(
            made.conf, store_block(s3.endpoint, "archive", name), recorder='archive = "archive"'
        )
        async with recorder(made) as again:
            await until(
                lambda: count(made.conf, "damaged") == 1 and count(made.conf, "verified") >= 1, "found"
            )
            _, now = await again.remote.now()
            assert now.damaged == 1 and now.trouble == ""
        assert not any(f"-{int(file.name[:10]):010d}-" in key for key in objects(s3, name))


async def test_a_wrong_or_readable_secret_is_said_and_the_right_one_is_taken_without_a_restart(
    tmp_path: Path, s3: S3, capfd: pytest.CaptureFixture[str]
) -> None:
    block = store_block(s3.endpoint, "archive", bucket())
    wrong = "bi-mat-sai-c0ffee"
    logs.configure()  # to what is captured now
    async with installation(tmp_path, block, recorder='archive = "archive"', secret=wrong) as made:
        secret = made.conf.store_secret("archive")
        async with recorder(made) as running:
            camera = await made.want(0)
            await made.recording(camera, segments=1)
            await trouble(running, Trouble.REFUSED)
            _, now = await running.remote.now()
            assert wrong not in now.model_dump_json()
            secret.chmod(0o644)
            await trouble(running, Trouble.NO_SECRET)
            secret.write_text(SECRET)
            secret.chmod(0o600)
            await trouble(running, None)
    structlog.reset_defaults()
    logged = capfd.readouterr()
    assert "copies_refused" in logged.out + logged.err
    assert not any(one in logged.out + logged.err for one in (wrong, SECRET))
