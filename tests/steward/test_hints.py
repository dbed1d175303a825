"""A change in the register is on the bus at once, after its commit."""

from collections.abc import Iterator

import pytest
from django.db import transaction

from tests.api.world import World
from tests.steward.house import House, eventually
from thienly.bus import subjects
from thienly.bus.client import Bus
from thienly.core import hints
from thienly.core.access import epoch
from thienly.core.bus import SyncBus
from thienly.core.registry.services import register_camera, retire_camera


@pytest.fixture
def bridge(home: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[SyncBus]:
    """The process's bus is that of the test's installation."""
    bus = SyncBus(home.conf)
    monkeypatch.setattr(hints, "installation_bus", lambda: bus)
    yield bus
    bus.close()


async def _jobs(bus: Bus) -> set[str]:
    info = await bus.js.stream_info(subjects.JOBS_STREAM, subjects_filter=subjects.JOBS_SUBJECTS)
    return set(info.state.subjects or ())


@pytest.mark.usefixtures("bridge")
def test_a_camera_registered_is_offered_and_a_retired_one_withdrawn_without_waiting(home: House) -> None:
    world = World()
    keeper = world.keeper()
    with home.steward():
        eventually(lambda: len(home.on_bus(_jobs)) == 2)
        new = register_camera(
            actor=keeper,
            site=world.port,
            code="CA-009",
            name="Cầu cảng",
            sector="fishing_port",
            url="rtsp://192.0.2.5/live",
        )
        # Sooner than the steward would look by itself.
        eventually(lambda: subjects.job("main", new.id.hex) in home.on_bus(_jobs), within_s=6)
        retire_camera(actor=keeper, camera=new, reason="hỏng")
        eventually(lambda: subjects.job("main", new.id.hex) not in home.on_bus(_jobs), within_s=6)


def test_a_hint_follows_the_commit_and_never_a_rollback(home: House, bridge: SyncBus) -> None:
    heard: list[str] = []

    class Listener(SyncBus):
        def publish_soon(self, subject: str, data: bytes = b"") -> None:
            heard.append(subject)

    listener = Listener(home.conf)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hints, "installation_bus", lambda: listener)
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            epoch.bump()
            raise ZeroDivisionError
        assert heard == []
        with transaction.atomic():
            epoch.bump()
            assert heard == []
        assert heard == [subjects.ACCESS_CHANGED]


def test_an_act_succeeds_although_the_bus_is_away(home: House, bridge: SyncBus) -> None:
    home.kill_bus()
    with transaction.atomic():
        epoch.bump()
    assert epoch.value() == 1
    assert not bridge.connected()
