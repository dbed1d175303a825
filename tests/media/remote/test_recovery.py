"""A recorder's disk died with its index: what was archived is in a new index again, proven and played."""

import asyncio
import shutil
from contextlib import closing
from pathlib import Path

from tests.media.recorder.rig import Rig, eventually, recorder, rig, until
from tests.media.remote.scene import ask, bucket, configure, installation, objects, store_block
from tests.media.remote.test_archive_to_s3 import pruner, whole
from tests.seaweed import S3
from thienly.bus.client import BusRefused, BusUnavailable
from thienly.bus.messages import SegmentClosed, SegmentCopied, SegmentMoved
from thienly.conf import Conf
from thienly.media.clock import wall_us
from thienly.media.fsck import check
from thienly.media.fsck import main as fsck
from thienly.media.index import segments
from thienly.media.index.writer import INDEX_FILE, open_index, open_reader
from thienly.media.keys import public_keys
from thienly.media.remote import recovery
from thienly.rules.retention import DAY_US


async def run(conf: Conf, store: str, *, apply: bool, deep: bool = False) -> tuple[int, list[str]]:
    said: list[str] = []
    code = await asyncio.to_thread(
        lambda: recovery.main(conf, name="r1", store=store, deep=deep, apply=apply, say=said.append)
    )
    return code, said


async def archived(made: Rig, cameras: int = 1, count: int = 2) -> list[SegmentClosed]:
    """Records so many segments of so many cameras, and waits until each has its copy."""
    async with recorder(made):
        wanted = [await made.want(n) for n in range(cameras)]
        await made.recording(*wanted, segments=count)
        await until(lambda: all(len(made.of(SegmentCopied, camera)) >= count for camera in wanted), "copied")
    copied = {fact.segment for fact in made.of(SegmentCopied)}
    return [fact for fact in made.of(SegmentClosed) if fact.segment in copied]


def die(conf: Conf) -> None:
    """The recorder's disk and its index are gone, wholly. The keys are kept elsewhere, as they must be."""
    shutil.rmtree(conf.recorder_dir("r1"))
    shutil.rmtree(conf.data / "footage")


async def test_after_its_disk_and_index_died_a_recorder_plays_everything_that_was_archived(
    tmp_path: Path, s3: S3
) -> None:
    name = bucket()
    block = store_block(s3.endpoint, "archive", name)
    async with installation(tmp_path, block, recorder='archive = "archive"') as made:
        before = await archived(made)
        camera, last = before[0].camera, max(fact.segment for fact in before)
        async with recorder(made):
            sound = {
                fact.segment: await eventually(lambda fact=fact: _try(made, camera, fact), "playing")
                for fact in before
            }
        die(made.conf)
        code, said = await run(made.conf, "archive", apply=False)
        assert code == 0 and f"{len(objects(s3, name))} would be entered of 1 cameras" in said[0]
        assert not (made.conf.recorder_dir("r1") / INDEX_FILE).exists(), "nothing was changed"
        code, said = await run(made.conf, "archive", apply=True)
        assert code == 0 and "0 refused" in said[-1]
        # Again changes nothing.
        code, said = await run(made.conf, "archive", apply=True, deep=True)
        assert code == 0 and "; 0 entered" in said[-1]
        made.facts.clear()
        async with recorder(made) as running:
            for fact in before:
                got = await eventually(lambda fact=fact: _try(made, camera, fact), "playing again")
                assert got == sound[fact.segment]
            # The centre hears of all of it again, by facts that change nothing there.
            known = {fact.segment for fact in before}
            for kind in (SegmentClosed, SegmentCopied, SegmentMoved):
                await until(lambda kind=kind: known <= {f.segment for f in made.of(kind)}, kind.kind)
            assert {f.root for f in before} <= {f.root for f in made.of(SegmentClosed)}
            # Recording goes on, and no number that the lost index may have known is used again.
            await until(
                lambda: any(f.segment > last + 1000 for f in made.of(SegmentClosed)), "recording goes on"
            )
            # What is entered is the pruner's to delete, with its object, when its time has come.
            left = pruner(running, reserve=0, disk="")
            assert await left.once(now_us=wall_us()) == 0
            await left.once(now_us=wall_us() + 400 * DAY_US)
            gone = {f"{f.segment:010d}" for f in before}
            assert not [key for key in objects(s3, name) if key.split("-")[1] in gone]


async def _try(made: Rig, camera: str, fact: SegmentClosed) -> bytes | None:
    try:
        return await whole(made, camera, fact)
    except (BusUnavailable, BusRefused, IndexError):
        return None


async def test_what_was_changed_or_put_in_is_named_and_not_entered(tmp_path: Path) -> None:
    block = store_block("", "archive", "", kind="directory", directory="mounted", encrypt=False)
    async with rig(tmp_path, cameras=2) as made:
        made.conf = configure(made.conf, block, recorder='archive = "archive"')
        await archived(made, cameras=2, count=2)
    die(made.conf)
    cut, changed, init, copied, *rest = sorted((tmp_path / "mounted").glob("*/*.mp4"))
    cut.write_bytes(cut.read_bytes()[:-200])
    _flip(changed, -100)  # in the statement
    _flip(init, 40)
    named = copied.name.replace(f"-{copied.name.split('-')[1]}-", "-0000009999-")
    shutil.copy(copied, copied.with_name(named))
    (copied.parent / "note.txt").write_text("not ours")
    code, said = await run(made.conf, "archive", apply=True)
    assert code == 1 and f"{1 + len(rest)} entered" in said[-1] and "4 refused" in said[-1]
    assert all(any(path in line for line in said) for path in (cut.name, changed.name, init.name, named))
    # A byte in the middle of the footage is found by reading all of it.
    die(made.conf) if (tmp_path / "footage").exists() else shutil.rmtree(made.conf.recorder_dir("r1"))
    _flip(copied, len(copied.read_bytes()) // 2)
    assert (await run(made.conf, "archive", apply=False))[1][-2].count("4 refused") == 1
    code, said = await run(made.conf, "archive", apply=False, deep=True)
    assert code == 1 and any(copied.name in line and "was changed" in line for line in said)


async def test_it_needs_the_keys_and_a_recorder_that_stands_still_and_says_so(tmp_path: Path) -> None:
    block = store_block("", "archive", "", kind="directory", directory="mounted")
    async with installation(tmp_path, block, recorder='archive = "archive"') as made:
        async with recorder(made):
            code, said = await run(made.conf, "archive", apply=True)
            assert code == 2 and "another process" in said[0]
        assert (await run(made.conf, "nowhere", apply=True))[0] == 2
        await archived(made, count=1)
    die(made.conf)
    key = made.conf.footage_key.rename(tmp_path / "elsewhere")
    code, said = await run(made.conf, "archive", apply=True)
    assert code == 1 and "footage.key is missing" in said[0]
    key.rename(made.conf.footage_key)
    assert (await run(made.conf, "archive", apply=True))[0] == 0
    made.conf.recorder_key("r1").unlink()
    code, said = await run(made.conf, "archive", apply=True)
    assert code == 2 and "keys/" in said[0]


async def test_a_backup_adds_its_copies_to_what_the_archive_told_and_a_disk_that_lives_its_files(
    tmp_path: Path,
) -> None:
    """The disk of the index died, that of the recordings did not."""
    blocks = [store_block("", name, "", kind="directory", directory=name) for name in ("archive", "backup")]
    plan = '[[backups]]\nstore = "backup"\n'
    async with installation(tmp_path, *blocks, plan, recorder='archive = "archive"') as made:
        made.conf = configure(made.conf, *blocks, plan, recorder='archive = "archive"')
        async with recorder(made):
            camera = await made.want(0)
            await made.recording(camera, segments=2)
            await until(lambda: len(made.of(SegmentCopied, camera)) >= 4, "copied twice")
    shutil.rmtree(made.conf.recorder_dir("r1"))
    assert (await run(made.conf, "archive", apply=True))[0] == 0
    code, said = await run(made.conf, "backup", apply=True)
    assert code == 0 and "; 0 entered" in said[-1]
    assert ask(made.conf, lambda db: db.execute("select count(*) from copy").fetchone()[0]) >= 4
    own = made.conf.recorder("r1")
    with closing(open_reader(made.conf.recorder_dir("r1") / INDEX_FILE)) as db:
        found = list(
            check(
                db,
                stores=made.conf.stores(own),
                recorder="r1",
                keys=public_keys(made.conf.recorder_key("r1")),
                deep=False,
            )
        )
    assert {one.kind for one in found} == {"orphan"}
    said = []
    code = fsck(made.conf, name="r1", deep=True, as_json=False, say=said.append, repair=True, apply=True)
    assert code == 0 and fsck(made.conf, name="r1", deep=True, as_json=False, say=said.append) == 0
    with closing(open_index(made.conf.recorder_dir("r1") / INDEX_FILE)) as db:
        assert {row.disk for row in segments.every(db)} == {"footage"}


def _flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 0x40
    path.write_bytes(data)
