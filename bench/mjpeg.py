"""What turning motion JPEG into H.264 costs, beside plain ffmpeg doing the same.

    python -m bench.mjpeg --cameras 2 --seconds 20 --rounds 2 --json

One device, a process of its own that is not counted, gives JPEGs of a moving, noisy picture over HTTP at the
pace of life. In turns each contender records so many cameras of it: `thienly` is one process with
`record_origin`, the fragmenter and a file for each camera, and libav's process of each; `ffmpeg` is one
process a camera, with the same encoder, preset, quality and distance of key frames.

x264's quality depends on the rate of pictures that it is told; `ffmpeg` is told what libav tells it here (the
unit of time), else it would write five times as many bytes.

One JSON object a line for each size and contender: `cpu_ms_per_picture` of the seconds that are measured,
`cpu_ms_per_camera_second` at the device's rate (1000 divided by it is `cameras_a_core`),
`memory_mb_per_camera` (proportional set size), `kbit_s`, and `pictures` of a camera that came to be in those
seconds: fewer than the device gave mean that the machine had other work. Then one with the ratio. The figure
is the median of the rounds; starting is outside the seconds that are measured.
"""

import argparse
import asyncio
import json
import multiprocessing
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import BinaryIO

from bench.recording.processes import family, usage
from thienly.media.fragmenter import Fragmenter
from thienly.media.frames import Chunk, Fragment, Tracks
from thienly.media.sources.origin import Origin
from thienly.media.sources.streams import record_origin

SIZES = ("1280x720", "1920x1080")
SETTLE_S = 6.0
PICTURES_S = 4
"""Seconds of pictures, which are given again and again."""
BOUNDARY = b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cameras", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--fps", type=int, default=10)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--own", nargs="+", metavar="URL_FILES", help="what the contender itself runs")
    wanted = parser.parse_args()
    if wanted.own:
        asyncio.run(_own(wanted.own[0], [Path(name) for name in wanted.own[1:]]))
        return
    for size in SIZES:
        with tempfile.TemporaryDirectory(prefix="thienly-bench-") as place, device(size, wanted.fps) as port:
            rounds = [
                (name, run_round(name, f"http://127.0.0.1:{port}/", Path(place), wanted))
                for _ in range(wanted.rounds)
                for name in CONTENDERS
            ]
        cost = {}
        for name in CONTENDERS:
            mine = [figures for of, figures in rounds if of == name]
            median = {key: round(statistics.median(one[key] for one in mine), 2) for key in mine[0]}
            cost[name] = median["cpu_ms_per_camera_second"]
            each = [round(one["cpu_ms_per_camera_second"], 1) for one in mine]
            told = {"size": size, "fps": wanted.fps, "contender": name, **median}
            print(json.dumps({**told, "cameras_a_core": round(1000 / cost[name], 2), "rounds": each}))
        print(
            json.dumps({"size": size, "thienly_against_ffmpeg": round(cost["thienly"] / cost["ffmpeg"], 2)})
        )


def run_round(name: str, url: str, place: Path, wanted: argparse.Namespace) -> dict[str, float]:
    files = [place / f"{name}-{number}.mp4" for number in range(wanted.cameras)]
    running = [subprocess.Popen(command) for command in CONTENDERS[name](url, files, wanted.fps)]
    try:
        time.sleep(SETTLE_S)
        pids = family([process.pid for process in running])
        before, began = usage(pids), time.monotonic()
        time.sleep(wanted.seconds)
        after, lasted = usage(pids), time.monotonic() - began
    finally:
        for process in running:
            process.send_signal(signal.SIGINT)
        for process in running:
            process.wait(20)
    times = [_times(file) for file in files]
    pictures = sum(sum(at > last[-1] - lasted for at in last) for last in times)
    size = sum(file.stat().st_size for file in files)
    for file in files:
        file.unlink()
    cost = after.since(before) / pictures
    return {
        "cpu_ms_per_picture": cost,
        "cpu_ms_per_camera_second": cost * wanted.fps,
        "memory_mb_per_camera": after.memory_mb / wanted.cameras,
        "kbit_s": size * 8 / 1000 / sum(map(len, times)) * wanted.fps,
        "pictures": pictures / wanted.cameras,
    }


# --- the contenders ---------------------------------------------------------------------------------------
def _thienly(url: str, files: list[Path], fps: int) -> list[list[str]]:
    return [[sys.executable, "-m", "bench.mjpeg", "--own", url, *map(str, files)]]


def _ffmpeg(url: str, files: list[Path], fps: int) -> list[list[str]]:
    words = ["ffmpeg", "-v", "error", "-nostdin", "-threads", "1", "-f", "mpjpeg"]
    words += ["-use_wallclock_as_timestamps", "1", "-i", url, "-an", "-pix_fmt", "yuv420p", "-c:v", "libx264"]
    words += ["-preset", "superfast", "-tune", "zerolatency", "-crf", "23", "-threads", "1"]
    words += ["-g", str(2 * fps), "-sc_threshold", "0", "-x264-params", "fps=90000/1"]
    words += ["-fps_mode", "passthrough", "-movflags", "frag_keyframe+empty_moov", "-y"]
    return [[*words, str(file)] for file in files]


CONTENDERS = {"thienly": _thienly, "ffmpeg": _ffmpeg}


class _File:
    """A FragmentSink."""

    live = False

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def on_segment(self, init: bytes, mime: str, tracks: Tracks, start_us: int, reason: str) -> None:
        if not self._file.tell():  # the size does not change: one init serves all
            self._file.write(init)

    def on_fragment(self, fragment: Fragment) -> None:
        self._file.write(fragment.data)

    def on_chunk(self, chunk: Chunk) -> None:
        """Nobody watches."""


async def _own(url: str, paths: list[Path]) -> None:
    async def one(path: Path) -> None:
        with path.open("wb") as file:
            fragmenter = Fragmenter(_File(file), segment_us=3_600_000_000)
            try:
                await record_origin(Origin(url, allow_local=True), fragmenter)
            finally:
                fragmenter.finish()

    tasks = [asyncio.create_task(one(path)) for path in paths]
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, lambda: [one.cancel() for one in tasks])
    await asyncio.gather(*tasks, return_exceptions=True)


def _times(file: Path) -> list[float]:
    """Of the pictures, in seconds; they are those of arrival."""
    command = ["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "packet=pts_time"]
    found = subprocess.run(
        [*command, "-of", "csv=p=0", str(file)], capture_output=True, text=True, check=True
    )
    return sorted(float(line.strip(",")) for line in found.stdout.split())


# --- the device -------------------------------------------------------------------------------------------
@contextmanager
def device(size: str, fps: int) -> Iterator[int]:
    """Gives JPEGs to whoever comes; its port."""
    source = f"testsrc2=size={size}:rate={fps},noise=alls=6:allf=t"
    command = ["ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i", source, "-t", str(PICTURES_S)]
    command += ["-c:v", "mjpeg", "-q:v", "4", "-pix_fmt", "yuvj420p", "-f", "image2pipe", "-"]
    data = subprocess.run(command, capture_output=True, check=True).stdout
    pictures = [b"\xff\xd8" + part for part in data.split(b"\xff\xd8\xff")[1:]]
    pictures = [picture[:2] + b"\xff" + picture[2:] for picture in pictures]
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=_serve, args=(pictures, fps, theirs), daemon=True)
    process.start()
    try:
        yield int(ours.recv())
    finally:
        process.terminate()
        process.join()


def _serve(pictures: list[bytes], fps: int, told: "Connection[int, int]") -> None:
    async def give(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(
                b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=frame\r\n\r\n"
            )
            begun, number = time.monotonic(), 0
            while True:
                picture = pictures[number % len(pictures)]
                writer.write(BOUNDARY % len(picture) + picture + b"\r\n")
                await writer.drain()
                number += 1
                await asyncio.sleep(max(0.0, begun + number / fps - time.monotonic()))

    async def serve() -> None:
        server = await asyncio.start_server(give, "127.0.0.1", 0)
        told.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(serve())


if __name__ == "__main__":
    main()
