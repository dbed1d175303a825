"""A recorder among real things: NATS, simulated RTSP cameras, an installation's directory."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

from nats.aio.msg import Msg

from tests.nats import nats_server
from thienly.bus import subjects
from thienly.bus.client import Bus
from thienly.bus.messages import FACTS, CameraStatus, DesiredCamera, Fact, Gap, SegmentClosed
from thienly.bus.server import Login
from thienly.bus.vault import Vault
from thienly.conf import Conf
from thienly.media.recorder.main import Recorder
from thienly.sim.server import SimServer
from thienly.sim.spec import SCENES, CameraSpec

F = TypeVar("F", bound=Fact)
T = TypeVar("T")

PASSWORD = "Mật khẩu máy quay"


def specs(count: int) -> list[CameraSpec]:
    """Small pictures, a key frame every half second."""
    return [
        CameraSpec(
            path=f"/camera/{number}",
            name=f"Máy quay {number + 1}",
            scene=SCENES[number % 2],
            password=PASSWORD,
            width=160,
            height=90,
            fps=10,
            bitrate=60_000,
            gop_s=0.5,
            loop_s=2.0,
        )
        for number in range(count)
    ]


def installation(data: Path, *, recorders: tuple[str, ...] = ("r1",), stores: tuple[str, ...] = ()) -> Conf:
    """A data directory with short segments. `stores`: the disks of each recorder."""
    keys = data / "keys"
    keys.mkdir(parents=True, exist_ok=True)
    (keys / "vault.key").write_bytes(Vault.new_key())
    disks = f"stores = {json.dumps(list(stores))}\n" if stores else ""
    blocks = "".join(f'[[recorders]]\nname = "{name}"\n{disks}' for name in recorders)
    (data / "thienly.toml").write_text(f'profile = "demo"\nsegment_s = 2\n{blocks}')
    return Conf(data, env={})


class Rig:
    """The outside of the recorders: what the steward, the gateway and the cameras do."""

    def __init__(self, conf: Conf, bus: Bus, sim: SimServer) -> None:
        self.conf = conf
        self.bus = bus
        self.sim = sim
        self.facts: list[Fact] = []
        self.vault = Vault.from_file(conf.vault_key)
        self.cameras: list[str] = []
        self.running: Recorder | None = None
        self._kinds = {kind.kind: kind for kind in FACTS}

    async def listen(self) -> None:
        await self.bus.subscribe(subjects.FACTS_SUBJECTS, self._on_fact)

    async def replay(self) -> None:
        """Every fact from the stream, those from before too, in the stream's order."""
        self.facts.clear()
        await self.bus.js.subscribe(subjects.FACTS_SUBJECTS, cb=self._on_fact, ordered_consumer=True)

    async def _on_fact(self, message: Msg) -> None:
        fact = self._kinds[message.subject.split(".")[1]].decode(message.data)
        if all(fact.id != known.id for known in self.facts):
            self.facts.append(fact)

    def of(self, kind: type[F], camera: str | None = None) -> list[F]:
        return [
            fact
            for fact in self.facts
            if isinstance(fact, kind) and (camera is None or fact.subject_camera == camera)
        ]

    def desired(self, number: int, camera: str, **changes: object) -> DesiredCamera:
        spec = self.sim.cameras[number].spec
        fields: dict[str, object] = {
            "camera": camera,
            "label": f"MQ-{number}",
            "url": self.sim.url(spec.path, credentials=False),
            "username": spec.username,
            "sealed_password": self.vault.seal(spec.password),
            "audio": True,
            "allow_local": True,
        }
        return DesiredCamera.model_validate(fields | changes)

    async def want(
        self, number: int, *, job: bool = True, camera: str | None = None, **changes: object
    ) -> str:
        """The steward's part: desired state, then the job."""
        camera = camera or uuid4().hex
        if camera not in self.cameras:
            self.cameras.append(camera)
        bucket = await self.bus.bucket(subjects.cameras_bucket("main"))
        await bucket.put(camera, self.desired(number, camera, **changes).encode())
        if job:
            await self.bus.offer_job(zone="main", camera=camera)
        return camera

    async def any_camera(self) -> str:
        """A camera that is being recorded, for tests that only look."""
        camera = self.cameras[0] if self.cameras else await self.want(0)
        await until(lambda: self.state(camera) == "recording", "recording")
        return camera

    async def recording(self, *cameras: str, segments: int = 1, by: str | None = None) -> None:
        """Waits until each has so many closed segments (of recorder `by`)."""
        for camera in cameras:
            await until(
                lambda camera=camera: (
                    sum(by in (None, fact.recorder) for fact in self.of(SegmentClosed, camera)) >= segments
                ),
                f"{segments} segments of {camera}",
            )

    def state(self, camera: str) -> str:
        states = self.of(CameraStatus, camera)
        return states[-1].state if states else ""

    def uncovered(self, camera: str, from_us: int, until_us: int) -> int:
        """Microseconds of [from_us, until_us) that are neither in a closed segment nor in a gap."""
        closed = {fact.gap: fact for fact in self.of(Gap, camera) if fact.end_us is not None}
        spans = [(fact.start_us, fact.end_us) for fact in self.of(SegmentClosed, camera)]
        spans += [(gap.start_us, gap.end_us or 0) for gap in closed.values()]
        spans += [
            (gap.start_us, until_us)
            for gap in self.of(Gap, camera)
            if gap.end_us is None and gap.gap not in closed
        ]
        lacking, at = 0, from_us
        for start, end in sorted(spans):
            lacking += max(0, min(start, until_us) - at)
            at = max(at, end)
        return lacking + max(0, until_us - at)


async def until(condition: Callable[[], bool], what: str, *, timeout_s: float = 20.0) -> None:
    """Waits for the condition; fails the test with `what`."""
    try:
        async with asyncio.timeout(timeout_s):
            while not condition():  # noqa: ASYNC110 - it comes true in other processes
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"did not happen: {what}") from None


async def eventually(ask: Callable[[], Awaitable[T | None]], what: str, *, timeout_s: float = 20.0) -> T:
    """Asks until the answer is not None."""
    deadline = asyncio.get_running_loop().time() + timeout_s
    while asyncio.get_running_loop().time() < deadline:
        answer = await ask()
        if answer is not None:
            return answer
        await asyncio.sleep(0.1)
    raise AssertionError(f"did not happen: {what}")


@asynccontextmanager
async def rig(
    tmp_path: Path,
    *,
    cameras: int | list[CameraSpec] = 1,
    recorders: tuple[str, ...] = ("r1",),
    stores: tuple[str, ...] = (),
) -> AsyncIterator[Rig]:
    """NATS, simulated cameras (so many usual ones, or these) and an installation; no recorder yet."""
    conf = installation(tmp_path, recorders=recorders, stores=stores)
    with nats_server(conf.nats_dir) as login:
        wanted = specs(cameras) if isinstance(cameras, int) else cameras
        async with SimServer(wanted) as sim, connected(login) as bus:
            made = Rig(conf, bus, sim)
            await made.listen()
            yield made


@asynccontextmanager
async def connected(login: Login) -> AsyncIterator[Bus]:
    bus = await Bus.connect(login.url, user=login.user, password=login.password, name="test")
    try:
        await bus.ensure(zones=["main"])
        yield bus
    finally:
        await bus.close()


def recorder(made: Rig, name: str = "r1") -> Recorder:
    """In this process; use as `async with`."""
    return Recorder(made.conf, name)


class RecorderProcess:
    """The real command in its own process."""

    def __init__(self, conf: Conf, name: str, *more: str) -> None:
        self.name = name
        self.log = conf.data / f"{name}.log"
        environment = {**os.environ, "THIENLY_DATA": str(conf.data)}
        environment.pop("THIENLY_NATS_URL", None)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "thienly", "recorder", "--name", name, *more],
                env=environment,
                stdout=log,
                stderr=log,
            )

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(5)

    async def terminate(self, timeout_s: float = 6.0) -> int:
        self.process.send_signal(signal.SIGTERM)
        return await asyncio.to_thread(self.process.wait, timeout_s)


@contextmanager
def _ended(process: RecorderProcess):  # type: ignore[no-untyped-def] # a generator for the one function below
    try:
        yield process
    finally:
        if process.process.poll() is None:
            process.kill()


def recorder_process(made: Rig, name: str = "r1", *more: str):  # type: ignore[no-untyped-def] # a context manager of RecorderProcess
    return _ended(RecorderProcess(made.conf, name, *more))
