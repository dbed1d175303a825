"""An index of many cameras and days, made up row by row, with real files where playback will begin."""

import os
import random
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from thienly.media.index import table
from thienly.media.index.table import FragmentRow
from thienly.media.index.writer import INDEX_FILE, open_index
from thienly.media.mp4.reader import read_segment
from thienly.media.segments import segment_path

MIME = 'video/mp4; codecs="avc1.64001f"'
US = 1_000_000
DISK = "a"
PLAYED = 30
"""So many cameras are sought in, spread over all; of each several moments: more seeks than openings."""


@dataclass(frozen=True)
class Place:
    """A camera and a moment at which a fragment begins that really can be read."""

    camera: str
    at_us: int


def build(
    directory: Path,
    store: Path,
    *,
    cameras: list[str],
    days: int,
    segment_s: int,
    until_us: int,
    sample: Path,
    places: int,
    seed: int = 1,
) -> list[Place]:
    """Fills `directory`'s index; `sample` is a real segment, linked to `places` random positions.

    Rows stand in the order of time, all cameras of a minute together, as a recorder writes them. The fragment
    tables of segments that are not played are one entry long: with all of them the index would have 62 GB.
    """
    path = directory / INDEX_FILE
    open_index(path).close()
    per_camera = days * 86_400 // segment_s
    start_us = until_us - days * 86_400 * US
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        for pragma in ("synchronous=off", "journal_mode=off", "locking_mode=exclusive", "cache_size=-200000"):
            db.execute(f"pragma {pragma}")
        indexes = db.execute("select name, sql from sqlite_master where type='index' and tbl_name='segment'")
        laid = [(name, sql) for name, sql in indexes if sql]
        for name, _ in laid:
            db.execute(f"drop index {name}")
        db.execute("create temp table names (n integer primary key, camera text)")
        db.executemany("insert into names values (?, ?)", enumerate(cameras))
        db.execute("begin")
        db.execute(
            "with recursive minute(n) as (select 0 union all select n + 1 from minute where n < ? - 1)"
            " insert into segment (camera, stream, disk, media_us, start_us, end_us, bytes, init_bytes,"
            " init_id, mime, end_reason, root, signature, fragments)"
            " select camera, 'main', ?, ? + minute.n * ?, ? + minute.n * ?, ? + (minute.n + 1) * ?, 30000000,"
            " 700, '0123456789abcdef', ?, 'duration', zeroblob(32), zeroblob(64), zeroblob(80)"
            " from minute cross join names",
            (per_camera, DISK, *(start_us, segment_s * US) * 3, MIME),
        )
        found = _plant(
            db=db,
            store=store,
            cameras=cameras,
            per_camera=per_camera,
            sample=sample,
            places=places,
            chance=random.Random(seed),  # noqa: S311 - no secret
        )
        db.execute("commit")
        for _, sql in laid:
            db.execute(sql)
        db.execute("pragma journal_mode=wal")
    return found


def _plant(
    *,
    db: sqlite3.Connection,
    store: Path,
    cameras: list[str],
    per_camera: int,
    sample: Path,
    places: int,
    chance: random.Random,
) -> list[Place]:
    info = read_segment(sample)
    data = sample.read_bytes()[: info.good_bytes]
    store.mkdir(parents=True, exist_ok=True)
    whole = store / "sample"
    whole.write_bytes(data)
    found: list[Place] = []
    first = info.fragments[0].start
    for place in range(places):
        number = chance.randrange(PLAYED) * (len(cameras) // PLAYED)
        id_ = chance.randrange(per_camera) * len(cameras) + number + 1
        camera, media_us = db.execute("select camera, media_us from segment where id=?", (id_,)).fetchone()
        rows = [
            FragmentRow(
                media_us + (one.start - first) * US // info.timescale,
                one.duration * US // info.timescale,
                one.length,
                b"\0" * 32,
            )
            for one in info.fragments
        ]
        db.execute(
            "update segment set bytes=?, init_bytes=?, fragments=? where id=?",
            (len(data), len(info.init), table.encode(sha256(info.init).digest(), rows), id_),
        )
        path = segment_path(store, id_, camera, "main", media_us)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        os.link(whole, path)
        found.append(Place(camera, rows[place % len(rows)].start_us + 10_000))
    return found
