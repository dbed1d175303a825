"""Whether memory grows with reconnections.

    python -m bench.reconnects --cameras 20 --times 200 --json

Each camera is connected `times` times, records for a moment and is dropped, all in one process with client,
fragmenter and files. Memory is the process's proportional set size after a tenth of the rounds and after
each further tenth; `growth_kb_per_reconnect` is the slope between the first and the last of them.
"""

import argparse
import asyncio
import contextlib
import json
import os
import sys
import tempfile
from pathlib import Path

import structlog

from bench.recording.media_only import Files
from bench.recording.processes import usage
from bench.recording.source import running_source
from thienly.media.fragmenter import Fragmenter
from thienly.media.rtsp import record_stream
from thienly.media.sources.origin import Origin

RECORD_S = 0.6
MARKS = 10


async def reconnect(url: str, files: Files) -> None:
    """One connection: some frames, then the connection ends as when a camera is dropped."""
    fragmenter = Fragmenter(files)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(RECORD_S):
            await record_stream(Origin(url, allow_local=True), fragmenter)
    fragmenter.finish()


async def rounds(urls: list[str], directory: Path, times: int) -> list[float]:
    """Memory in MB after each tenth of the rounds."""
    files = [Files(directory, index) for index in range(len(urls))]
    marks: list[float] = []
    for number in range(1, times + 1):
        await asyncio.gather(*(reconnect(url, sink) for url, sink in zip(urls, files, strict=True)))
        if number % max(1, times // MARKS) == 0:
            marks.append(round(usage([os.getpid()]).memory_mb, 2))
            await asyncio.to_thread(_empty, directory)
    return marks


def _empty(directory: Path) -> None:
    for path in directory.glob("*.mp4"):
        path.unlink()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cameras", type=int, default=20)
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    with tempfile.TemporaryDirectory(prefix="thienly-bench-") as place:
        directory = Path(place)
        with running_source(
            options.cameras, width=640, height=360, bitrate=500_000, directory=directory
        ) as source:
            marks = asyncio.run(rounds(source.urls, directory, options.times))
    reconnects = options.cameras * options.times
    grown_kb = (marks[-1] - marks[0]) * 1024
    figures = {
        "name": "reconnects",
        "cameras": options.cameras,
        "reconnects": reconnects,
        "memory_mb": marks,
        "growth_kb_per_reconnect": round(grown_kb / (reconnects * (1 - 1 / len(marks))), 3),
    }
    print(json.dumps(figures) if options.json else str(figures), flush=True)


if __name__ == "__main__":
    main()
