"""Holds and disks on the pages: held, listed, released; alarms for who keeps the system."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from tests import province
from tests.web.conftest import Browser, People, Town
from thienly.bus.messages import DiskAlive, RecorderAlive
from thienly.core.cases.models import Case
from thienly.core.recording.heartbeats import save_heartbeat
from thienly.core.recording.moments import microseconds
from thienly.core.storage.holds import close_ended
from thienly.core.storage.models import DiskState, Hold
from thienly.rules.problems import Problem

FIELDS = {
    "start": "2026-11-16T14:00:00",
    "end": "2026-11-16T15:00:00",
    "purpose": "Va chạm tại cổng Đông",
    "basis": "123/CV-CAT",
    "until": "2199-01-01T00:00:00",
}


@pytest.fixture
def keeper(people: People) -> Browser:
    return people.keeper()


@pytest.fixture
def hold(keeper: Browser, town: Town) -> Hold:
    answer = keeper.post(f"/cameras/{town.quay.id.hex}/hold/", FIELDS)
    assert answer.status_code == 302 and answer["Location"] == "/holds/"
    return Hold.objects.get()


def test_the_camera_s_day_leads_to_a_form_with_the_span_filled_in(keeper: Browser, town: Town) -> None:
    day = keeper.get(f"/cameras/{town.quay.id.hex}/day/", {"day": "2026-11-16"}).content.decode()
    address = f"/cameras/{town.quay.id.hex}/hold/?day=2026-11-16"
    assert address in day and "Giữ lại" in day
    form = keeper.get(address).content.decode()
    assert 'value="2026-11-16T00:00:00"' in form and 'value="2026-11-17T00:00:00"' in form


def test_a_span_selected_on_the_line_fills_the_form_exactly(keeper: Browser, town: Town) -> None:
    start = datetime(2026, 11, 16, 14, 20, 5, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
    asked = {"from_us": microseconds(start), "to_us": microseconds(start + timedelta(seconds=37))}
    address = f"/cameras/{town.quay.id.hex}/hold/"
    form = keeper.get(address, asked).content.decode()
    assert 'value="2026-11-16T14:20:05"' in form and 'value="2026-11-16T14:20:42"' in form
    keeper.post(address, FIELDS | {"start": "2026-11-16T14:20:05", "end": "2026-11-16T14:20:42"})
    hold = Hold.objects.get()
    assert (hold.start, hold.end) == (start, start + timedelta(seconds=37))


@pytest.mark.parametrize("wrong", ["", "x", "-1", "9" * 30, "1e9", "1763277605000000"])
def test_a_span_that_is_none_is_the_day(keeper: Browser, town: Town, wrong: str) -> None:
    asked = {"from_us": "1763277605000000", "to_us": wrong, "day": "2026-11-16"}
    form = keeper.get(f"/cameras/{town.quay.id.hex}/hold/", asked)
    assert form.status_code == 200 and 'value="2026-11-16T00:00:00"' in form.content.decode()


def test_a_hold_is_listed_with_why_and_until_when_and_shown_on_its_camera(
    keeper: Browser, town: Town, hold: Hold
) -> None:
    for address in ("/holds/", f"/cameras/{town.quay.id.hex}/"):
        page = keeper.get(address).content.decode()
        assert "Va chạm tại cổng Đông" in page and "123/CV-CAT" in page
    # It is no fault, and is not shown as one.
    assert "Va chạm tại cổng Đông" not in keeper.get("/faults/").content.decode()
    assert keeper.get(f"/faults/{hold.case_id.hex}/")["Location"] == "/holds/"
    assert "giữ lại dữ liệu: " in keeper.get("/history/").content.decode()


def test_it_is_released_by_a_form_with_a_reason_and_never_by_opening_an_address(
    keeper: Browser, hold: Hold
) -> None:
    address = f"/holds/{hold.case_id.hex}/release/"
    assert keeper.get(address, {"version": "1", "note": "x"}).status_code == 405
    keeper.post(address, {"version": "1", "note": " "})
    assert Case.objects.get(pk=hold.case_id).state == "held"
    keeper.post(address, {"version": "1", "note": "Đã bàn giao cho Công an"})
    assert Case.objects.get(pk=hold.case_id).state == "released"
    assert "Đã bàn giao cho Công an" not in keeper.get("/holds/").content.decode()
    assert "Đã bàn giao cho Công an" in keeper.get("/holds/?all").content.decode()


def test_who_may_not_extract_finds_no_button_and_no_way(people: People, town: Town, hold: Hold) -> None:
    committee = province.unit("UBND tỉnh", ["province_leadership"])
    leader = people.of("lanhdao", "Vũ Thị Chủ", "command_user", committee)
    assert "/hold/" not in leader.get(f"/cameras/{town.quay.id.hex}/").content.decode()
    assert leader.get(f"/cameras/{town.quay.id.hex}/hold/").status_code == 403
    address = f"/holds/{hold.case_id.hex}/release/"
    assert leader.post(address, {"version": "1", "note": "x"}).status_code == 403
    assert "Va chạm" not in leader.get("/holds/").content.decode()
    assert Case.objects.get(pk=hold.case_id).state == "held"


def test_a_form_with_mistakes_says_them_beside_the_fields_and_keeps_what_was_written(
    keeper: Browser, town: Town
) -> None:
    wrong = FIELDS | {"end": "2026-11-16T13:00:00", "until": "hôm nào đó"}
    answer = keeper.post(f"/cameras/{town.quay.id.hex}/hold/", wrong)
    page = answer.content.decode()
    assert answer.status_code == 400 and 'id="end-wrong"' in page and 'id="until-wrong"' in page
    assert "Va chạm tại cổng Đông" in page and not Hold.objects.exists()


def heard(*disks: DiskAlive) -> None:
    now = timezone.now()
    beat = RecorderAlive(
        recorder="r1",
        zone="main",
        at_us=microseconds(now),
        started_us=0,
        cameras=2,
        capacity=400,
        disk_free=1,
        disk_total=2,
        facts_waiting=0,
        disks=list(disks),
    )
    save_heartbeat(beat, now)


@pytest.mark.req_part("DN-021")
def test_a_floor_that_will_break_or_is_broken_and_a_disk_that_failed_are_told_to_who_keeps_the_system(
    people: People, town: Town
) -> None:
    later = microseconds(timezone.now() + timedelta(days=2))
    heard(
        DiskAlive(disk="/mnt/a", free=10, total=100, floor_days=4.7, rate=5_000_000),
        DiskAlive(disk="/mnt/b", free=0, total=100, problem=Problem.STORE_FAILED, detail="EIO"),
        DiskAlive(disk="/mnt/c", free=0, total=100, broken_until_us=later),
        DiskAlive(disk="/mnt/d", free=90, total=100),
    )
    admin, operator = people.admin(), people.operator()
    page = admin.get("/").content.decode()
    assert "Còn 4 ngày nữa sẽ phải xóa" in page and "Đã phải xóa dữ liệu" in page
    assert page.index("/mnt/c") < page.index("/mnt/b") < page.index("/mnt/a") and "/mnt/d" not in page
    assert "/mnt/a" not in operator.get("/").content.decode()
    (recorder,) = admin.get("/api/health").json()["recorders"]
    assert [disk.get("floor_days") for disk in recorder["disks"]] == [4.7, None, None, None]
    assert [bool(disk["problem"]) for disk in recorder["disks"]] == [False, True, False, False]
    assert "disks" not in operator.get("/api/health").content.decode()
    # What is well again is not shown any more, nor a disk that was taken out.
    heard(DiskAlive(disk="/mnt/a", free=90, total=100))
    assert DiskState.objects.count() == 1
    assert "/mnt/" not in admin.get("/").content.decode()


def test_a_hold_that_ends_soon_stands_on_the_home_page_of_who_may_release_it_and_on_its_list(
    keeper: Browser, people: People, town: Town
) -> None:
    soon = timezone.localtime() + timedelta(days=3)
    keeper.post(f"/cameras/{town.quay.id.hex}/hold/", FIELDS | {"until": f"{soon:%Y-%m-%dT%H:%M:%S}"})
    home = keeper.get("/").content.decode()
    assert "Sắp hết hạn giữ lại" in home and "Va chạm tại cổng Đông" in home
    assert "hãy giữ lại lần nữa" in keeper.get("/holds/").content.decode()
    committee = province.unit("UBND tỉnh", ["province_leadership"])
    leader = people.of("lanhdao", "Vũ Thị Chủ", "command_user", committee)
    assert "Va chạm" not in leader.get("/").content.decode()
    close_ended(now=soon + timedelta(seconds=1))
    assert "Sắp hết hạn giữ lại" not in keeper.get("/").content.decode()
    assert "Đã hết hạn" in keeper.get("/holds/?all").content.decode()
