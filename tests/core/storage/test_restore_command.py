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
from thienly.bus.messages import RestoreTested
from thienly.bus.questions import IndexAsk, IndexPage, ReadBytes
from thienly.bus.restoring import RestoreProgress, RestoreRange, RestoreTestNow
from thienly.core.bus import SyncBus
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.recording.apply import apply_facts
from thienly.core.registry.models import Camera
from thienly.core.storage import commands
from thienly.core.storage.models import Tier

CAMERAS: list[Camera] = []
TESTED: list[RestoreTested] = []
"""What the recorder of these tests knows."""
pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def recorder(
    home: House, *answers: RestoreProgress, files: dict[int, bytes] | None = None
) -> Iterator[list[RestoreRange]]:
    """Recorder r1 that gives these answers, one after the other; yields what it was asked."""
    asked: list[RestoreRange] = []
    ready, done = threading.Event(), threading.Event()

    async def serve(bus: Bus) -> None:
        async def reply(message: Msg) -> None:
            asked.append(RestoreRange.decode(message.data))
            await bus.reply(message, answers[min(len(asked), len(answers)) - 1].encode())

        async def index(message: Msg) -> None:
            want = IndexAsk.decode(message.data)
            told = [
                closed(CAMERAS[-1], 60 * n, 60 * n + 60, segment=segment).model_copy(
                    update={"bytes": len(data)}
                )
                for n, (segment, data) in enumerate((files or {}).items())
            ]
            page = IndexPage(
                segments=[one for one in told if one.camera == want.camera],
                gaps=[],
                after_segment=0,
                after_gap=0,
                more=False,
            )
            await bus.reply(message, page.encode())

        async def read(message: Msg) -> None:
            want = ReadBytes.decode(message.data)
            data = (files or {})[want.segment]
            if not data.strip(b"x"):
                await bus.reply_error(message, "copies_away")
            else:
                await bus.reply(message, data[want.offset : want.offset + want.length])

        async def test(message: Msg) -> None:
            if RestoreTestNow.decode(message.data).store == "empty":
                await bus.reply_error(message, "nothing to try")
            else:
                await bus.reply(message, TESTED[-1].encode())

        await bus.subscribe(subjects.archive_index("r1"), index)
        await bus.subscribe(subjects.archive_read("r1"), read)
        await bus.subscribe(subjects.archive_test("r1"), test)
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
    wanted = RestoreRange(camera=one.id.hex, from_us=at(0), until_us=at(1800))
    # Once it is asked for; then it is only looked at: what fails is said, and not tried for ever.
    assert asked == [wanted, wanted.model_copy(update={"look": True})]
    (entry,) = Entry.objects.filter(kind=Kind.FOOTAGE_RESTORED)
    assert entry.camera_id == one.id.hex


def test_what_cannot_be_had_is_said_and_exits_with_1(home: House) -> None:
    apply_facts([closed(camera(), 0, 60)], now=DAY + timedelta(hours=12))
    with recorder(home, RestoreProgress(here=1, waiting=0, failed=1, trouble="copies_away")):
        code, said = run()
    assert code == 1 and "Kho lưu không trả lời" in said[-2] and "The store does not answer" in said[-1]
    code, said = run()  # no recorder any more
    assert code == 1 and "cannot be asked" in said[-1]


def test_what_makes_no_sense_is_not_begun(home: House) -> None:
    apply_facts([closed(camera(), 0, 60)], now=DAY + timedelta(hours=12))
    for arguments in ({"until": "mai"}, {"until": "2026-11-16T00:00Z"}, {"code": "KHÔNG-CÓ"}):
        code, said = run(**arguments)
        assert code == 2 and said
    assert not Entry.objects.filter(kind=Kind.FOOTAGE_RESTORED).exists()


def test_the_files_are_copied_out_byte_for_byte_and_nothing_is_overwritten(
    home: House, tmp_path: Path
) -> None:
    CAMERAS.append(camera())
    apply_facts([closed(CAMERAS[-1], 0, 60)], now=DAY + timedelta(hours=12))
    into, large = tmp_path / "ra", bytes(range(256)) * 20_000  # more than one message
    files = {1: large, 2: b"second", 3: b"xxx"}

    def out() -> tuple[int, list[Path], list[str]]:
        said: list[str] = []
        code, written = commands.copy_out(
            camera="MO-001",
            from_="2026-11-17T00:00Z",
            until="2026-11-17T00:30Z",
            to=into,
            say=said.append,
        )
        return code, written, said

    with recorder(home, files=files):
        code, written, said = out()
        assert code == 1 and [path.read_bytes() for path in written] == [large, b"second"]
        assert any("The store does not answer" in line for line in said)
        assert sorted(into.iterdir()) == sorted(written), "nothing half is left"
        assert {path.stat().st_mode & 0o777 for path in written} == {0o600}
        assert out()[1] == [] and written[1].read_bytes() == b"second"
    entry = Entry.objects.filter(kind=Kind.FOOTAGE_RESTORED).first()
    assert entry is not None and entry.detail["place"] == str(into)


def tried(**changes: object) -> RestoreTested:
    fields: dict[str, object] = {
        "id": "t" * 32,
        "camera": CAMERAS[-1].id.hex,
        "recorder": "r1",
        "segment": 7,
        "store": "backup",
        "start_us": at(0),
        "end_us": at(60),
        "at_us": at(600),
        "ok": True,
        "bytes": 30_000_000,
        "took_ms": 900,
    }
    return RestoreTested.model_validate(fields | changes)


def test_a_restore_test_says_what_came_back_or_where_it_failed_and_what_to_do(home: House) -> None:
    CAMERAS.append(camera())
    for store in ("backup", "empty"):
        Tier.objects.create(recorder="r1", store=store, since=DAY, seen_at=DAY, told={})

    def test(store: str) -> tuple[int, str]:
        said: list[str] = []
        return commands.restore_test(store=store, recorder="", say=said.append), "\n".join(said)

    with recorder(home):
        TESTED.append(tried())
        code, said = test("backup")
        assert code == 0 and "PASSED: MO-001 2026-11-17" in said
        TESTED.append(tried(ok=False, step="verify", detail="fragment 3 was changed"))
        code, said = test("backup")
        assert code == 1 and "không đúng với bản đã ghi" in said and "fragment 3" in said
        TESTED.append(tried(ok=False, step="fetch", detail="copies_no_key KeyError"))
        assert "footage.key" in test("backup")[1]
        code, said = test("empty")
        assert code == 1 and "nothing to try" in said
        assert test("nowhere")[0] == 2
    assert test("backup")[0] == 1  # the recorder is silent
    assert Entry.objects.filter(kind=Kind.RESTORE_TEST_ASKED, object_id="backup").count() == 4
