"""The page brings recordings back and has a restore tried: for who runs the system, told step by step."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.core.recording.scene import closed
from tests.core.storage.test_tiers import backup
from tests.web.conftest import People, Town
from tests.web.test_storage import DISK, heard
from thienly.bus import subjects
from thienly.bus.client import BusRefused, BusUnavailable
from thienly.bus.messages import RestoreTested
from thienly.bus.restoring import RestoreProgress, RestoreRange
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.recording.apply import apply_facts
from thienly.core.recording.moments import microseconds
from thienly.web.pages import restoring

SPAN = {"camera": "MO-001", "from": "2026-11-17T07:00", "until": "2026-11-17T08:00"}


class Bus:
    """A recorder that answers so, and what it was asked."""

    def __init__(self, *answers: bytes | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, bytes]] = []

    def request(self, subject: str, data: bytes, *, timeout_s: float) -> bytes:
        self.asked.append((subject, data))
        answer = self.answers[min(len(self.asked), len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def town(town: Town) -> Town:
    apply_facts([closed(town.gate, 0, 60)], now=timezone.now())
    return town


def answers(monkeypatch: pytest.MonkeyPatch, *found: bytes | Exception) -> Bus:
    bus = Bus(*found)
    monkeypatch.setattr(restoring, "installation_bus", lambda: bus)
    return bus


def far(**counts: object) -> bytes:
    return RestoreProgress.model_validate({"here": 0, "waiting": 0} | counts).encode()


def test_it_is_asked_for_once_and_then_only_looked_at_until_all_is_there(
    people: People, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = people.admin()
    bus = answers(
        monkeypatch,
        far(waiting=2),
        far(here=1, waiting=1),
        far(here=1, failed=1, trouble="copies_full"),
        far(here=2),
    )
    asked = SPAN | {"camera": town.gate.code}
    answer = admin.post("/storage/restore/", asked)
    assert answer.status_code == 302
    pages = [admin.get(answer["Location"]).content.decode() for _ in range(3)]
    assert "hx-get" in pages[0].split('id="progress"')[1].split(">")[0]
    assert "đã đầy hoặc hết hạn mức" in pages[1] and 'hx-trigger="load' not in pages[1]
    assert "đủ 2 đoạn ghi hình" in pages[2]
    wants = [RestoreRange.decode(data) for _, data in bus.asked]
    assert [want.look for want in wants] == [False, True, True, True]
    assert {subject for subject, _ in bus.asked} == {subjects.archive_restore("r1")}
    (entry,) = Entry.objects.filter(kind=Kind.FOOTAGE_RESTORED)
    assert entry.actor_kind == "account" and entry.camera_id == town.gate.id.hex


def test_what_makes_no_sense_is_said_beside_its_field_and_a_silent_recorder_is_said(
    people: People, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, bus = people.admin(), answers(monkeypatch, BusUnavailable("nobody"))
    right = SPAN | {"camera": town.gate.code}
    for field, wrong in (("camera", "KHÔNG-CÓ"), ("from", "hôm qua"), ("until", "2026-11-17T06:00")):
        answer = admin.post("/storage/restore/", right | {field: wrong})
        assert answer.status_code == 400 and f'id="{field}-wrong"' in answer.content.decode()
    empty = right | {"from": "2026-11-01T07:00", "until": "2026-11-01T08:00"}
    assert "Không có đoạn ghi hình nào" in admin.post("/storage/restore/", empty).content.decode()
    assert not bus.asked and not Entry.objects.filter(kind=Kind.FOOTAGE_RESTORED).exists()
    page = admin.get(admin.post("/storage/restore/", right)["Location"]).content.decode()
    assert "Đầu ghi r1 không trả lời" in page


def test_a_restore_is_tried_on_demand_and_its_result_is_said(
    people: People, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, now = people.admin(), timezone.now()
    heard(DISK, backup(), at=now)
    place = {"recorder": "r1", "store": "backup"}

    def tested(ok: bool, step: str = "") -> bytes:
        at = microseconds(now)
        return RestoreTested(
            id="t" * 32,
            camera=town.gate.id.hex,
            recorder="r1",
            segment=7,
            store="backup",
            start_us=at - 60_000_000,
            end_us=at,
            at_us=at,
            ok=ok,
            step=step,
        ).encode()

    answers(monkeypatch, tested(True), tested(False, "verify"), BusRefused("nothing"), BusUnavailable("late"))
    for words in ("khôi phục được và nguyên vẹn", "không đúng với bản đã ghi", "chưa có bản sao", "Kết quả"):
        assert admin.post("/storage/test/", place)["Location"] == "/storage/"
        assert words in admin.get("/storage/").content.decode()
    assert Entry.objects.filter(kind=Kind.RESTORE_TEST_ASKED).count() == 4
    admin.post("/storage/test/", place | {"store": "khac"})
    assert Entry.objects.filter(kind=Kind.RESTORE_TEST_ASKED).count() == 4


def test_who_does_not_run_the_system_finds_no_button_and_no_way(
    people: People, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    bus = answers(monkeypatch, far(here=1))
    heard(DISK, backup(), at=timezone.now() - timedelta(seconds=1))
    assert "/storage/test/" in people.admin().get("/storage/").content.decode()
    for browser in (people.operator(), people.keeper()):
        assert browser.get("/storage/restore/", SPAN).status_code == 403
        assert browser.post("/storage/restore/", SPAN).status_code == 403
        assert browser.post("/storage/test/", {"recorder": "r1", "store": "backup"}).status_code == 403
    assert not bus.asked
