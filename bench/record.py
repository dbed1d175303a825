"""How many cameras a core records, beside the alternatives.

    python -m bench.record --cameras 100 --seconds 20 --against ffmpeg,floor --json

One JSON object a line for each contender: `cpu_ms_per_camera_second` (1000 divided by it is cameras a
core), `memory_mb_per_camera` (proportional set size), `frames_lost` (see `bench.recording.outputs`). The
contenders run in turns, several rounds, against the same simulated cameras; the figure is the median of the
rounds. With `--codec h264,h265` every contender records cameras of each codec at the same bit rate in turns,
and a last line for each says how many times the first codec's figure the others cost. Connecting and stopping
are outside the window that is measured; the source and the page cache's writing are nobody's.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import structlog

from bench.recording.contenders import CONTENDERS
from bench.recording.outputs import lost_frames
from bench.recording.processes import family, usage
from bench.recording.source import FPS, Source, running_source

SETTLE_S = 4.0
Way = Literal["tcp", "udp", "tls"]
WAYS: tuple[Way, ...] = ("tcp", "udp", "tls")
Kind = tuple[Way, str]
"""Transport and codec."""


@dataclass(frozen=True)
class Round:
    """One contender's figures in one round."""

    cpu_ms_per_camera_second: float
    memory_mb_per_camera: float
    frames_lost: int


def run_round(name: str, source: Source, seconds: float, directory: Path) -> Round:
    """Start, let it settle, measure for `seconds`, stop, count."""
    with tempfile.TemporaryDirectory(dir=directory, prefix=f"{name}-") as place:
        contender = CONTENDERS[name](source, Path(place))
        try:
            contender.start()
            time.sleep(SETTLE_S)
            pids = family(contender.pids)
            before, began = usage(pids), time.monotonic()
            time.sleep(seconds)
            after, lasted = usage(pids), time.monotonic() - began
        finally:
            contender.stop()
        cpu = after.since(before) / lasted / source.count
        window = lasted + SETTLE_S
        lost = sum(lost_frames(contender.frame_times(index), window, FPS) for index in range(source.count))
        return Round(cpu, after.memory_mb / source.count, lost)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cameras", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--against", default="ffmpeg,floor", help="comma-separated; thienly always runs")
    parser.add_argument("--own", default="thienly,thienly-media", help="our contenders, comma-separated")
    parser.add_argument("--transport", default="tcp", help="of ours: tcp, udp, tls, comma-separated")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--size", default="1920x1080")
    parser.add_argument("--codec", default="h264", help="h264, h265, or both in turns: h264,h265")
    parser.add_argument("--in-step", action="store_true", help="all key frames come in one instant")
    parser.add_argument("--bitrate", type=int, default=4_000_000, help="video, bit/s")
    parser.add_argument(
        "--directory", type=Path, help="where to record; the default is the temporary directory"
    )
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # stdout is for the figures
    names = [name for name in f"{options.own},{options.against}".split(",") if name]
    width, height = map(int, options.size.split("x"))
    own = options.own.split(",")
    kinds = [
        (way, codec)
        for way in WAYS
        if way in options.transport.split(",")
        for codec in options.codec.split(",")
    ]
    # The others are measured once: as they take the first kind.
    runs = [(kind, name) for kind in kinds for name in names if kind == kinds[0] or name in own]
    rounds: dict[tuple[Kind, str], list[Round]] = {run: [] for run in runs}
    with tempfile.TemporaryDirectory(dir=options.directory, prefix="thienly-bench-") as place:
        directory = Path(place)
        with ExitStack() as stack:
            sources = {
                (way, codec): stack.enter_context(
                    running_source(
                        options.cameras,
                        width=width,
                        height=height,
                        bitrate=options.bitrate,
                        codec=codec,
                        directory=directory,
                        transport=way,
                        in_step=options.in_step,
                    )
                )
                for way, codec in kinds
            }
            for _ in range(options.rounds):
                for kind, name in runs:
                    rounds[kind, name].append(run_round(name, sources[kind], options.seconds, directory))
    for kind, name in runs:
        report(name, kind, options.cameras, rounds[kind, name], as_json=options.json)
    for kind, name in runs:
        if kind != kinds[0]:
            report_ratio(name, kind, rounds[kind, name], rounds[kinds[0], name], as_json=options.json)


def cpu(rounds: list[Round]) -> float:
    """The median."""
    return statistics.median(r.cpu_ms_per_camera_second for r in rounds)


def report(name: str, kind: Kind, cameras: int, rounds: list[Round], *, as_json: bool) -> None:
    """Medians; losses are added up, for a median would hide them."""
    figures = {
        "name": name,
        "transport": kind[0],
        "codec": kind[1],
        "cameras": cameras,
        "cpu_ms_per_camera_second": round(cpu(rounds), 3),
        "memory_mb_per_camera": round(statistics.median(r.memory_mb_per_camera for r in rounds), 2),
        "frames_lost": sum(r.frames_lost for r in rounds),
        "rounds": [round(r.cpu_ms_per_camera_second, 3) for r in rounds],
    }
    show(figures, as_json=as_json)


def report_ratio(name: str, kind: Kind, rounds: list[Round], first: list[Round], *, as_json: bool) -> None:
    """Of the medians; also of each round, which was taken beside the other."""
    pairs = zip(rounds, first, strict=True)
    each = [r.cpu_ms_per_camera_second / f.cpu_ms_per_camera_second for r, f in pairs]
    figures = {
        "name": name,
        "transport": kind[0],
        "codec": kind[1],
        "cpu_ratio": round(cpu(rounds) / cpu(first), 3),
        "ratios": [round(ratio, 3) for ratio in each],
    }
    show(figures, as_json=as_json)


def show(figures: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(figures), flush=True)
    else:
        print("  ".join(f"{key} {value}" for key, value in figures.items()), flush=True)


if __name__ == "__main__":
    main()
