"""What one check of a picture costs, and how many cameras a core checks at one a minute.

    python -m bench.picture --json [--seconds 10] [--width 1920 --height 1080]

Key frames of simulated cameras (25 pictures a second, a GOP of 2 s, 4 Mbit/s), H.264 and H.265, cut as the
recorder cuts them and measured by the process that the recorder starts, through its pipe. Processor time,
which other load does not stretch, but a busy cache does:

`check_ms`: of the measuring process for one check; `asker_ms`: of whoever asks it, reading the file left
out. `wall_ms`: from question to answer, at the lowest priority. `bytes`: sent for one check.
`cameras_a_core`: one check a minute each. `decode_minute_ms`: what decoding every picture of a camera's
minute costs one thread of libav, and nothing else done with them; `of_a_full_decode`: one check as part of
that.
"""

import argparse
import asyncio
import io
import json
import resource
import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir

import av

from thienly.media.clock import ServerClock
from thienly.media.codecs import h264, h265
from thienly.media.fragmenter import Fragmenter
from thienly.media.frames import Chunk, Fragment, Tracks, VideoTrack
from thienly.media.pictures.keyframe import end_of_first
from thienly.media.pictures.worker import Mode, Worker
from thienly.media.transcode.picture import nals
from thienly.sim.cache import ClipCache
from thienly.sim.clip import VideoClip
from thienly.sim.spec import CameraSpec, VideoCodec

SCENES = ("one_stop", "street")
FPS, GOP_S = 25, 2.0


@dataclass
class Film:
    """Fragments of a camera, as a recorder writes them."""

    init: bytes
    fragments: list[bytes]

    live = False

    def on_segment(self, init: bytes, mime: str, tracks: Tracks, start_us: int, reason: str) -> None:
        self.init = init

    def on_fragment(self, fragment: Fragment) -> None:
        self.fragments.append(fragment.data)

    def on_chunk(self, chunk: Chunk) -> None: ...

    def key_frames(self) -> list[bytes]:
        return [self.init + data[: end_of_first(data)] for data in self.fragments]


def film(clip: VideoClip) -> Film:
    now = [1_800_000_000_000_000]
    made = Film(b"", [])
    fragmenter = Fragmenter(made, segment_us=60_000_000, clock=ServerClock(lambda: now[0], lambda: now[0]))
    fragmenter.on_tracks(Tracks(_track(clip), None))
    for number, unit in enumerate(clip.units):
        data = b"".join(len(nal).to_bytes(4, "big") + nal for nal in nals(unit))
        fragmenter.on_video(number * 90_000 // FPS, number % clip.gop_frames == 0, len(data), [data])
        now[0] += 1_000_000 // FPS
    fragmenter.finish()
    return made


def _track(clip: VideoClip) -> VideoTrack:
    sets = list(nals(clip.units[0]))
    if clip.codec == "h264":
        sps = next(nal for nal in sets if nal[0] & 0x1F == 7)
        pps = next(nal for nal in sets if nal[0] & 0x1F == 8)
        size = h264.parse_sps(sps)
        return VideoTrack("h264", sps, pps, size.width, size.height)
    vps, sps, pps = (next(nal for nal in sets if nal[0] >> 1 & 0x3F == kind) for kind in (32, 33, 34))
    measured = h265.parse_sps(sps)
    return VideoTrack("h265", sps, pps, measured.width, measured.height, vps=vps)


def full_decode(made: Film, seconds: float) -> float:
    """Milliseconds of processor time for all pictures of a minute."""
    pictures, begun, until = 0, time.process_time(), time.monotonic() + seconds
    while time.monotonic() < until:
        for data in made.fragments:
            with av.open(io.BytesIO(made.init + data), "r", format="mp4") as container:
                container.streams.video[0].codec_context.thread_count = 1
                pictures += sum(1 for _ in container.decode(video=0))
    return 1000 * (time.process_time() - begun) / pictures * FPS * 60


def processor(pid: int) -> float:
    """Seconds that a process has had."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def resident(pid: int) -> int:
    """Bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()


async def checks(films: list[Film], seconds: float) -> dict[str, float]:
    worker, looks = Worker(), [dict[Mode, bytes]() for _ in films]
    keys = [made.key_frames() for made in films]

    async def check(number: int) -> float:
        which = number % len(films)
        begun = time.perf_counter()
        found = await worker.measure(f"{which:032x}", keys[which][number % len(keys[which])], looks[which])
        looks[which][found.mode] = found.look
        return 1000 * (time.perf_counter() - begun)

    for number in range(10):
        await check(number)
    assert worker.pid
    own, child, until = time.process_time(), processor(worker.pid), time.monotonic() + seconds
    taken: list[float] = []
    while time.monotonic() < until:
        taken.append(await check(len(taken)))
    check_ms = 1000 * (processor(worker.pid) - child) / len(taken)
    memory = resident(worker.pid)
    await worker.close()
    return {
        "check_ms": round(check_ms, 2),
        "asker_ms": round(1000 * (time.process_time() - own) / len(taken), 2),
        "wall_ms": round(statistics.median(taken), 1),
        "bytes": round(statistics.mean(len(key) for made in keys for key in made)),
        "process_mb": round(memory / 1e6, 1),
        "cameras_a_core": round(60_000 / check_ms),
    }


def measure(codec: VideoCodec, width: int, height: int, seconds: float) -> dict[str, float]:
    cache = ClipCache(Path(gettempdir()) / "thienly-bench-clips")
    films = [
        film(
            cache.video(
                CameraSpec(
                    path=f"/bench/{scene}",
                    name=f"Camera {scene}",
                    scene=scene,
                    width=width,
                    height=height,
                    bitrate=4_000_000,
                    fps=FPS,
                    gop_s=GOP_S,
                    loop_s=10,
                    codec=codec,
                    audio=False,
                )
            )
        )
        for scene in SCENES
    ]
    found = asyncio.run(checks(films, seconds))
    full = statistics.mean(full_decode(made, seconds / len(films)) for made in films)
    return {
        **found,
        "decode_minute_ms": round(full),
        "of_a_full_decode": round(found["check_ms"] / full, 5),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--width", type=int, default=1920)
    parser.add_argument("--height", type=int, default=1080)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--json", action="store_true", help="one line a codec")
    asked = parser.parse_args()
    codecs: tuple[VideoCodec, ...] = ("h264", "h265")
    for codec in codecs:
        row = {"codec": codec, "picture": f"{asked.width}x{asked.height}"}
        found = measure(codec, asked.width, asked.height, asked.seconds)
        print(json.dumps(row | found) if asked.json else row | found, flush=True)


if __name__ == "__main__":
    main()
