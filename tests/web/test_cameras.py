"""The list of cameras and the page of one: what each post finds, and what it does not."""

import re
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.guard import setting_the_scene
from tests.web.conftest import People, Town
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.recording.models import Coverage, Gap
from thienly.core.registry.models import Camera


def refusals() -> list[int]:
    return [entry.detail["status"] for entry in Entry.objects.filter(kind=Kind.REFUSED)]


def test_a_keeper_finds_the_cameras_of_his_unit_and_no_others(people: People, town: Town) -> None:
    page = people.keeper().get("/cameras/").content.decode()
    assert town.quay.name in page
    assert town.gate.name not in page


@pytest.mark.parametrize("typed", ["de gi", "Đê Gi", "Đề Gi", "DE GI", "cc-001"])
def test_search_ignores_diacritics(people: People, town: Town, typed: str) -> None:
    page = people.operator().get("/cameras/", {"q": typed}, headers={"HX-Request": "true"}).content.decode()
    assert town.quay.name in page
    assert town.gate.name not in page


def test_filters_live_in_the_address_and_can_be_taken_off_one_by_one(people: People, town: Town) -> None:
    address = f"/cameras/?unit={town.port.id.hex}&sector=fishing_port"
    page = people.operator().get(address).content.decode()
    assert town.quay.name in page
    assert town.gate.name not in page
    assert f'href="?unit={town.port.id.hex}"' in page
    assert 'href="?sector=fishing_port"' in page


def test_a_state_narrows_the_list(people: People, town: Town) -> None:
    operator = people.operator()
    assert town.quay.name in operator.get("/cameras/?state=unknown").content.decode()
    assert town.quay.name not in operator.get("/cameras/?state=recording").content.decode()


def test_filtering_by_a_unit_outside_the_scope_tells_nothing(people: People, town: Town) -> None:
    page = people.keeper().get(f"/cameras/?unit={town.mine.id.hex}").content.decode()
    assert town.mine.name not in page


def test_an_entitled_person_gets_the_page_with_its_player_and_the_article(people: People, town: Town) -> None:
    answer = people.operator().get(f"/cameras/{town.quay.id.hex}/")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert f'data-camera="{town.quay.id.hex}"' in page
    assert "QN Đ6.1" in page
    assert refusals() == []


def test_a_camera_outside_the_scope_is_404_like_one_that_never_was_and_recorded(
    people: People, town: Town
) -> None:
    keeper = people.keeper()
    denied = keeper.get(f"/cameras/{town.gate.id.hex}/")
    unknown = keeper.get(f"/cameras/{'0' * 32}/")
    assert (denied.status_code, unknown.status_code) == (404, 404)
    assert town.gate.name not in denied.content.decode()
    assert refusals() == [404, 404]


def test_who_inspects_records_sees_the_facts_but_no_picture_and_reads_why(people: People, town: Town) -> None:
    page = people.admin().get(f"/cameras/{town.quay.id.hex}/").content.decode()
    assert f'data-camera="{town.quay.id.hex}"' not in page
    assert "Không được phép xem hình của camera này" in page
    assert "QN Đ6.1" in page


def test_changing_a_camera_that_one_may_only_watch_is_403_with_the_reason_and_recorded(
    people: People, town: Town
) -> None:
    people.admin()
    answer = people.operator().get(f"/cameras/{town.quay.id.hex}/edit/")
    assert answer.status_code == 403
    assert "quản trị thiết bị" in answer.content.decode()
    assert "Đặng Thị Hồng Nhung" in answer.content.decode()  # whom to ask
    assert refusals() == [403]


@pytest.mark.parametrize("part", ["day/?day=2026-11-17", "now/"])
def test_the_parts_of_the_page_follow_the_same_right(people: People, town: Town, part: str) -> None:
    address = f"/cameras/{town.gate.id.hex}/{part}"
    assert people.operator().get(address).status_code == 200
    assert people.keeper().get(address).status_code == 404
    assert refusals() == [404]


def test_a_day_says_how_much_is_recorded_and_each_gap_with_its_reason(people: People, town: Town) -> None:
    midnight = datetime(2026, 11, 17, tzinfo=timezone.get_current_timezone())
    with setting_the_scene():
        Coverage.objects.create(
            camera=town.quay, recorder="r1", hour=midnight, seconds=b"\xff" * 225 + b"\0" * 225
        )
        Gap.objects.create(
            gap="g",
            camera=town.quay,
            recorder="r1",
            start=midnight + timedelta(minutes=30),
            end=midnight + timedelta(minutes=50),
            reason="stalled",
            known_at=midnight,
        )
    page = people.operator().get(f"/cameras/{town.quay.id.hex}/day/?day=2026-11-17").content.decode()
    gaps = re.findall(r'data-go="(\d+)">([^<]+)<', page)
    begun = int((midnight + timedelta(minutes=30)).timestamp() * 1e6)
    reason = "Gián đoạn: đã kết nối nhưng không có hình"
    assert gaps == [(str(begun), f"00:30:00 – 00:50:00 · {reason}")]
    share = re.search(r"Có ghi hình <span class=\"number\">([\d,]+) %", page)
    assert share and float(share[1].replace(",", ".")) == pytest.approx(100 * 0.5 / 24, abs=0.1)


def test_nobody_reaches_a_page_without_signing_in(town: Town) -> None:
    for path in (
        "/",
        "/cameras/",
        f"/cameras/{town.quay.id.hex}/",
        "/wall/",
        "/history/",
        "/people/",
        "/search/?q=a",
    ):
        answer = Client().get(path)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/signin/?next=")


def test_a_camera_is_entered_through_the_form_and_stands_in_history(people: People, town: Town) -> None:
    fields = {
        "site": town.quay.site_id.hex,
        "code": "CC-009",
        "name": "Cầu cảng số 9",
        "sector": "fishing_port",
        "url": "rtsp://10.20.1.9:554/stream1",
        "username": "admin",
        "password": "mat-khau-camera",
        "record": "on",
    }
    answer = people.keeper().post("/cameras/new/", fields)
    camera = Camera.objects.get(code="CC-009")
    assert (answer.status_code, answer["Location"]) == (302, f"/cameras/{camera.id.hex}/")
    entry = Entry.objects.get(kind=Kind.CAMERA_REGISTERED)
    assert entry.camera_id == camera.id.hex
    assert "mat-khau-camera" not in str(entry.detail)


def test_errors_stand_beside_their_fields_and_what_was_typed_is_kept(people: People, town: Town) -> None:
    fields = {
        "site": town.quay.site_id.hex,
        "code": "CC 009",
        "name": "Tên đã gõ",
        "sector": "fishing_port",
        "url": "ftp://x",
    }
    answer = people.keeper().post("/cameras/new/", fields)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert 'id="url-wrong"' in page
    assert 'id="code-wrong"' in page
    assert 'value="Tên đã gõ"' in page
    assert not Camera.objects.filter(name="Tên đã gõ").exists()


def test_a_stored_password_never_comes_back_into_the_form(people: People, town: Town) -> None:
    keeper = people.keeper()
    change = {
        "site": town.quay.site_id.hex,
        "code": "CC-001",
        "name": "Cầu cảng",
        "sector": "fishing_port",
        "url": "rtsp://10.20.1.9/a",
        "username": "admin",
        "password": "mat-khau-camera",
        "record": "on",
        "why": "Thay máy",
    }
    assert keeper.post(f"/cameras/{town.quay.id.hex}/edit/", change).status_code == 302
    page = keeper.get(f"/cameras/{town.quay.id.hex}/edit/").content.decode()
    town.quay.refresh_from_db()
    assert town.quay.sealed_password
    assert "mat-khau-camera" not in page
    assert town.quay.sealed_password not in page


def test_checking_a_connection_without_a_recorder_says_so(people: People, town: Town) -> None:
    fields = {"site": town.quay.site_id.hex, "url": "rtsp://10.20.1.9/a"}
    page = people.keeper().post("/cameras/probe/", fields).content.decode()
    assert "Chưa kiểm tra được" in page


def test_checking_a_wrong_address_gives_advice(people: People, town: Town) -> None:
    page = (
        people.keeper()
        .post("/cameras/probe/", {"site": town.quay.site_id.hex, "url": "ftp://x"})
        .content.decode()
    )
    assert "Địa chỉ không đúng" in page
    assert "rtsp://10.20.1.15:554/stream1" in page


def test_checking_a_connection_at_somebody_elses_site_is_404(people: People, town: Town) -> None:
    fields = {"site": town.gate.site_id.hex, "url": "rtsp://10.20.1.9/a"}
    assert people.keeper().post("/cameras/probe/", fields).status_code == 404
    assert refusals() == [404]


def test_a_name_that_looks_like_markup_stays_text(people: People, town: Town) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    change = {
        "site": town.quay.site_id.hex,
        "code": "CC-001",
        "name": evil,
        "sector": "fishing_port",
        "url": "rtsp://10.20.1.9/a",
        "record": "on",
        "why": evil,
    }
    keeper = people.keeper()
    assert keeper.post(f"/cameras/{town.quay.id.hex}/edit/", change).status_code == 302
    for path in (
        "/",
        "/cameras/",
        f"/cameras/{town.quay.id.hex}/",
        "/wall/",
        "/history/",
        "/search/?q=script",
    ):
        page = keeper.get(path).content.decode()
        assert "<script>alert" not in page, path
        assert "<img src=x" not in page, path
