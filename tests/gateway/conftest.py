"""A gateway on a real port, with a real bus and a real database; recorders are played by the tests."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import uvicorn
from django.conf import settings
from django.test import Client

from tests import province
from tests.gateway.page import Page, page
from tests.gateway.player import KEY, Site
from tests.gateway.recorder import PlayedRecorder
from tests.guard import setting_the_scene
from thienly.bus import subjects
from thienly.bus.client import Bus
from thienly.bus.messages import DesiredCamera
from thienly.bus.server import Login
from thienly.bus.vault import Vault
from thienly.conf import Conf, HlsClient
from thienly.core.accounts.models import Account
from thienly.core.ledger.models import Entry
from thienly.core.recording.models import CameraState
from thienly.core.registry.models import Camera
from thienly.gateway import server
from thienly.gateway.database import query
from thienly.gateway.stream import Gateway
from thienly.media.recorder.main import Recorder
from thienly.sim.server import SimServer
from thienly.sim.spec import CameraSpec


@pytest.fixture
async def bus(nats: Login) -> AsyncIterator[Bus]:
    bus = await Bus.connect(nats.url, user=nats.user, password=nats.password, name="test")
    yield bus
    await bus.close()


@dataclass
class World:
    """A port board with one camera and its operator; a mine with another; a central administrator."""

    camera: Camera
    mine: Camera
    operator: Account
    admin: Account
    stranger: Account

    def session(self, account: Account) -> str:
        return sign_in(account)


def sign_in(account: Account) -> str:
    """The session key of a person who has just signed in."""
    client = Client()
    client.force_login(account, backend="allauth.account.auth_backends.AuthenticationBackend")
    key = client.session.session_key
    assert key
    return key


@pytest.fixture
def world(transactional_db: None) -> World:
    board = province.unit("Ban Quản lý Cảng cá", ["camera_manager"])
    centre = province.unit("Trung tâm Giám sát", ["central_manager"])
    mines = province.unit("Công ty Mỏ", ["camera_manager"])
    camera = province.camera(province.site(board, "Cảng cá Đề Gi"), "CA-001", sector="fishing_port")
    mine = province.camera(province.site(mines, "Mỏ đá Hòn Én"), "MO-001", sector="mining")
    operator = province.person("cangca", "Trần Văn Bờ")
    province.seat(operator, board, "cam_admin")
    admin = province.person("quantri", "Lê Thị Quản")
    province.seat(admin, centre, "central_admin")
    with setting_the_scene():
        for row in (camera, mine):
            CameraState.objects.create(
                camera=row,
                recorder="r1",
                state="recording",
                since=province.yesterday(),
                reported_at=province.yesterday(),
                fps=25,
            )
    return World(camera, mine, operator, admin, province.person("nguoila", "Phạm Người Lạ"))


def cookie(account: Account) -> dict[str, str]:
    return {"Cookie": f"sessionid={sign_in(account)}"}


class Running:
    """A gateway that serves. `page(account)` opens a page."""

    def __init__(self, gateway: Gateway, port: int) -> None:
        self.gateway = gateway
        self.port = port

    @asynccontextmanager
    async def page(self, account: Account) -> AsyncIterator[Page]:
        async with page(self.port, sign_in(account)) as opened:
            yield opened


@asynccontextmanager
async def serving(name: str = "g-test") -> AsyncIterator[Running]:
    gateway = Gateway(settings.CONF, name=name)

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        handle = gateway.lifespan if scope["type"] == "lifespan" else None
        if handle:
            await handle(receive, send)
        elif scope["type"] == "http":
            await gateway.hls(scope, receive, send)
        else:
            await gateway.websocket(scope, receive, send)

    running = uvicorn.Server(server.config(settings.CONF, host="127.0.0.1", port=0, app=app))
    task = asyncio.create_task(running.serve())

    async def ready() -> bool:
        return running.started and gateway.link.bus is not None

    await eventually(ready, within_s=10)
    try:
        yield Running(gateway, running.servers[0].sockets[0].getsockname()[1])
    finally:
        running.should_exit = True
        await asyncio.wait_for(task, 15)
        left = [one.get_name() for one in asyncio.all_tasks() if one.get_name().startswith("feed ")]
        assert (left, gateway.hub.cameras, gateway.hls.viewings) == ([], 0, {}), "something is left of it"


@pytest.fixture
async def running(world: World, nats: Login) -> AsyncIterator[Running]:
    async with serving() as gateway:
        yield gateway


@pytest.fixture
def registered(world: World) -> Iterator[None]:
    """The operator's account has a player that sends the key."""
    clients = settings.CONF.file.hls_clients
    digest = sha256(KEY.encode()).hexdigest()
    clients.append(HlsClient(name="vms-bo", account=world.operator.username, key_sha256=digest))
    yield
    clients.clear()


@pytest.fixture
def site(world: World, running: Running) -> Site:
    return Site(running, world.camera.id.hex)


@pytest.fixture
async def footage(
    world: World, bus: Bus, nats: Login, tmp_path: Path, codecs: dict[str, str]
) -> AsyncIterator[Path]:
    """A recorder that records the world's camera with sound; its files."""
    data = tmp_path / "recorder"
    (data / "keys").mkdir(parents=True)
    vault = Vault.new_key()
    (data / "keys" / "vault.key").write_bytes(vault)
    (data / "thienly.toml").write_text('profile = "demo"\nsegment_s = 4\n')
    url = nats.url.replace("nats://", f"nats://{nats.user}:{nats.password}@")
    spec = CameraSpec(
        path="/cang", name="Cảng", width=320, height=180, fps=10, bitrate=120_000, gop_s=1, loop_s=4
    ).model_copy(update=codecs)
    camera = world.camera.id.hex
    async with SimServer([spec]) as sim:
        desired = DesiredCamera(
            camera=camera,
            label="CA-001",
            url=sim.url("/cang", credentials=False),
            username=spec.username,
            sealed_password=Vault(vault).seal(spec.password),
            audio=True,
            allow_local=True,
        )
        await bus.ensure(zones=["main"])
        await (await bus.bucket(subjects.cameras_bucket("main"))).put(camera, desired.encode())
        await bus.offer_job(zone="main", camera=camera)
        async with Recorder(Conf(data, env={"THIENLY_NATS_URL": url}), "r1"):
            store = data / "footage" / "r1" / camera

            async def enough() -> bool:
                return len(list(store.rglob("*.mp4"))) >= 3

            await eventually(enough, within_s=40)
            yield store
        await bus.withdraw_job(zone="main", camera=camera)


@pytest.fixture
async def recorder(world: World, bus: Bus) -> AsyncIterator[PlayedRecorder]:
    played = PlayedRecorder(bus, world.camera.id.hex)
    await played.start()
    yield played
    await played.stop()


def history(camera: UUID | None = None) -> list[Entry]:
    """Oldest first."""
    rows = Entry.objects.order_by("seq")
    return list(rows.filter(camera_id=camera.hex) if camera else rows)


async def row(kind: str, *, within_s: float = 5) -> Entry:
    """The newest entry of this kind, once it is there."""
    newest = Entry.objects.filter(kind=kind).order_by("-seq").first
    entry: Entry = await eventually(lambda: query(newest), within_s=within_s)
    return entry


async def eventually(ask: Callable[[], Awaitable[Any]], *, within_s: float) -> Any:
    """The first true answer. Raises TimeoutError."""
    async with asyncio.timeout(within_s):
        while True:
            answer = await ask()
            if answer:
                return answer
            await asyncio.sleep(0.05)
