"""The contender `pyav`: libav from Python, two processes with a thread a camera (one alone is held up by the
interpreter's lock).

usage: python -m bench.recording.pyav_only DIRECTORY FIRST URL...   Prints "ready" when all cameras have a
key frame; ends on SIGTERM.
"""

import os
import signal
import sys
import threading
from pathlib import Path

import av
from av.container import InputContainer, OutputContainer

OPEN = {"rtsp_transport": "tcp", "fpsprobesize": "0", "analyzeduration": "500000"}
MOVE = {"movflags": "+frag_keyframe+empty_moov+default_base_moof"}
START_APART_S = 0.02


class Camera:
    """Copies one camera's packets into one file until told to stop."""

    def __init__(self, url: str, path: Path, stop: threading.Event) -> None:
        self._url, self._path, self._stop = url, path, stop
        self.begun = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def join(self, timeout_s: float) -> None:
        self._thread.join(timeout_s)

    def _run(self) -> None:
        with (
            av.open(self._url, options=OPEN, timeout=30) as source,
            av.open(str(self._path), "w", format="mp4", options=MOVE) as sink,
        ):
            self._copy(source, sink)

    def _copy(self, source: InputContainer, sink: OutputContainer) -> None:
        streams = [source.streams.video[0], *source.streams.audio[:1]]
        outputs = {stream.index: sink.add_stream_from_template(stream) for stream in streams}
        for packet in source.demux(*streams):
            if self._stop.is_set():
                return
            if packet.size == 0:
                continue
            if packet.dts is None:  # the first key frame comes without times; left out, it would be lost
                packet.dts = packet.pts = 0
            if packet.is_keyframe and packet.stream.type == "video":
                self.begun.set()
            packet.stream = outputs[packet.stream.index]
            sink.mux(packet)


def main(directory: Path, first: int, urls: list[str]) -> None:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    cameras = [Camera(url, directory / f"{first + n}.mp4", stop) for n, url in enumerate(urls)]
    for camera in cameras:
        camera.start()
        stop.wait(START_APART_S)
    for camera in cameras:
        camera.begun.wait(60)
    print("ready", flush=True)
    stop.wait()
    for camera in cameras:
        camera.join(5)
    os._exit(0)  # a thread that hangs in libav must not hold the process


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
