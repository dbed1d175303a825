"""A recorder, a bus and simulated cameras, each of which can be made to fail."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from uuid import uuid4

from tests.stack import CLIPS
from thienly.bus import server, subjects
from thienly.bus.client import Bus
from thienly.bus.messages import DesiredCamera, Gap, HoldWish
from thienly.bus.vault import Vault
from thienly.conf import Conf
from thienly.media.index.writer import INDEX_FILE, open_reader
from thienly.sim.process import SimProcess
from thienly.sim.spec import SCENES, CameraSpec

FPS, GOP_S, LOOP_S = 10, 1.0, 10.0
STORE = "kho"
DISK_MB = 2048
"""Of the disk that is filled: memory, of which only what is recorded is used."""


def specs(count: int) -> list[CameraSpec]:
    """Readable clocks, a key frame every second."""
    return [
        CameraSpec(
            path=f"/soak/{number}",
            name=f"Thử bền {number}",
            scene=SCENES[number % len(SCENES)],
            width=640,
            height=360,
            fps=FPS,
            bitrate=150_000,
            gop_s=GOP_S,
            loop_s=LOOP_S,
        )
        for number in range(count)
    ]


class Stage:
    """Use as a context manager."""

    def __init__(self, data: Path, cameras: int) -> None:
        self.conf = _installation(data)
        self.cameras = {spec.path: uuid4().hex for spec in specs(cameras)}
        self.sim = SimProcess(specs(cameras), cache=CLIPS)
        self.memory: list[tuple[int, float, float]] = []  # pid, monotonic time, MB
        self._own_disk = _mount(self.disk)
        self._log = (data / "recorder.log").open("ab")
        self._nats: subprocess.Popen[bytes] | None = None
        self._recorder: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Stage":
        self.sim.__enter__()
        self.start_nats()
        asyncio.run(self._want())
        self.start_recorder()
        return self

    def __exit__(self, *_: object) -> None:
        for process in (self._recorder, self._nats):
            if process is not None and process.poll() is None:
                process.kill()
                process.wait(10)
        self.sim.__exit__(None, None, None)
        if self._own_disk:
            subprocess.run(["umount", "--lazy", str(self.disk)], check=False)
        self._log.close()

    # --- the recorder -----------------------------------------------------------------------------------
    def start_recorder(self, *more: str) -> None:
        environment = {**os.environ, "THIENLY_DATA": str(self.conf.data)}
        environment.pop("THIENLY_NATS_URL", None)
        command = [sys.executable, "-m", "thienly", "recorder", "--name", "r1", *more]
        self._recorder = subprocess.Popen(command, env=environment, stdout=self._log, stderr=self._log)

    def kill_recorder(self) -> None:
        assert self._recorder is not None
        self._recorder.kill()
        self._recorder.wait(10)
        self.start_recorder()

    def replace_recorder(self) -> None:
        """A successor takes over; when it cannot, the old one is stopped and a new one started."""
        old = self._recorder
        assert old is not None
        self.start_recorder("--succeed")
        new = self._recorder
        with contextlib.suppress(subprocess.TimeoutExpired):
            old.wait(60)
        if old.poll() is None or new is None or new.poll() is not None:
            for process in (old, new):
                if process is not None and process.poll() is None:
                    process.terminate()
                    process.wait(20)
            self.start_recorder()

    def stop_recorder(self) -> int:
        assert self._recorder is not None
        self._recorder.send_signal(signal.SIGTERM)
        return self._recorder.wait(20)

    def watch_recorder(self) -> None:
        """Notes its memory; starts it again when it has ended by itself, as the supervisor would."""
        assert self._recorder is not None
        if self._recorder.poll() is not None:
            self.start_recorder()
        try:
            pages = int(Path(f"/proc/{self._recorder.pid}/statm").read_text().split()[1])
        except (OSError, IndexError):
            return
        self.memory.append((self._recorder.pid, time.monotonic(), pages * 4096 / 1e6))

    # --- its disk and its store -------------------------------------------------------------------------
    @property
    def disk(self) -> Path:
        return self.conf.data / "footage"

    def can(self, kind: str) -> bool:
        """Filling a disk wants one of its own, which only root can mount."""
        return kind != "disk_full" or self._own_disk

    def fill_disk(self, full_s: float) -> None:
        """Not a byte more fits for so long. What lies there is held: room cannot be made."""
        for _ in range(20):  # what is written between the two makes it larger than the size that is asked for
            used = os.statvfs(self.disk)
            if _resize(self.disk, f"{(used.f_blocks - used.f_bfree) * used.f_frsize // 1024}k"):
                break
        time.sleep(full_s)
        assert _resize(self.disk, f"{DISK_MB}m")

    def store_away(self, away_s: float) -> None:
        """Where the store was is a file."""
        place, aside = self.conf.data / STORE, self.conf.data / f"{STORE}-aside"
        if not place.is_dir():
            return  # nothing was copied yet
        place.rename(aside)
        place.write_text("no directory")
        time.sleep(away_s)
        place.unlink()
        aside.rename(place)

    def not_copied(self, within_s: float = 90.0) -> list[str]:
        """What is wrong when closed recordings have no verified copy after so long."""
        until = time.monotonic() + within_s
        while True:
            with closing(open_reader(self.conf.recorder_dir("r1") / INDEX_FILE)) as db:
                (waits,) = db.execute(
                    "select count(*) from segment where end_us < ? and not exists (select 1 from copy"
                    " where copy.segment = segment.id and state = 'verified')",
                    (round((time.time() - 30) * 1e6),),
                ).fetchone()
            if not waits or time.monotonic() > until:
                return [f"{waits} recordings were not copied"] if waits else []
            time.sleep(1)

    def everything(self, camera: str) -> Path:
        """All that is kept of a camera: on the disk, and what has left a full disk for its store."""
        place = self.conf.data / "everything" / camera
        place.mkdir(parents=True)
        for path in self.footage(camera).rglob("*.mp4"):
            (place / path.name).symlink_to(path)
        for path in (self.conf.data / STORE / camera).glob("*.mp4"):
            name = path.name.partition("-")[2]  # without the recorder
            if not (place / name).exists():
                (place / name).symlink_to(path)
        return place

    # --- the bus ----------------------------------------------------------------------------------------
    def start_nats(self) -> None:
        server.prepare(self.conf.nats_dir)
        quiet = subprocess.DEVNULL
        self._nats = subprocess.Popen(server.command(self.conf.nats_dir), stdout=quiet, stderr=quiet)

    def restart_nats(self, away_s: float) -> None:
        assert self._nats is not None
        self._nats.kill()
        self._nats.wait(10)
        time.sleep(away_s)
        self.start_nats()

    async def _bus(self) -> Bus:
        login = server.Login.read(self.conf.nats_login)
        return await Bus.connect(login.url, user=login.user, password=login.password, name="soak")

    async def _want(self) -> None:
        bus = await self._bus()
        await bus.ensure(zones=["main"])
        bucket = await bus.bucket(subjects.cameras_bucket("main"))
        holds = await bus.bucket(subjects.HOLDS_BUCKET)
        vault = Vault.from_file(self.conf.vault_key)
        for spec in specs(len(self.cameras)):
            desired = DesiredCamera(
                camera=self.cameras[spec.path],
                label=spec.path,
                url=self.sim.url(spec.path, credentials=False),
                username=spec.username,
                sealed_password=vault.seal(spec.password),
                audio=True,
                allow_local=True,
            )
            await bucket.put(desired.camera, desired.encode())
            await bus.offer_job(zone="main", camera=desired.camera)
            hold = HoldWish(hold=desired.camera, camera=desired.camera, from_us=0, until_us=1 << 62)
            await holds.put(hold.hold, hold.encode())
        await bus.close()

    def gaps(self) -> dict[str, list[Gap]]:
        """By camera: every gap as it was last told, from the stream of facts."""
        told: dict[str, Gap] = {}

        def take(fact: Gap) -> None:
            known = told.get(fact.gap)
            if known is None or known.end_us is None:
                told[fact.gap] = fact

        asyncio.run(self._replay(take))
        return {c: [gap for gap in told.values() if gap.camera == c] for c in self.cameras.values()}

    async def _replay(self, take: Callable[[Gap], None]) -> None:
        bus = await self._bus()
        wanted = (await bus.js.stream_info(subjects.FACTS_STREAM)).state.messages
        subscription = await bus.js.subscribe(subjects.FACTS_SUBJECTS, ordered_consumer=True)
        for _ in range(wanted):
            message = await subscription.next_msg(timeout=10)
            if message.subject.split(".")[1] == Gap.kind:
                take(Gap.decode(message.data))
        await bus.close()

    def footage(self, camera: str) -> Path:
        return self.conf.data / "footage" / "r1" / camera


def _installation(data: Path) -> Conf:
    keys = data / "keys"
    keys.mkdir(parents=True, exist_ok=True)
    (keys / "vault.key").write_bytes(Vault.new_key())
    (data / "thienly.toml").write_text(
        'profile = "demo"\nsegment_s = 10\n'
        f'[[recorders]]\nname = "r1"\narchive = "{STORE}"\n'
        f'[[stores]]\nname = "{STORE}"\nkind = "directory"\ndirectory = "{STORE}"\nencrypt = false\n'
    )
    return Conf(data, env={})


def _mount(disk: Path) -> bool:
    """A disk of its own for the recordings; False where that is not allowed."""
    disk.mkdir(mode=0o700)
    options = f"size={DISK_MB}m,mode=0700"
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "thienly-soak", str(disk)], check=False, capture_output=True
    )
    return done.returncode == 0


def _resize(disk: Path, size: str) -> bool:
    """Whether it was done: a disk never becomes smaller than what lies on it."""
    command = ["mount", "-o", f"remount,size={size}", str(disk)]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0
