"""The why-page: plain sentences with their articles, reached from refusals, from persons and from cameras."""

import re
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.guard import setting_the_scene
from tests.web.conftest import People, Town
from thienly.core.access.models import Seat

QN = Path("src/thienly/profiles/quang-ninh/qn.yaml").read_text(encoding="utf-8")


def upload(text: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("qn.yaml", text.encode())


def page(browser: object, path: str, status: int = 200) -> str:
    answer = browser.get(path)  # type: ignore[attr-defined]
    assert answer.status_code == status
    return re.sub(r"\s+", " ", str(answer.content.decode()))


def test_a_refusal_leads_to_its_explanation_and_to_whom_to_ask(people: People, town: Town) -> None:
    people.admin()
    operator = people.operator()
    refused = page(operator, f"/cameras/{town.quay.id.hex}/edit/", 403)
    link = re.search(r'href="(/why/\?camera=[^"]+)"', refused)
    assert link is not None
    told = page(operator, link[1].replace("&amp;", "&"))
    assert "Bạn không được phép quản trị thiết bị: camera CC-001" in told
    assert 'href="/regulation/QN/#%C4%9011.2"' in told  # to the article of those who are given it
    assert "Ai có thể cho phép?" in told and "Đặng Thị Hồng Nhung" in told


def test_pages_of_persons_and_cameras_lead_there(people: People, town: Town) -> None:
    keeper, admin = people.keeper(), people.admin()
    assert keeper.account is not None
    assert f"/why/?person={keeper.account.pk.hex}" in page(admin, f"/people/{keeper.account.pk.hex}/")
    assert f"/why/?camera={town.quay.id.hex}" in page(keeper, f"/cameras/{town.quay.id.hex}/")
    assert 'href="/why/"' in page(keeper, f"/cameras/{town.gate.id.hex}/", 404)


@pytest.mark.req("BDP-014")
def test_rights_stand_in_four_groups_and_monitoring_gives_no_exploiting(people: People, town: Town) -> None:
    leader = people.of("lanhdao", "Vũ Đức Lãnh", "command_user", town.centre)
    with setting_the_scene():
        town.centre.functions = ["province_leadership"]
        town.centre.save()
    shown = page(leader, f"/why/?camera={town.quay.id.hex}")
    groups = re.findall(r"<h3>([^<]+)</h3>", shown)
    assert groups == ["Quản lý", "Sử dụng", "Giám sát", "Khai thác dữ liệu"]
    answers = dict(re.findall(r'<span>([^<]+)</span><span class="why-answer">([^<]+)<', shown))
    assert answers["Xem trực tiếp"] == answers["Xem lại dữ liệu đã ghi"] == "được"
    assert answers["Trích xuất dữ liệu"] == answers["Cung cấp dữ liệu"] == "không được"


def test_the_administrator_asks_by_names_and_is_told_in_the_third_person(people: People, town: Town) -> None:
    people.keeper()
    admin = people.admin()
    told = page(admin, "/why/?username=cangca&code=mo-001&action=view.live")
    assert "Phạm Minh Hải không được phép xem trực tiếp: camera MO-001" in told
    assert "chỉ có phạm vi: đơn vị của mình" in told or "chỉ có phạm vi" in told
    assert "của bạn" not in told.split('id="ask"')[0].split('id="verdict"')[1]
    missing = page(admin, "/why/?username=khongco", 400)
    assert "Không có ai mang tên đăng nhập này" in missing


def test_whoever_may_not_ask_about_others_is_offered_no_name(people: People, town: Town) -> None:
    operator, keeper = people.operator(), people.keeper()
    assert 'name="username"' not in page(operator, "/why/")
    assert keeper.account is not None
    page(operator, f"/why/?person={keeper.account.pk.hex}", 404)
    page(operator, "/why/?username=cangca", 400)
    page(keeper, f"/why/?camera={town.gate.id.hex}", 404)
    assert "Không có camera nào mang mã này" in page(keeper, "/why/?code=MO-001", 400)


def test_a_draft_role_and_a_draft_regulation_are_shown_and_not_saved(people: People, town: Town) -> None:
    admin, keeper = people.admin(), people.keeper()
    seats = Seat.objects.count()
    sent = {"what": "seat", "username": "cangca", "unit": town.mine.id.hex, "post": "QN|cam_admin"}
    shown = re.sub(r"\s+", " ", admin.post("/why/draft/", sent).content.decode())
    assert "Những gì sẽ thay đổi với Phạm Minh Hải" in shown
    assert "Thêm 1 camera" in shown and "MO-001" in shown and "QN Đ11.2, Đ20" in shown
    assert Seat.objects.count() == seats and keeper.account is not None
    broken = {"what": "profile", "profile": upload(QN.replace("to: ioc_user", "to: ai_do"))}
    shown = admin.post("/why/draft/", broken).content.decode()
    assert "Dự thảo có lỗi" in shown and re.search(r"draft\.yaml:\d+", shown)
    less = QN.replace(
        "[view.live, view.playback, ptz, extract], scope: own_unit", "[view.live], scope: own_unit"
    )
    assert less != QN
    sent = {"what": "profile", "username": "cangca", "profile": upload(less)}
    shown = re.sub(r"\s+", " ", admin.post("/why/draft/", sent).content.decode())
    assert "Bớt 1 camera" in shown and "CC-001" in shown
    assert admin.post("/why/draft/", {"what": "profile"}).status_code == 400
