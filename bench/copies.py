"""How fast recordings go to an object store, and how soon a part of one is there again.

    python -m bench.copies --json [--segments 40] [--megabytes 30]

A real SeaweedFS on this machine over loopback, one bucket for each contender: `encrypted` and `plain`.
Segments are random bytes in fragments of a megabyte (two seconds at 4 Mbit/s).

`upload_mb_s`: footage sent, read back whole and compared, for each second of wall time, four at a time.
`put_mb_s`: the same bytes sent by obstore alone, four at a time, not read back. `range_ms_p95`: 0.5 MB at a
random place through the recorder's reader without its cache, one after the other. `cpu_ms_per_mb`:
processor time of this process for each megabyte uploaded and read back.
"""

import argparse
import asyncio
import json
import os
import random
import sqlite3
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import obstore
from tests.seaweed import ACCESS_KEY, S3, SECRET, seaweed

from thienly.conf import Conf
from thienly.media.disks import Disks
from thienly.media.index import copies, segments
from thienly.media.index.segments import SegmentHead
from thienly.media.index.table import FragmentRow
from thienly.media.index.writer import INDEX_FILE, IndexWriter, open_index
from thienly.media.keys import SigningKey
from thienly.media.remote.around import Around
from thienly.media.remote.reading import Reader
from thienly.media.remote.upload import Place, Uploader
from thienly.media.segments import path_of, seal
from thienly.media.trailer import Trailer, encode

MB = 1_000_000
FRAGMENT = 1 * MB
RANGE = MB // 2
INIT = b"\0" * 800


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--segments", type=int, default=40)
    parser.add_argument("--megabytes", type=int, default=30)
    parser.add_argument("--reads", type=int, default=200)
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="thienly-bench-") as directory,
        seaweed(Path(directory, "weed")) as s3,
    ):
        for name, encrypt in (("plain", False), ("encrypted", True)):
            figures = asyncio.run(measure(s3, Path(directory, name), encrypt, wanted))
            said = {"bench": "copies", "contender": name, **figures}
            print(json.dumps(said) if wanted.json else said)


async def measure(s3: S3, data: Path, encrypt: bool, wanted: argparse.Namespace) -> dict[str, object]:
    conf = installation(data, s3, encrypt)
    key = SigningKey(conf.recorder_key("r1"))
    path, stores = conf.recorder_dir("r1") / INDEX_FILE, conf.stores(conf.recorder("r1"))
    with closing(open_index(path)) as db:
        rows = [segment(db, stores, key, n + 1, wanted.megabytes) for n in range(wanted.segments)]
        copies.plan(db, [(n + 1, {"archive": "archive"}) for n in range(wanted.segments)], 0)
    index = IndexWriter(path)
    threads = ThreadPoolExecutor(4)
    disks = Disks(stores, recorder="r1", key=key, index=index, first_id=10**6, facts=lambda: None)
    around = Around(conf, "r1", path, disks, index, lambda: None, threads)
    place = Place(around, conf.file.stores[0])
    total = sum(file.stat().st_size for file in rows) / MB
    begun, worked = time.monotonic(), time.process_time()
    uploader = Uploader(around, place)
    while await uploader.once():
        pass
    took, worked = time.monotonic() - begun, time.process_time() - worked
    put = await puts(place, rows) if not encrypt else None
    reads = await ranges(around, place, wanted)
    disks.close()
    index.close()
    threads.shutdown()
    return {
        "upload_mb_s": round(total / took, 1),
        **({"put_mb_s": round(total / put, 1)} if put else {}),
        "cpu_ms_per_mb": round(worked * 1000 / total, 2),
        "range_ms_median": round(statistics.median(reads), 2),
        "range_ms_p95": round(statistics.quantiles(reads, n=20, method="inclusive")[-1], 2),
        "megabytes": round(total),
        "segments": wanted.segments,
    }


async def puts(place: Place, files: list[Path]) -> float:
    """Seconds that obstore alone needs."""
    store = place.store()._store
    turns = asyncio.Semaphore(4)

    async def put(number: int, file: Path) -> None:
        async with turns:
            data = await asyncio.to_thread(file.read_bytes)
            await obstore.put_async(store, f"alone/{number}", data)

    begun = time.monotonic()
    await asyncio.gather(*(put(number, file) for number, file in enumerate(files)))
    return time.monotonic() - begun


async def ranges(around: Around, place: Place, wanted: argparse.Namespace) -> list[float]:
    """Milliseconds of each read."""
    reader = Reader(around, {"archive": place}, cache_bytes=0)
    took = []
    for _ in range(wanted.reads):
        number = random.randrange(wanted.segments) + 1  # noqa: S311 - a sample
        row = await around.ask(lambda db, number=number: segments.get(db, number))  # type: ignore[misc]
        offset = random.randrange(wanted.megabytes * MB - RANGE)  # noqa: S311 - a sample
        begun = time.monotonic()
        assert len(await reader.read(row, offset, RANGE)) == RANGE
        took.append((time.monotonic() - begun) * 1000)
    return took


def installation(data: Path, s3: S3, encrypt: bool) -> Conf:
    (data / "keys").mkdir(parents=True)
    (data / "thienly.toml").write_text(
        'profile = "demo"\n[[recorders]]\nname = "r1"\narchive = "archive"\n[[stores]]\nname = "archive"\n'
        f'endpoint = "{s3.endpoint}"\nbucket = "{data.name}"\naccess_key = "{ACCESS_KEY}"\n'
        f"encrypt = {str(encrypt).lower()}\n"
    )
    conf = Conf(data, env={})
    secret = conf.store_secret("archive")
    secret.write_text(SECRET)
    secret.chmod(0o600)
    return conf


def segment(
    db: sqlite3.Connection, stores: dict[str, Path], key: SigningKey, number: int, megabytes: int
) -> Path:
    disk, directory = next(iter(stores.items()))
    head = SegmentHead(number, CAMERA, "main", disk, number * 60 * MB, len(INIT), "0" * 16, "video/mp4")
    path = path_of(directory, head)
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = []
    with path.open("wb") as file:
        file.write(INIT)
        for n in range(megabytes):
            data = os.urandom(FRAGMENT)
            file.write(data)
            start = head.media_us + n * 2 * MB
            rows.append(FragmentRow(start, 2 * MB, len(data), sha256(data).digest()))
    closed = seal(
        head=head,
        recorder="r1",
        key=key.pair,
        init_sha256=sha256(INIT).digest(),
        rows=rows,
        end_reason="duration",
        repaired=False,
    )
    segments.insert_open(db, head, rows[0].start_us)
    box = encode(Trailer(closed.signed, closed.table))
    with path.open("ab") as file:
        file.write(box)
    segments.close(db, closed.signed, size=closed.size + len(box), fragments=closed.table)
    return path


CAMERA = uuid4().hex

if __name__ == "__main__":
    main()
