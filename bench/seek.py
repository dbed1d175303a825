"""How soon a seek is answered, with a long past behind it.

    python -m bench.seek --json

A real gateway, bus and database; beside a real recorder an archive over a made-up index of `--days` days and
`--cameras` cameras: its rows in the order in which a recorder writes them, and at the moments that are sought
real segment files. The centre has the coverage of all of it.

`seek_ms_p95`: from the command `seek` on an open socket to the first whole fragment at the viewer, each to a
moment that was not sought before. `open_ms_p95`: the same for the first command of a camera, with gate and
history.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import groupby
from pathlib import Path

from websockets.asyncio.client import ClientConnection

from bench.live import p95
from bench.seeking.index import Place, build
from bench.watching.installation import Installation, running
from bench.watching.viewer import MEDIA, open_socket

NAME = "r2"
FULL_SAMPLE_S = 22


async def _answered(socket: ClientConnection, run: int) -> float:
    """When the first fragment of this run was here."""
    async for message in socket:
        if isinstance(message, bytes) and message[1] == MEDIA and int.from_bytes(message[6:8], "big") == run:
            return time.perf_counter()
    raise RuntimeError("the socket closed before a picture came")


async def measure(place: Installation, places: list[Place]) -> dict[str, object]:
    opened: list[float] = []
    sought: list[float] = []
    by_camera = groupby(sorted(places, key=lambda one: one.camera), key=lambda one: one.camera)
    for _, group in by_camera:
        socket = await open_socket(place.port, place.session)
        try:
            for run, one in enumerate(group, 1):
                command = {"op": "seek" if run > 1 else "open", "ch": 1, "run": run, "at_us": one.at_us}
                if run == 1:
                    command |= {"camera": one.camera, "mode": "play"}
                began = time.perf_counter()
                await socket.send(json.dumps({**command, "credit": 1}))
                async with asyncio.timeout(10):
                    took = (await _answered(socket, run) - began) * 1000
                (sought if run > 1 else opened).append(took)
        finally:
            await socket.close()
    return {
        "seek_ms_p95": p95(sought),
        "seek_ms_median": round(statistics.median(sought), 1),
        "seeks": len(sought),
        "open_ms_p95": p95(opened),
        "open_ms_median": round(statistics.median(opened), 1),
        "openings": len(opened),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="one line of JSON; else one figure a line")
    parser.add_argument("--cameras", type=int, default=1000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--segment-s", type=int, default=600, help="length of the made-up segments")
    parser.add_argument("--places", type=int, default=300)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="thienly-bench-") as name:
        directory = Path(name)
        with running(1, width=1280, height=720, bitrate=4_000_000, directory=directory) as place:
            time.sleep(FULL_SAMPLE_S)
            figures = _with_past(directory / "data", place, options)
    if options.json:
        print(json.dumps(figures))
    else:
        print("\n".join(f"{name}: {value}" for name, value in figures.items()))


def _with_past(data: Path, place: Installation, options: argparse.Namespace) -> dict[str, object]:
    until = int(time.time()) // 3600 * 3600 - 3600
    environment = {**os.environ, "THIENLY_DATA": str(data), "DJANGO_SETTINGS_MODULE": "thienly.settings"}
    words = [str(options.cameras), str(options.days), NAME, str(until)]
    began = time.monotonic()
    laid = subprocess.run(
        [sys.executable, "-m", "bench.seeking.rows", *words],
        env=environment,
        stdout=subprocess.PIPE,
        check=True,
    )
    cameras: list[str] = json.loads(laid.stdout)
    sample = sorted(data.glob("footage/r1/*/*/*.mp4"))[0]
    recorder = data / "recorders" / NAME
    places = build(
        recorder,
        data / "footage" / NAME,
        cameras=cameras,
        days=options.days,
        segment_s=options.segment_s,
        until_us=until * 1_000_000,
        sample=sample,
        places=options.places,
    )
    built = time.monotonic() - began
    keeper = subprocess.Popen(
        [sys.executable, "-m", "bench.seeking.keeper", str(data), NAME],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert keeper.stdout is not None
        while (line := keeper.stdout.readline()) and line.strip() != "ready":
            pass
        figures = asyncio.run(measure(place, places))
    finally:
        keeper.terminate()
        keeper.wait(10)
    return {
        "name": "thienly",
        "cameras": options.cameras,
        "days": options.days,
        "segments": options.cameras * options.days * 86_400 // options.segment_s,
        "index_mb": round((recorder / "index.sqlite3").stat().st_size / 1e6),
        "built_s": round(built),
        **figures,
    }


if __name__ == "__main__":
    main()
