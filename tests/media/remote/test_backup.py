"""Chosen cameras are also kept in a second store, and a restore from there is really tried."""

from functools import partial
from pathlib import Path

import pytest

from tests.media.recorder.rig import Rig, recorder, rig, until
from tests.media.remote.scene import ask, bucket, configure, objects, store_block
from tests.seaweed import S3
from thienly.bus import subjects
from thienly.bus.client import BusRefused
from thienly.bus.messages import RestoreTested, SegmentClosed, SegmentCopied
from thienly.bus.questions import ReadBytes
from thienly.bus.restoring import RestoreTestNow
from thienly.media.index import copies
from thienly.media.keys import public_keys
from thienly.media.recorder.main import Recorder
from thienly.media.verify import verify_file

PLAN = '[[backups]]\nstore = "backup"\ncameras = ["MQ-1*"]\ntest_days = 30\n'


async def try_now(made: Rig) -> RestoreTested:
    asked = RestoreTestNow(store="backup").encode()
    answer = await made.bus.request(subjects.archive_test("r1"), asked, timeout_s=20)
    return RestoreTested.decode(answer)


async def read(made: Rig, segment: SegmentClosed) -> bytes:
    want = ReadBytes(segment=segment.segment, offset=0, length=segment.bytes)
    return await made.bus.request(subjects.archive_read("r1"), want.encode())


@pytest.mark.req_part("QN-021", "NB-018")
async def test_only_the_planned_cameras_are_replicated_and_a_restore_is_tried_by_itself_and_on_demand(
    tmp_path: Path, s3: S3
) -> None:
    name = bucket()
    block = store_block(s3.endpoint, "backup", name, encrypt=False)
    async with rig(tmp_path, cameras=2) as made:
        made.conf = configure(made.conf, block, PLAN)
        async with recorder(made) as running:
            other, chosen = await made.want(0), await made.want(1)
            await made.recording(other, chosen, segments=2)
            await until(lambda: len(made.of(SegmentCopied, chosen)) >= 2, "copied")
            assert made.of(SegmentCopied, other) == [] and all(
                key.startswith(chosen) for key in objects(s3, name)
            )
            # By itself: the plan's time was up, for none was ever tried.
            await until(lambda: bool(made.of(RestoreTested)), "tried by itself")
            first = made.of(RestoreTested)[0]
            assert first.ok and first.camera == chosen and first.store == "backup"
            # On demand.
            again = await try_now(made)
            assert again.ok and again.bytes > 0
            scratch = running.conf.recorder_dir("r1").glob("restore-test-*")
            assert list(scratch) == []
            # A copy verifies with the recorder's public key alone, and is a film that any player reads.
            segment = made.of(SegmentCopied, chosen)[0].segment
            (copy,) = ask(made.conf, partial(copies.of_segment, segment=segment))
            data = objects(s3, name)[copy.object]
            closed = next(fact for fact in made.of(SegmentClosed, chosen) if fact.segment == segment)
            alone = tmp_path / "alone.mp4"
            alone.write_bytes(data)
            verified = verify_file(alone, public_keys(made.conf.recorder_key("r1")))
            assert verified.faults == () and verified.statement is not None
            assert verified.statement.root == closed.root
            # A disk that lost the file: the backup is as good for who wants to look.
            before = await read(made, closed)
            (file,) = running.store.directories["footage"].glob(f"{chosen}/*/{segment:010d}-*.mp4")
            file.unlink()
            assert await read(made, closed) == before


@pytest.mark.parametrize("encrypt", [True, False], ids=["encrypted", "plain"])
async def test_a_restore_test_fails_when_a_byte_of_the_backup_was_changed_and_says_where(
    tmp_path: Path, encrypt: bool
) -> None:
    block = store_block("", "backup", "", kind="directory", directory="mounted", encrypt=encrypt)
    async with rig(tmp_path, cameras=2) as made:
        made.conf = configure(made.conf, block, PLAN)
        async with recorder(made) as running:
            await until(lambda: running._session is not None, "on the bus")
            with pytest.raises(BusRefused, match="no verified copy"):
                await try_now(made)
            camera = await made.want(1)
            await made.recording(camera, segments=1)
            await until(lambda: bool(made.of(RestoreTested)), "tried")
            assert made.of(RestoreTested)[0].ok
            for copy in (tmp_path / "mounted").glob("*/*.mp4"):
                change(copy)
            failed = await try_now(made)
            assert (failed.ok, failed.step) == (False, "verify")
            assert ("was changed" in failed.detail) or ("story" in failed.detail)
            if encrypt:
                await wrong_key(made, running)


async def wrong_key(made: Rig, running: Recorder) -> None:
    """Without the key nothing opens, and it is said so."""
    key = made.conf.footage_key
    assert key.stat().st_mode & 0o777 == 0o600
    key.unlink()
    running.remote.places["backup"]._key = None
    failed = await try_now(made)
    assert (failed.ok, failed.step) == (False, "fetch") and "copies_no_key" in failed.detail


def change(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 0x40
    path.write_bytes(data)


async def test_a_camera_that_the_centre_chose_by_unit_or_class_is_copied_and_others_are_not(
    tmp_path: Path,
) -> None:
    block = store_block("", "backup", "", kind="directory", directory="mounted")
    line = '[[backups]]\nstore = "backup"\nclasses = ["sector:mining"]\n'
    async with rig(tmp_path, cameras=2) as made:
        made.conf = configure(made.conf, block, line)
        async with recorder(made):
            other, chosen = await made.want(0), await made.want(1, backups=["backup", "not-here"])
            await made.recording(other, chosen, segments=2)
            await until(lambda: len(made.of(SegmentCopied, chosen)) >= 2, "copied")
            assert made.of(SegmentCopied, other) == []
            assert {fact.store for fact in made.of(SegmentCopied)} == {"backup"}
