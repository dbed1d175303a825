"""The contender `thienly-media`: client, fragmenter and files in one process, without index, hashes and
facts.

    python -m bench.recording.media_only DIRECTORY tcp|udp|tls FINGERPRINT URL...

Prints "ready" when all cameras have a key frame.
"""

import asyncio
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

from thienly.media.fragmenter import Fragmenter
from thienly.media.frames import Chunk, Fragment, Tracks
from thienly.media.recorder.resources import keep_freed_memory
from thienly.media.rtsp import record_stream
from thienly.media.sources.origin import Origin, Transport
from thienly.media.trust import Trust

START_APART_S = 0.01


class Files:
    """A FragmentSink that writes each segment to a file."""

    live = False

    def __init__(self, directory: Path, index: int) -> None:
        self._directory, self._index, self._number, self._file = directory, index, 0, -1

    @property
    def started(self) -> bool:
        return self._file >= 0

    def on_segment(self, init: bytes, mime: str, tracks: Tracks, start_us: int, reason: str) -> None:
        if self._file >= 0:
            os.close(self._file)
        path = self._directory / f"{self._index}-{self._number:04d}.mp4"
        self._number += 1
        self._file = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o644)
        os.write(self._file, init)

    def on_fragment(self, fragment: Fragment) -> None:
        os.write(self._file, fragment.data)

    def on_chunk(self, chunk: Chunk) -> None:
        raise AssertionError("nobody watches")


async def camera(origin: Origin, url: str, files: Files) -> None:
    fragmenter = Fragmenter(files)
    try:
        await record_stream(replace(origin, url=url), fragmenter)
    finally:
        fragmenter.finish()


async def main(directory: Path, transport: str, fingerprint: str, urls: list[str]) -> None:
    keep_freed_memory()  # as the recorder does
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    sinks = [Files(directory, index) for index in range(len(urls))]
    way: Transport = "udp" if transport == "udp" else "tcp"
    origin = Origin("", allow_local=True, transport=way, trust=Trust(fingerprint))
    tasks = []
    for url, sink in zip(urls, sinks, strict=True):
        tasks.append(asyncio.create_task(camera(origin, url, sink)))
        await asyncio.sleep(START_APART_S)
    while not all(sink.started for sink in sinks):
        await asyncio.sleep(0.1)
        for task in tasks:
            if task.done():
                task.result()
    print("ready", flush=True)
    await stop.wait()
    for task in tasks:
        task.cancel()
    for error in await asyncio.gather(*tasks, return_exceptions=True):
        if not isinstance(error, asyncio.CancelledError):
            print(f"ended: {error}", file=sys.stderr)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4:]))
