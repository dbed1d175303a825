"""Keeping: less than is promised is refused, changes are versions, and the oldest footage is shown."""

from collections.abc import Iterator
from datetime import UTC, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings
from django.utils import timezone

from tests import province
from tests.api.world import World, client
from tests.guard import setting_the_scene
from tests.regulations import beside_qn
from thienly.bus.messages import SegmentClosed, SegmentDeleted
from thienly.bus.questions import OldestRead
from thienly.cli import main
from thienly.conf import Conf
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.recording.apply import apply_facts
from thienly.core.recording.moments import microseconds
from thienly.core.recording.proving import next_questions, save_answer
from thienly.core.recording.retention_versions import note_version
from thienly.core.registry.models import Camera
from thienly.steward.clock import DUTIES

pytestmark = pytest.mark.django_db
PAGE = "/continuity/keeping/"
DOCUMENT = "12/2026/QĐ-UBND"
PRESCRIBED = f'[[retention]]\nfloor_days = 15\ndocument = "{DOCUMENT}"\n'


@pytest.fixture
def dong_nai(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """DN Đ6.2: at least seven days."""
    with beside_qn(monkeypatch, "DN"):
        yield


def configured(patch: pytest.MonkeyPatch, data: Path, text: str) -> Conf:
    (data / "thienly.toml").write_text(text)
    conf = Conf(data, env={})
    patch.setattr(settings, "CONF", conf)
    patch.setenv("THIENLY_DATA", str(data))
    return conf


def refused(patch: pytest.MonkeyPatch, data: Path, text: str) -> str:
    """What `thienly up` says instead of starting."""
    configured(patch, data, text)
    with pytest.raises(SystemExit) as ended:
        main(["up"])
    return str(ended.value)


def recorded(camera: Camera, *days_ago: float, number: int = 1) -> None:
    """A minute of footage at each of these times."""
    now = timezone.now().astimezone(UTC)
    for count, ago in enumerate(days_ago):
        start = microseconds(now - timedelta(days=ago))
        closed = SegmentClosed(
            id=f"{camera.code}-{number}-{count}",
            camera=camera.id.hex,
            recorder="r1",
            segment=number + count,
            start_us=start,
            end_us=start + 60_000_000,
            bytes=1000,
            fragments=2,
            root="0" * 64,
            end_reason="full",
        )
        apply_facts([closed], now=now)


def deleted(camera: Camera, days_ago: float) -> None:
    start = microseconds(timezone.now().astimezone(UTC) - timedelta(days=days_ago))
    gone = SegmentDeleted(
        id=f"gone-{camera.code}",
        camera=camera.id.hex,
        recorder="r1",
        segment=1,
        start_us=start,
        end_us=start + 60_000_000,
        reason="below_floor",
    )
    apply_facts([gone], now=timezone.now())


def proven(oldest: dict[UUID, float]) -> None:
    """The daily proof of every camera: its recorder read a fragment that is so many days old."""
    now = timezone.now()
    for question in next_questions(now=now, limit=100):
        ago = oldest.get(question.camera.pk)
        start = None if ago is None else microseconds(now.astimezone(UTC) - timedelta(days=ago))
        answer = OldestRead(found=ago is not None, ok=True, **({} if start is None else {"start_us": start}))
        save_answer(question=question, answer=answer, now=now)


def lines(page: str) -> dict[str, str]:
    """Each camera's line of the table, by its code."""
    body = page.split("<tbody>", 2)[1].split("</tbody>", 1)[0]
    rows = [row for row in body.split("</tr>") if 'class="strong"' in row]
    return {row.split('<span class="under">')[1].split(" · ")[0]: row for row in rows}


@pytest.mark.req("QN-074")
def test_keeping_below_the_minimum_is_an_error_changes_are_versions_and_the_oldest_is_compared(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    short = PRESCRIBED + '[[retention]]\nscope = "site:mine"\nceiling_days = 10\n'
    words = refused(monkeypatch, tmp_path, short)
    assert f"tối thiểu 15 ngày theo {DOCUMENT}" in words and f"less than the 15 days of {DOCUMENT}" in words
    world = World()
    browser = client(world.operator())
    note = DUTIES["retention"][1]
    configured(monkeypatch, tmp_path, PRESCRIBED)
    before = timezone.now()
    note(before)
    note(before)  # nothing changed: no second version
    longer = PRESCRIBED + '[[retention]]\nscope = "sector:mining"\ntarget_days = 30\nceiling_days = 60\n'
    conf = configured(monkeypatch, tmp_path, longer)
    note(before)
    first, second = Entry.objects.filter(kind=Kind.RETENTION_SET).order_by("seq")
    assert (first.object_id, second.object_id) == ("1", "2")
    assert second.detail["before"] == first.detail["after"]
    (added,) = [rule for rule in second.detail["after"] if rule not in second.detail["before"]]
    assert (added["scope"], added["target_days"], added["ceiling_days"]) == ("sector:mining", 30, 60)
    assert not note_version(conf, now=before)
    recorded(world.quay, 16)
    recorded(world.gate, 3)
    proven({world.quay.pk: 16, world.gate.pk: 3})
    page = browser.get(PAGE).content.decode()
    assert page.count(DOCUMENT) == 2 + 2  # two cameras, two versions
    assert "16,0 ngày" in lines(page)["CA-001"] and "15 ngày" in lines(page)["CA-001"]
    assert "được lưu đủ như quy định" in lines(page)["CA-001"].lower()
    assert "3,0 ngày" in lines(page)["MO-001"] and "15 ngày" in lines(page)["MO-001"]
    assert "30 – 60" in page


@pytest.mark.req("DN-021")
def test_seven_days_are_there_for_each_camera_or_an_alarm_and_less_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, dong_nai: None
) -> None:
    for text in (
        "[[retention]]\nceiling_days = 6\n",
        '[[retention]]\nscope = "sector:one_stop"\ntarget_days = 3\n',
        '[[retention]]\nfloor_days = 5\ndocument = "1/QĐ"\n',
    ):
        words = refused(monkeypatch, tmp_path, text)
        assert "tối thiểu 7 ngày theo DN Đ6.2" in words and "less than the 7 days of DN Đ6.2" in words
    configured(monkeypatch, tmp_path, "")
    world = World()
    operator = client(world.operator())
    young = province.camera(world.port, "CA-002", sector="fishing_port")
    with setting_the_scene():
        Camera.objects.filter(pk=young.pk).update(created_at=timezone.now() - timedelta(days=2))
        Camera.objects.update(sector="one_stop")  # of such the regulation speaks
    recorded(world.quay, 8, 1)
    recorded(young, 2)
    recorded(world.gate, 6, 2)
    proven({world.quay.pk: 8, young.pk: 2, world.gate.pk: 6})
    page = operator.get(PAGE).content.decode()
    found = lines(page)
    assert "8,0 ngày" in found["CA-001"] and "được lưu đủ như quy định" in found["CA-001"].lower()
    assert "2,0 ngày" in found["CA-002"] and "từ khi bắt đầu ghi" in found["CA-002"]
    assert all("7 ngày" in row and "DN Đ6.2" in row for row in found.values()) and len(found) == 3
    assert "notice bad" not in page and "không còn đủ" not in operator.get("/").content.decode()
    # The disk of one was full: what was promised had to go. The next proof raises the alarm.
    deleted(world.gate, 6)
    with setting_the_scene():
        world.gate.oldest.asked_at = timezone.now() - timedelta(days=1)
        world.gate.oldest.save()
    assert [question.camera for question in next_questions(now=timezone.now(), limit=9)] == [world.gate]
    proven({world.gate.pk: 2})
    page = operator.get(PAGE).content.decode()
    assert next(iter(lines(page))) == "MO-001" and "Không được bảo đảm" in lines(page)["MO-001"]
    assert "xóa trước thời hạn" in lines(page)["MO-001"]
    assert "không còn đủ số ngày" in page and "không còn đủ số ngày" in operator.get("/").content.decode()
    told = Entry.objects.get(kind=Kind.KEEPING_JUDGED)
    assert (told.camera_id, told.detail["after"]) == (world.gate.pk.hex, "deleted_early")


def test_what_is_kept_of_cameras_outside_the_scope_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    proven({})
    found = lines(client(world.keeper()).get(PAGE).content.decode())
    assert list(found) == ["CA-001"] and "Chưa ghi gì" in found["CA-001"]
