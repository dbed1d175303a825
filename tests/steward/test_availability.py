"""The steward measures a real bus and real pages, and tells of its own absence when it is started again."""

import asyncio
import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from django.utils import timezone

from tests.core.availability.scene import told
from tests.guard import setting_the_scene
from tests.steward.house import House, eventually, house
from thienly.bus.client import Bus
from thienly.conf import Conf
from thienly.core.availability.models import ServiceState
from thienly.core.ledger.kinds import Kind
from thienly.steward.availability import Watch
from thienly.steward.database import Database

pytestmark = pytest.mark.django_db(transaction=True)
NEWS = (Kind.SERVICE_LOST, Kind.SERVICE_BACK)


class Health(BaseHTTPRequestHandler):
    """Pages of which somebody asks whether they can work."""

    status = 200

    def do_GET(self) -> None:
        assert self.path == "/api/health"
        self.send_response(type(self).status)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def pages() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Health)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path) as made:
        yield made


def a_minute_passes() -> None:
    """Nothing of what was seen is fresh any more."""
    with setting_the_scene():
        for row in ServiceState.objects.exclude(name__in=["steward", "database"]):
            row.seen_at -= timedelta(minutes=1)
            row.save()


def test_a_bus_that_was_killed_and_pages_that_cannot_work_are_outages(installation: House) -> None:
    async def measure(port: int) -> None:
        bus = await Bus.connect(
            installation.login.url,
            user=installation.login.user,
            password=installation.login.password,
            name="test",
        )
        await bus.ensure(zones=["main"])
        database = Database()
        watch = Watch(bus, database, Conf(installation.data, env={"THIENLY_PORT": str(port)}))
        watch._began_at -= timedelta(hours=1)
        try:
            await watch.round()
            installation.kill_bus()
            Health.status = 503
            await asyncio.to_thread(a_minute_passes)
            await watch.round()
            Health.status = 200
            await watch.round()
        finally:
            database.close()
            with contextlib.suppress(OSError):  # its other end is dead
                await bus.close()

    with pages() as server:
        asyncio.run(measure(server.server_port))
    assert sorted(told(Kind.SERVICE_WATCHED)) == [
        ("watched", name, "") for name in ("bus", "database", "gateway", "steward")
    ]
    assert told(*NEWS) == [
        ("lost", "bus", "no_sign"),
        ("lost", "gateway", "no_sign"),
        ("back", "gateway", ""),
    ]


def test_a_steward_that_was_stopped_for_hours_says_so_when_it_is_back(installation: House) -> None:
    with installation.steward():
        eventually(lambda: ServiceState.objects.filter(name="steward").exists(), within_s=40)
    row = ServiceState.objects.get(name="steward")
    assert row.stopping
    with setting_the_scene():
        row.seen_at = timezone.now() - timedelta(hours=3)
        row.save()
    with installation.steward():
        eventually(lambda: told(Kind.SERVICE_BACK), within_s=40)
    assert told(*NEWS) == [("lost", "steward", "stopped"), ("back", "steward", "")]
