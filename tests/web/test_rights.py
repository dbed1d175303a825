"""The pages and the interface of rights for a time: give, lend, receive, end, hand over."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests import province
from tests.regulations import beside_qn
from tests.walk.routes import DECISION
from tests.walk.world import World
from thienly.core.access.models import Right, Seat
from thienly.core.accounts.models import Account

pytestmark = pytest.mark.django_db

UNTIL = {"until": (timezone.localdate() + timedelta(days=5)).isoformat()}


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def admin(world: World) -> Client:
    return world.browser("admin")


def address(person: Account, act: str = "") -> str:
    return f"/people/{person.id.hex}/{act}"


def test_a_consent_is_given_on_the_page_listed_until_it_ends_and_ended_with_a_reason(
    world: World, admin: Client
) -> None:
    member = world.people["member"]
    asked = {
        "kind": "consent",
        "seat": member.seats.get().id.hex,
        "actions": ["view.live"],
        "reason": "Theo dõi bão số 5",
        "cameras": "MO-001",
        **UNTIL,
        **DECISION,
    }
    mine = f"/cameras/{world.mine.camera.id.hex}/"
    assert world.browser("member").get(mine).status_code == 404
    wrong = admin.post(address(member, "give/"), asked | {"number": "", "cameras": "MO-009"})
    assert wrong.status_code == 400 and "MO-009" in wrong.content.decode()
    board = admin.post(address(member, "give/"), asked | {"issuer": "Ban Quản lý cảng cá"})
    assert board.status_code == 403 and "QN Đ9.1" in board.content.decode()
    assert admin.post(address(member, "give/"), asked).status_code == 302
    assert world.browser("member").get(mine).status_code == 200
    soon = admin.get("/rights/?show=soon").content.decode()
    assert "Theo dõi bão số 5" in soon and "9/QĐ-UBND" in soon and "MO-001" in soon
    assert "9/QĐ-UBND" in world.browser("member").get("/me/").content.decode()
    right = Right.objects.get(seat__account=member)
    assert admin.post(f"/rights/{right.id.hex}/end/", {"reason": "bão tan"}).status_code == 302
    assert world.browser("member").get(mine).status_code == 404
    assert "bão tan" in admin.get("/rights/?show=all").content.decode()


def test_who_leaves_is_signed_out_and_the_successor_sits_in_the_same_roles(
    world: World, admin: Client
) -> None:
    keeper, heir = world.people["keeper"], province.person("kenhiem", "Đỗ Văn Kế")
    browser = world.browser("keeper")
    assert browser.get("/cameras/").status_code == 200
    missing = admin.post(address(keeper, "handover/"), DECISION | {"reason": "", "successor": "khong.co"})
    assert missing.status_code == 400 and not keeper.seats.exclude(valid_to=None).exists()
    form = DECISION | {"reason": "nghỉ hưu", "successor": "kenhiem"}
    assert admin.post(address(keeper, "handover/"), form).status_code == 302
    assert browser.get("/cameras/").status_code == 302, "the session has ended"
    assert Seat.objects.get(account=heir).role == "cam_admin"
    page = admin.get(address(heir)).content.decode()
    assert "9/QĐ-UBND" in page and "Lê Văn Chủ, Chủ tịch" in page and str(keeper) in page


def test_a_holder_lends_his_right_on_his_own_page(world: World) -> None:
    keeper = world.people["keeper"]
    seat = keeper.seats.get()
    clerk = province.person("vanthu", "Lê Thị Thư")
    province.seat(clerk, world.board, "cam_contact")
    form = {"to": "vanthu", "actions": ["view.live"], "reason": "Đi công tác", **UNTIL, **DECISION}
    browser = world.browser("keeper")
    path = f"/seats/{seat.id.hex}/delegate/"
    stranger = browser.post(path, form | {"to": "giu-mo"})
    assert stranger.status_code == 400 and "giu-mo" in stranger.content.decode()
    assert browser.post(path, form | {"actions": ["admin.accounts"]}).status_code == 403
    assert not Right.objects.exclude(lender=None).exists()
    assert browser.post(path, form).status_code == 302
    assert Right.objects.get(lender=seat).seat.account == clerk
    assert "Lê Thị Thư" in browser.get("/rights/").content.decode()


@pytest.mark.req("BDP-029")
def test_one_unit_assigns_and_another_receives_and_what_is_not_received_is_seen_by_the_assigner(
    world: World, admin: Client
) -> None:
    police = province.unit("Công an huyện Phù Cát", ["ca_phu_cat"])
    province.seat(world.people["admin"], province.unit("VNPT", ["vnpt"]), "vnpt_admin", profile="BDP")
    port = province.site(police, "Cảng cá và khu neo đậu Đề Gi", kind="fishing_port")
    wrong = province.site(police, "Cảng cá Quy Nhơn", kind="fishing_port")
    patch = pytest.MonkeyPatch()
    with beside_qn(patch, "BDP"):
        officer = province.person("phucat", "Võ Văn Cát")
        province.settled(world.people["admin"])
        form = {"post": f"{police.id.hex}|BDP|ca_pc_user", "sites": [port.id.hex]} | DECISION
        form |= {"issuer": "UBND huyện Phù Cát"}
        elsewhere = admin.post(address(officer, "appoint/"), form | {"sites": [wrong.id.hex]})
        assert elsewhere.status_code == 403 and "BDP II.7 g2" in elsewhere.content.decode()
        assert admin.post(address(officer, "appoint/"), form).status_code == 302
        page = admin.get(address(officer)).content.decode()
        assert "UBND huyện Phù Cát" in page and "Chưa tiếp nhận" in page
        browser = Client()
        browser.force_login(officer, backend="allauth.account.auth_backends.AuthenticationBackend")
        seat = officer.seats.get()
        assert f"/seats/{seat.id.hex}/receive/" in browser.get("/me/").content.decode()
        assert browser.post(f"/seats/{seat.id.hex}/receive/").status_code == 302
        page = admin.get(address(officer)).content.decode()
        assert "Chưa tiếp nhận" not in page and "admin" in page
        seat.refresh_from_db()
        assert seat.received_at is not None and seat.assigned_by == world.people["admin"]


def test_the_interface_gives_and_ends_and_refuses_like_the_pages(world: World, admin: Client) -> None:
    member = world.people["member"]
    body = {
        "kind": "grant",
        "seat": member.seats.get().id.hex,
        "actions": ["view.live"],
        "reason": "Theo dõi",
        "document": DECISION,
        "valid_to": (timezone.now() + timedelta(days=3)).isoformat(),
        "sites": [world.mine.camera.site_id.hex],
    }

    def send(browser: Client, path: str, data: dict[str, object]) -> tuple[int, dict[str, object]]:
        answer = browser.post(path, json.dumps(data), content_type="application/json")
        return answer.status_code, answer.json()

    path = f"/api/people/{member.id.hex}/rights"
    status, told = send(admin, path, body | {"actions": ["extract"]})
    assert status == 403 and told["reasons"][0]["code"] == "not_to_be_given"  # type: ignore[index]
    status, told = send(admin, path, body | {"document": DECISION | {"signatory": " "}})
    assert status == 422 and "signatory" in told["fields"]  # type: ignore[operator]
    assert not Right.objects.filter(seat__account=member).exists()
    status, told = send(admin, path, body)
    assert status == 201 and told["in_force"]
    listed = admin.get("/api/rights?soon=true").json()
    assert told["id"] in {one["id"] for one in listed}
    assert send(admin, f"/api/rights/{told['id']}/end", {"reason": "thôi"})[0] == 200
    assert told["id"] not in {one["id"] for one in admin.get("/api/rights").json()}
