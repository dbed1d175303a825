"""How fast a package is made of what a recorder keeps, beside `cp` of the same bytes, and verified.

    python -m bench.evidence --json [--cameras 4] [--minutes 60] [--megabytes 30] [--rounds 3]

A recorder's archive in a process of its own, a real NATS server, segments of a minute with `megabytes` of
random samples in fragments of two seconds, on one disk with the package. Each round, with the files out of
the page cache: `cp` of the segment files and `sync` of the copies; then the package, synced too; then
reading it and nothing else; then its verification. `export_of_cp`: speed of making the package as a part of
that of `cp`; `verify_of_read`: that of verifying as a part of that of reading. Medians of the rounds.
"""

import argparse
import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from tests.evidence.packing import MADE_US, ORGANISATION, description, history, wanted
from tests.media.camera.clip import clip
from tests.media.camera.fragmenting import tracks_of
from tests.nats import nats_server

US = 1_000_000
BEGIN_US = MADE_US - 7200 * US
FPS, GOP_S = 25, 2
DISK = "footage"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cameras", type=int, default=4)
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--megabytes", type=float, default=30, help="of a minute")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--directory", type=Path, help="on the disk that is to be measured")
    parser.add_argument("--keep", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true")
    ask = parser.parse_args()
    if ask.keep:
        asyncio.run(keep(ask.keep))
        return 0
    with tempfile.TemporaryDirectory(prefix="thienly-bench-", dir=ask.directory) as folder:
        figures = measure(Path(folder), ask)
    print(json.dumps(figures) if ask.json else "\n".join(f"{k:20} {v}" for k, v in figures.items()))
    return 0


def measure(data: Path, ask: argparse.Namespace) -> dict[str, object]:
    os.environ |= {"THIENLY_DATA": str(data), "DJANGO_SETTINGS_MODULE": "thienly.settings"}
    (data / "keys").mkdir()
    (data / "keys" / "django.secret").write_text("x" * 50)
    (data / "thienly.toml").write_text('profile = "demo"\n')
    import django

    django.setup()
    from thienly.conf import Conf
    from thienly.core.bus import SyncBus
    from thienly.core.footage.clips import BusSource

    conf = Conf(data, env={})
    cameras = [uuid4().hex for _ in range(ask.cameras)]
    files = record(conf, cameras, ask.minutes, round(ask.megabytes * 1_000_000))
    size = sum(file.stat().st_size for file in files)
    rounds: dict[str, list[float]] = {"cp": [], "export": [], "verify": [], "read": []}
    with nats_server(conf.nats_dir), keeper(data), closing(SyncBus(conf)) as bus:
        source = BusSource(bus.request, lambda *_: ["r1"])
        for _ in range(ask.rounds):
            forget(files)
            rounds["cp"].append(copy(files, data / "copy"))
            forget(files)
            package = data / "package.zip"
            rounds["export"].append(export(source, cameras, ask.minutes, package))
            forget([package])
            rounds["read"].append(read(package))
            forget([package])
            rounds["verify"].append(check(package))
            package.unlink()
    took = {name: statistics.median(times) for name, times in rounds.items()}
    return {
        "name": "evidence",
        "cameras": ask.cameras,
        "minutes": ask.minutes,
        "megabytes": round(size / 1e6),
        "cores": os.cpu_count(),
        **{f"{name}_mb_s": round(size / 1e6 / seconds) for name, seconds in took.items()},
        "export_of_cp": round(took["cp"] / took["export"], 2),
        "verify_of_read": round(took["read"] / took["verify"], 2),
        "rounds": ask.rounds,
    }


# --- what is measured ------------------------------------------------------------------------------------
def copy(files: list[Path], to: Path) -> float:
    to.mkdir()
    begun = time.perf_counter()
    subprocess.run(["cp", *map(str, files), str(to)], check=True)
    subprocess.run(["sync", *(str(to / file.name) for file in files)], check=True)
    took = time.perf_counter() - begun
    shutil.rmtree(to)
    return took


def export(source: object, cameras: list[str], minutes: int, to: Path) -> float:
    from thienly.evidence.build import build

    until = BEGIN_US + minutes * 60 * US
    asked = [
        wanted(id=camera, code=f"CC-{n:03}", from_us=BEGIN_US, until_us=until)
        for n, camera in enumerate(cameras)
    ]
    begun = time.perf_counter()
    built = build(
        description=description(*asked),
        source=source,  # type: ignore[arg-type]
        to=to,
        key=ORGANISATION,
        made_us=MADE_US,
        made_by="bench",
        history=history(),
    )
    took = time.perf_counter() - begun
    assert all(not camera.gaps and len(camera.clips) == 1 for camera in built.manifest.cameras)
    return took


def check(package: Path) -> float:
    from thienly.evidence.verify import verify
    from thienly.evidence_commands import history as check_history

    begun = time.perf_counter()
    report = verify(package, history=check_history)
    took = time.perf_counter() - begun
    assert report.genuine, report.faults
    return took


def read(package: Path) -> float:
    begun = time.perf_counter()
    with package.open("rb", buffering=0) as file:
        while file.read(1 << 20):
            pass
    return time.perf_counter() - begun


def forget(files: list[Path]) -> None:
    """What is read next comes from the disk."""
    for path in files:
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


# --- what is recorded ------------------------------------------------------------------------------------
def record(conf: object, cameras: list[str], minutes: int, size: int) -> list[Path]:
    """Closed segments in an index, as a recorder leaves them."""
    from thienly.conf import Conf
    from thienly.media.index import segments
    from thienly.media.index.segments import SegmentHead
    from thienly.media.index.table import FragmentRow
    from thienly.media.index.writer import INDEX_FILE, open_index
    from thienly.media.keys import SigningKey
    from thienly.media.mp4.fragment import VideoRun, media_fragment
    from thienly.media.mp4.init import init_segment
    from thienly.media.segments import path_of, seal
    from thienly.media.trailer import Trailer, encode

    assert isinstance(conf, Conf)
    key = SigningKey(conf.recorder_key("r1"))
    (store,) = conf.stores(conf.recorder("r1")).values()
    init = init_segment(tracks_of(clip(), audio=False))
    frames, gops = FPS * GOP_S, 60 // GOP_S
    sizes = [size // gops // frames] * frames
    noise = os.urandom(sizes[0])
    files: list[Path] = []
    (conf.recorder_dir("r1")).mkdir(parents=True)
    with closing(open_index(conf.recorder_dir("r1") / INDEX_FILE)) as db:
        for number, (camera, minute) in enumerate(((c, m) for c in cameras for m in range(minutes)), 1):
            begin = BEGIN_US + minute * 60 * US
            head = SegmentHead(number, camera, "main", DISK, begin, len(init), "0" * 16, "video/mp4")
            path = path_of(store, head)
            path.parent.mkdir(parents=True, exist_ok=True)
            rows = []
            with path.open("wb") as file:
                file.write(init)
                for gop in range(gops):
                    parts = [os.urandom(32) + noise[32:] for _ in range(frames)]
                    keys = [True, *[False] * (frames - 1)]
                    ticks = [90_000 // FPS] * frames
                    run = VideoRun(gop * GOP_S * 90_000, ticks, sizes, keys, parts)
                    data = media_fragment(gop + 1, run, None)
                    file.write(data)
                    start = begin + gop * GOP_S * US
                    rows.append(FragmentRow(start, GOP_S * US, len(data), sha256(data).digest()))
                closed = seal(
                    head=head,
                    recorder="r1",
                    key=key.pair,
                    init_sha256=sha256(init).digest(),
                    rows=rows,
                    end_reason="duration",
                    repaired=False,
                )
                box = encode(Trailer(closed.signed, closed.table))
                file.write(box)
            segments.insert_open(db, head, begin)
            segments.close(db, closed.signed, size=closed.size + len(box), fragments=closed.table)
            files.append(path)
        db.commit()
    return files


@contextmanager
def keeper(data: Path) -> Iterator[None]:
    """The recorder's archive, in a process of its own as in life."""
    command = [sys.executable, "-m", "bench.evidence", "--keep", str(data)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None and process.stdout.readline() == "ready\n"
            yield
        finally:
            process.terminate()


async def keep(data: Path) -> None:
    from thienly.bus.client import Bus
    from thienly.bus.server import Login
    from thienly.conf import Conf
    from thienly.media.archive import Archive
    from thienly.media.disks import Disks
    from thienly.media.index.writer import INDEX_FILE, IndexWriter
    from thienly.media.index_answers import index_answers
    from thienly.media.keys import SigningKey

    conf = Conf(data, env={})
    path, key = conf.recorder_dir("r1") / INDEX_FILE, conf.recorder_key("r1")
    login = Login.read(conf.nats_login)
    bus = await Bus.connect(login.url, user=login.user, password=login.password, name="r1")
    disks = Disks(
        conf.stores(conf.recorder("r1")),
        recorder="r1",
        key=SigningKey(key),
        index=IndexWriter(path),
        first_id=1 << 40,
        facts=lambda: None,
    )
    archive = Archive(path, disks)
    await archive.serve(bus, "r1", also=index_answers(archive, "r1", key))
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    sys.exit(main())
