"""A segment too large for one request is sent in parts, and any part of it is read without the rest."""

import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from bench.copies import installation, segment

from tests.media.remote.scene import objects
from tests.seaweed import S3
from thienly.bus.messages import SegmentCopied
from thienly.media.disks import Disks
from thienly.media.index import copies, segments
from thienly.media.index.writer import INDEX_FILE, IndexWriter, open_index
from thienly.media.keys import SigningKey
from thienly.media.remote.around import Around
from thienly.media.remote.moving import Mover
from thienly.media.remote.reading import Reader
from thienly.media.remote.upload import Place, Uploader
from thienly.rules.copies import OnDisk, leaving
from thienly.rules.retention import DAY_US

MEGABYTES = 18


@pytest.mark.parametrize("encrypt", [True, False], ids=["encrypted", "plain"])
async def test_a_large_segment_is_sent_in_parts_and_read_in_any_part(
    tmp_path: Path, s3: S3, encrypt: bool
) -> None:
    data = tmp_path / f"large-{encrypt}".lower()
    conf = installation(data, s3, encrypt)
    key = SigningKey(conf.recorder_key("r1"))
    path, stores = conf.recorder_dir("r1") / INDEX_FILE, conf.stores(conf.recorder("r1"))
    with closing(open_index(path)) as db:
        file = segment(db, stores, key, 1, MEGABYTES)
        copies.plan(db, [(1, {"archive": "archive"})], 0)
        row = segments.get(db, 1)
    assert row is not None
    index = IndexWriter(path)
    with ThreadPoolExecutor(2) as threads:
        disks = Disks(stores, recorder="r1", key=key, index=index, first_id=2, facts=lambda: None)
        around = Around(conf, "r1", path, disks, index, lambda: None, threads)
        places = {"archive": Place(around, conf.file.stores[0])}
        assert await Uploader(around, places["archive"]).once() == 1
        (stored,) = objects(s3, data.name).values()
        whole = file.read_bytes()
        assert (stored == whole) is not encrypt and (whole[:500] in stored) is not encrypt
        reader = Reader(around, places, cache_bytes=2**20)
        spans = [(0, 800), (len(whole) - 7, 7), (262_143, 2), (0, 2**20)]
        spans += [(at, 500_000) for at in (random.randrange(len(whole) - 500_000) for _ in range(5))]  # noqa: S311 - any places
        for offset, length in spans:
            assert await reader.read(row, offset, length) == whole[offset : offset + length], offset
        assert sum(map(len, reader._cache.values())) <= 2**20
        file.unlink()
        await Mover(around, places, reader, archive="archive", local_days=0).restore(row)
        assert file.read_bytes() == whole
        facts = await around.ask(lambda db: db.execute("select data from outbox order by number").fetchall())
        assert SegmentCopied.decode(facts[0][0]).encrypted is encrypt
        disks.close()
    index.close()


def test_archived_recordings_leave_by_age_the_others_for_room_and_restored_ones_last() -> None:
    now = 100 * DAY_US
    stored = [
        OnDisk(1, now - 9 * DAY_US, 10, archived=True),
        OnDisk(2, now - 8 * DAY_US, 10, archived=False),  # a backup has it
        OnDisk(3, now - 8 * DAY_US, 10, archived=True, kept_until_us=now + 1),
        OnDisk(4, now - 1 * DAY_US, 10, archived=True),
    ]
    assert leaving(stored, local_days=3, now_us=now, free=100, reserve=50) == [1]
    assert leaving(stored, local_days=0, now_us=now, free=100, reserve=50) == []
    assert leaving(stored, local_days=3, now_us=now, free=35, reserve=50) == [1, 2]
    assert leaving(stored, local_days=0, now_us=now, free=0, reserve=30) == [1, 2, 4]
    assert leaving(stored, local_days=0, now_us=now, free=0, reserve=50) == [1, 2, 4, 3]
