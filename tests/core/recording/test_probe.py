"""Asking a camera through a recorder of its zone."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection

from tests.api.world import World
from tests.guard import setting_the_scene
from tests.steward.house import House, house
from thienly.bus import subjects
from thienly.bus.client import Bus
from thienly.bus.questions import ProbeRequest, ProbeResult
from thienly.bus.vault import open_for
from thienly.core.access.refusal import NotAllowed, OutsideScope
from thienly.core.bus import SyncBus
from thienly.core.ledger.models import Entry
from thienly.core.recording.probe import NoRecorder, probe_camera
from thienly.core.registry.models import Camera
from thienly.rules.problems import Problem

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path / "data") as home:
        yield home


@pytest.fixture
def bus(home: House) -> Iterator[SyncBus]:
    bus = SyncBus(home.conf)
    yield bus
    bus.close()


@contextmanager
def recorder(home: House, answer: ProbeResult) -> Iterator[list[ProbeRequest]]:
    """A recorder of zone main that gives this answer; yields what it was asked."""
    asked: list[ProbeRequest] = []
    ready = threading.Event()
    over: list[Callable[[], object]] = []

    async def serve(bus: Bus) -> None:
        async def reply(message: object) -> None:
            asked.append(ProbeRequest.decode(message.data))  # type: ignore[attr-defined]
            await bus.reply(message, answer.encode())  # type: ignore[arg-type]

        await bus.subscribe(subjects.probe("main"), reply, queue=subjects.PROBERS)
        await bus.nc.flush()
        done, loop = asyncio.Event(), asyncio.get_running_loop()
        over.append(lambda: loop.call_soon_threadsafe(done.set))
        ready.set()
        await done.wait()

    thread = threading.Thread(target=home.on_bus, args=(serve,))
    thread.start()
    try:
        assert ready.wait(10)
        yield asked
    finally:
        for end in over:
            end()
        thread.join(10)


def test_a_camera_that_answers_is_described_and_history_knows_who_asked(home: House, bus: SyncBus) -> None:
    world = World()
    result = ProbeResult(ok=True, codec="h264", width=1920, height=1080)
    with recorder(home, result) as asked:
        url = "rtsp://admin:bi%20mat@192.0.2.7/live"
        assert probe_camera(actor=world.keeper(), site=world.port, url=url, ask=bus.request) == result
    assert (asked[0].url, asked[0].username) == ("rtsp://192.0.2.7/live", "admin")
    keys = {"vault_key": home.conf.vault_key, "zone_key": home.conf.zone_key}
    assert open_for("main", asked[0].sealed_password, **keys) == "bi mat"
    with pytest.raises(ValueError, match="another key"):
        open_for("cang", asked[0].sealed_password, **keys)
    (entry,) = Entry.objects.all()
    assert (entry.kind, entry.object_label) == ("camera.probed", "Cảng cá Đề Gi")
    assert "mat" not in str(entry.detail)


def test_no_recorder_of_the_zone_is_said_at_once_and_not_taken_for_a_dead_camera(
    home: House, bus: SyncBus
) -> None:
    world = World()
    with pytest.raises(NoRecorder):
        probe_camera(actor=world.keeper(), site=world.port, url="rtsp://192.0.2.7/", ask=bus.request)


@pytest.mark.parametrize("zone", ["elsewhere", "*", ">", "main.x", "main\r\nPUB x 0", ""])
def test_a_zone_that_the_installation_does_not_have_is_never_asked(zone: str) -> None:
    world = World()

    def never(subject: str, data: bytes, *, timeout_s: float) -> bytes:
        raise AssertionError(subject)

    with pytest.raises(NoRecorder):
        probe_camera(actor=world.keeper(), site=world.port, url="rtsp://192.0.2.7/", zone=zone, ask=never)


def test_no_bus_is_said_too(home: House, bus: SyncBus) -> None:
    world = World()
    home.kill_bus()
    with pytest.raises(NoRecorder):
        probe_camera(actor=world.keeper(), site=world.port, url="rtsp://192.0.2.7/", ask=bus.request)


def test_an_address_that_cannot_be_is_answered_without_asking_anybody() -> None:
    world = World()

    def never(subject: str, data: bytes, *, timeout_s: float) -> bytes:
        raise AssertionError(subject)

    result = probe_camera(actor=world.keeper(), site=world.port, url="ftp://192.0.2.7/", ask=never)
    assert (result.ok, result.problem) == (False, Problem.BAD_URL)
    assert not Entry.objects.exists()


def test_who_may_not_keep_devices_there_is_refused_and_nothing_is_asked() -> None:
    world = World()

    def never(subject: str, data: bytes, *, timeout_s: float) -> bytes:
        raise AssertionError(subject)

    with pytest.raises(OutsideScope):
        probe_camera(actor=world.keeper(), site=world.mine, url="rtsp://192.0.2.7/", ask=never)
    with pytest.raises(NotAllowed):
        probe_camera(actor=world.operator(), site=world.port, url="rtsp://192.0.2.7/", ask=never)
    assert set(Entry.objects.values_list("kind", flat=True)) == {"access.refused"}


def test_the_stored_password_is_tried_on_its_own_device_and_never_sent_elsewhere() -> None:
    world = World()
    with setting_the_scene():
        Camera.objects.filter(id=world.quay.id).update(sealed_password="sealed")
    world.quay.refresh_from_db()
    sent: list[ProbeRequest] = []

    def ask(subject: str, data: bytes, *, timeout_s: float) -> bytes:
        assert not connection.in_atomic_block  # others can write while the device thinks
        sent.append(ProbeRequest.decode(data))
        return ProbeResult(ok=True).encode()

    keeper = world.keeper()
    for url in ("rtsp://10.0.0.1/other", "rtsp://192.0.2.66/live", "rtsp://10.0.0.1:8554/live"):
        probe_camera(actor=keeper, site=world.port, camera=world.quay, url=url, ask=ask)
    assert [request.sealed_password for request in sent] == ["sealed", "", ""]
