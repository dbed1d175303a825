"""`thienly restore` asks every recorder that has the time, waits until it is there, and stands in history."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from nats.aio.msg import Msg

from tests.core.recording.scene import DAY, at, camera, closed
from tests.steward.house import House, house
from thienly.bus import subjects
from thienly.bus.client import Bus
from thienly.bus.restoring import RestoreProgress, RestoreRange
from thienly.core.bus import SyncBus
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.recording.apply import apply_facts
from thienly.core.storage import commands

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def recorder(home: House, *answers: RestoreProgress) -> Iterator[list[RestoreRange]]:
    """Recorder r1 that gives these answers, one after the other; yields what it was asked."""
    asked: list[RestoreRange] = []
    ready, done = threading.Event(), threading.Event()

    async def serve(bus: Bus) -> None:
        async def reply(message: Msg) -> None:
            asked.append(RestoreRange.decode(message.data))
            await bus.reply(message, answers[min(len(asked), len(answers)) - 1].encode())

        await bus.subscribe(subjects.archive_restore("r1"), reply)
        await bus.nc.flush()
        ready.set()
        await asyncio.to_thread(done.wait)

    thread = threading.Thread(target=home.on_bus, args=(serve,))
    thread.start()
    try:
        assert ready.wait(20)
        yield asked
    finally:
        done.set()
        thread.join(10)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    with house(tmp_path / "data") as home:
        bus = SyncBus(home.conf)
        monkeypatch.setattr(commands, "installation_bus", lambda: bus)
        yield home
        bus.close()


def run(until: str = "2026-11-17T00:30Z", code: str = "MO-001") -> tuple[int, list[str]]:
    said: list[str] = []
    return commands.restore(camera=code, from_="2026-11-17T00:00Z", until=until, say=said.append), said


def test_it_waits_until_all_is_on_the_disk_and_leaves_an_entry(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "ASK_EVERY_S", 0.01)
    one = camera()
    apply_facts([closed(one, 0, 60)], now=DAY + timedelta(hours=12))
    with recorder(home, RestoreProgress(here=0, waiting=2), RestoreProgress(here=2, waiting=0)) as asked:
        code, said = run()
    assert code == 0 and len(said) == 2 and "2 on the disk" in said[1]
    assert asked[0] == RestoreRange(camera=one.id.hex, from_us=at(0), until_us=at(1800))
    (entry,) = Entry.objects.filter(kind=Kind.FOOTAGE_RESTORED)
    assert entry.camera_id == one.id.hex


def test_what_cannot_be_had_is_said_and_exits_with_1(home: House) -> None:
    apply_facts([closed(camera(), 0, 60)], now=DAY + timedelta(hours=12))
    with recorder(home, RestoreProgress(here=1, waiting=0, failed=1, trouble="copies_away")):
        code, said = run()
    assert code == 1 and "copies_away" in said[-1]
    code, said = run()  # no recorder any more
    assert code == 1 and "cannot be asked" in said[-1]


def test_what_makes_no_sense_is_not_begun(home: House) -> None:
    apply_facts([closed(camera(), 0, 60)], now=DAY + timedelta(hours=12))
    for arguments in ({"until": "mai"}, {"until": "2026-11-16T00:00Z"}, {"code": "KHÔNG-CÓ"}):
        code, said = run(**arguments)
        assert code == 2 and said
    assert not Entry.objects.filter(kind=Kind.FOOTAGE_RESTORED).exists()
