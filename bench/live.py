"""How soon a picture is there, how old it is, and how many viewers a core of the gateway serves.

    python -m bench.live --json [--browser]

Everything runs on this machine over loopback: simulated cameras, recorder, bus, gateway, viewers.

`first_picture_ms_p95`: from the command `open` to the first whole key frame at the viewer; nobody watched the
camera before, so the recorder is asked for its open GOP, the gate is asked and history is written. With
`--browser`, `browser_first_picture_ms_p95` ends with the first frame that Chromium shows.

`glass_to_glass_ms_p95`: from the time burnt into a frame to the arrival of its chunk at the viewer; with
`--browser`, `browser_glass_to_glass_ms_p95` ends with the frame on the screen of Chromium.

`viewers_in_full`: with `--saturate`, so many viewers of one gateway process at once were served in full.

`viewers_per_core`: viewers divided by the processor time (user and system) that the gateway process spends a
second while each of them gets the sub-stream in full; the viewers are other processes and not counted.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.recording.processes import usage
from bench.watching.browser import watch_in_browser
from bench.watching.installation import Installation, running
from bench.watching.viewer import first_picture_ms, glass_to_chunk_ms, watch

CHUNKS_A_SECOND = 12.5  # two frames each, at 25 frames a second
LOOP_S = 10.0  # of the simulated cameras, see bench.recording.source


def p95(values: list[float]) -> float:
    return round(statistics.quantiles(values, n=20, method="inclusive")[-1], 1)


async def pictures(place: Installation, *, trials: int, seconds: float) -> dict[str, object]:
    firsts: list[float] = []
    for number in range(trials):
        firsts.append(
            await first_picture_ms(place.port, place.session, place.cameras[number % len(place.cameras)])
        )
        await asyncio.sleep(0.137)  # so that openings fall everywhere in a GOP
    received = await watch(place.port, place.session, place.cameras[0], seconds=seconds)
    ages = await asyncio.to_thread(glass_to_chunk_ms, received, loop_s=LOOP_S)
    return {
        "first_picture_ms_p95": p95(firsts),
        "first_picture_ms_median": round(statistics.median(firsts), 1),
        "first_picture_trials": trials,
        "glass_to_glass_ms_p95": p95(ages),
        "glass_to_glass_ms_median": round(statistics.median(ages), 1),
        "glass_to_glass_frames": len(ages),
    }


def crowd(place: Installation, *, viewers: int, seconds: float) -> dict[str, object]:
    words = [place.port, place.session, viewers, seconds, *place.cameras]
    command = [sys.executable, "-m", "bench.watching.crowd", *map(str, words)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdin is not None and process.stdout is not None
        if process.stdout.readline().strip() != "ready":
            raise RuntimeError("the crowd did not get in")
        time.sleep(2)
        process.stdin.write("go\n")
        process.stdin.flush()
        before, began = usage([place.gateway]), time.monotonic()
        time.sleep(seconds)
        after, lasted = usage([place.gateway]), time.monotonic() - began
        counted = json.loads(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(10)
    cores = after.since(before) / 1000 / lasted
    return {
        "viewers_per_core": round(viewers / cores),
        "viewers": viewers,
        "gateway_cores": round(cores, 3),
        "gateway_memory_mb": round(after.memory_mb, 1),
        "frames_a_second_fewest": round(counted["fewest"] / seconds, 2),
        "frames_a_second_most": round(counted["most"] / seconds, 2),
        "skips": counted["skips"],
        "kbit_a_second_each": round(counted["bytes"] * 8 / 1000 / seconds / viewers),
    }


def saturated(place: Installation, *, seconds: float, most: int) -> dict[str, object]:
    """More and more viewers of one gateway process, until one of them is no longer served in full.

    In full: nobody skipped anything, and who got fewest chunks got at least 98 % of what the camera sends.
    """
    steps: list[dict[str, object]] = []
    served: dict[str, object] = {}
    for viewers in range(500, most + 1, 500):
        step = crowd(place, viewers=viewers, seconds=seconds)
        full = step["skips"] == 0 and float(str(step["frames_a_second_fewest"])) >= 0.98 * CHUNKS_A_SECOND
        steps.append({**step, "in_full": full})
        if not full:
            break
        served = step
    return {
        "viewers_in_full": served.get("viewers", 0),
        "viewers_in_full_gateway_cores": served.get("gateway_cores", 0),
        "saturation": steps,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="one line of JSON; else one figure a line")
    parser.add_argument("--browser", action="store_true", help="measure in Chromium too")
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--viewers", type=int, default=200)
    parser.add_argument(
        "--saturate", type=int, default=0, metavar="MOST", help="viewers to go up to, from 500"
    )
    parser.add_argument("--cameras", type=int, default=4)
    options = parser.parse_args()
    figures: dict[str, object] = {"name": "thienly", "cameras": options.cameras}
    with tempfile.TemporaryDirectory(prefix="thienly-bench-") as directory:
        with running(
            options.cameras, width=1280, height=720, bitrate=1_500_000, directory=_below(directory, "main")
        ) as place:
            figures["picture"] = "1280x720 25 fps, GOP 2 s, 1.5 Mbit/s"
            figures |= asyncio.run(pictures(place, trials=options.trials, seconds=options.seconds))
            if options.browser:
                figures |= watch_in_browser(place, trials=10, seconds=options.seconds, loop_s=LOOP_S)
        with running(
            options.cameras, width=640, height=360, bitrate=400_000, directory=_below(directory, "small")
        ) as place:
            figures["crowd_picture"] = "640x360 25 fps, 0.4 Mbit/s"
            figures |= crowd(place, viewers=options.viewers, seconds=options.seconds)
            if options.saturate:
                figures |= saturated(place, seconds=options.seconds, most=options.saturate)
    if options.json:
        print(json.dumps(figures))
    else:
        print("\n".join(f"{name}: {value}" for name, value in figures.items()))


def _below(directory: str, name: str) -> Path:
    path = Path(directory, name)
    path.mkdir()
    return path


if __name__ == "__main__":
    main()
