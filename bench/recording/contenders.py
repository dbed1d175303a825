"""Who records: each is started against the same cameras, measured, stopped, and asked for its frames."""

import asyncio
import os
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path

from bench.recording.outputs import frame_times_mp4, frame_times_rtp
from bench.recording.source import FPS, Source
from thienly.bus import server, subjects
from thienly.bus.client import Bus
from thienly.bus.messages import DesiredCamera
from thienly.bus.vault import Vault
from thienly.conf import Conf

READY_S = 300
BEGUN_BYTES = 50_000
"""A file of this size holds a key frame."""
STOP_S = 30


class Contender(ABC):
    """One run: `start`, measure `pids`, `stop`, `frame_times`."""

    name: str

    def __init__(self, source: Source, directory: Path) -> None:
        self.source = source
        self.directory = directory
        self._processes: list[subprocess.Popen[str]] = []

    @property
    def pids(self) -> list[int]:
        """The recorder's own processes; their children are found by the caller."""
        return [process.pid for process in self._processes]

    @abstractmethod
    def start(self) -> None:
        """Begin to record all cameras; returns when they play. Raises RuntimeError."""

    @abstractmethod
    def frame_times(self, index: int) -> list[float]:
        """Times (s) of the frames that camera `index` has on disk."""

    def stop(self) -> None:
        """End in an orderly way, so that what was received is on disk."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.wait(STOP_S)

    def _wait_for(self, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + READY_S
        while not ready():
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self.name}: not all cameras are recorded after {READY_S} s")
            time.sleep(0.2)

    def _run_until_ready(self, command: list[str]) -> None:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self._processes.append(process)
        assert process.stdout is not None
        if process.stdout.readline().strip() != "ready":
            raise RuntimeError(f"{self.name} did not start")


class ThienLy(Contender):
    """The real `thienly recorder`: jobs and facts over a real NATS server, hashing, signing, index.

    Its NATS server is not counted: a province has one for all recorders. Nothing is watched.
    """

    name = "thienly"

    def start(self) -> None:
        self._cameras = [f"{index:032x}" for index in range(self.source.count)]
        self._conf = Conf(self.directory, env={})
        self._conf.keys.mkdir(parents=True)
        self._conf.vault_key.write_bytes(Vault.new_key())
        recorder = f'[[recorders]]\nname = "r1"\ncapacity = {self.source.count}\n'
        (self.directory / "thienly.toml").write_text(f'profile = "demo"\n{recorder}')
        login = server.prepare(self._conf.nats_dir)
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._nats = subprocess.Popen(server.command(self._conf.nats_dir), **quiet)
        asyncio.run(self._want_all(login))
        environment = {**os.environ, "THIENLY_DATA": str(self.directory)}
        environment.pop("THIENLY_NATS_URL", None)
        with (self.directory / "recorder.log").open("w") as log:
            command = [sys.executable, "-m", "thienly", "recorder", "--name", "r1"]
            self._processes.append(
                subprocess.Popen(command, env=environment, stdout=log, stderr=log, text=True)
            )
        self._wait_for(lambda: all(self._begun(camera) for camera in self._cameras))

    def stop(self) -> None:
        super().stop()
        self._nats.terminate()
        self._nats.wait(STOP_S)

    def frame_times(self, index: int) -> list[float]:
        return frame_times_mp4(self._files(self._cameras[index]), FPS)

    async def _want_all(self, login: server.Login) -> None:
        """What the steward does: desired state and a job for each camera."""
        bus = await Bus.connect(login.url, user=login.user, password=login.password, name="bench")
        await bus.ensure(zones=["main"])
        bucket = await bus.bucket(subjects.cameras_bucket("main"))
        for camera, url in zip(self._cameras, self.source.urls, strict=True):
            desired = DesiredCamera(
                camera=camera,
                label=url[-8:],
                url=url,
                audio=True,
                allow_local=True,
                transport="udp" if self.source.transport == "udp" else "tcp",
                fingerprint=self.source.fingerprint,
            )
            await bucket.put(camera, desired.encode())
            await bus.offer_job(zone="main", camera=camera)
        await bus.close()

    def _files(self, camera: str) -> list[Path]:
        store = self._conf.store(self._conf.recorder("r1"))
        return sorted((store / camera).rglob("*.mp4"))

    def _begun(self, camera: str) -> bool:
        return any(path.stat().st_size > BEGUN_BYTES for path in self._files(camera))


class ThienLyMedia(Contender):
    """The client, the fragmenter and plain files: hashing, index and facts off."""

    name = "thienly-media"

    def start(self) -> None:
        module = "bench.recording.media_only"
        how = (self.source.transport, self.source.fingerprint)
        self._run_until_ready([sys.executable, "-m", module, str(self.directory), *how, *self.source.urls])

    def frame_times(self, index: int) -> list[float]:
        return frame_times_mp4(sorted(self.directory.glob(f"{index}-*.mp4")), FPS)


class Ffmpeg(Contender):
    """One `ffmpeg -c copy` a camera to fragmented MP4, cut at key frames."""

    name = "ffmpeg"

    def start(self) -> None:
        for index, url in enumerate(self.source.urls):
            command = ["ffmpeg", "-nostdin", "-loglevel", "error", "-rtsp_transport", "tcp", "-i", url]
            command += ["-c", "copy", "-f", "mp4", "-movflags", "+frag_keyframe+empty_moov+default_base_moof"]
            command.append(str(self.directory / f"{index}.mp4"))
            self._processes.append(
                subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True)
            )
        files = [self.directory / f"{index}.mp4" for index in range(self.source.count)]
        self._wait_for(lambda: all(file.exists() and file.stat().st_size > BEGUN_BYTES for file in files))

    def frame_times(self, index: int) -> list[float]:
        return frame_times_mp4([self.directory / f"{index}.mp4"], FPS)


class PyAv(Contender):
    """libav from Python: two processes, a thread a camera."""

    name = "pyav"
    processes = 2

    def start(self) -> None:
        share = -(-self.source.count // self.processes)
        for first in range(0, self.source.count, share):
            urls = self.source.urls[first : first + share]
            command = [
                sys.executable,
                "-m",
                "bench.recording.pyav_only",
                str(self.directory),
                str(first),
                *urls,
            ]
            self._processes.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        for process in self._processes:
            assert process.stdout is not None
            if process.stdout.readline().strip() != "ready":
                raise RuntimeError(f"{self.name} did not start")

    def frame_times(self, index: int) -> list[float]:
        return frame_times_mp4([self.directory / f"{index}.mp4"], FPS)


class Floor(Contender):
    """`bench/floor.c`: receives and writes the same bytes, understands nothing."""

    name = "floor"

    def start(self) -> None:
        binary = self.directory / "floor"
        code = Path(__file__).parent.parent / "floor.c"
        subprocess.run(["cc", "-O2", "-o", str(binary), str(code)], check=True)
        command = [str(binary), self.source.host, str(self.source.port), str(self.directory)]
        self._run_until_ready([*command, str(self.source.count)])

    def frame_times(self, index: int) -> list[float]:
        return frame_times_rtp(self.directory / f"{index}.rtp")


CONTENDERS: dict[str, type[Contender]] = {
    kind.name: kind for kind in (ThienLy, ThienLyMedia, Ffmpeg, PyAv, Floor)
}
