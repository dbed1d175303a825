"""The review of rights on the pages: a head answers row by row; the administrator sees how all stand."""

import csv
import io

from django.utils import timezone

from tests import province
from tests.web.conftest import Browser, People, account
from thienly.core.access.models import Seat
from thienly.core.reviews.models import Campaign, Item
from thienly.core.units.models import Unit


def office(people: People, members: int) -> tuple[Unit, Browser]:
    unit = province.unit("Sở Giao thông vận tải", ["data_user"])
    head = people.of("truong", "Nguyễn Văn Trưởng", "unit_head", unit)
    for number in range(members):
        account(f"canbo{number}", f"Cán bộ {number:02}", "user_member", unit)
    return unit, head


def test_a_head_answers_row_by_row_and_the_administrator_sees_the_count(people: People) -> None:
    _unit, head = office(people, 3)
    admin = people.admin()
    assert admin.post("/reviews/begin/").status_code == 302
    assert Campaign.objects.count() == 1
    listed = head.get("/reviews/").content.decode()
    assert "Sở Giao thông vận tải" in listed and "Trung tâm Giám sát" not in listed
    item = Item.objects.get(holder__username="canbo1")
    review = f"/reviews/{item.review_id.hex}/"
    page = head.get(review).content.decode()
    assert page.count('name="decision" value="certified"') == 3  # three members, not his own
    sent = {"item": item.pk.hex, "decision": "revoked", "reason": "Đã nghỉ hưu", "seen": ""}
    row = head.post(f"{review}decide/", sent, headers={"HX-Request": "true"}).content.decode()
    assert "Đã nghỉ hưu" in row and "<html" not in row and 'id="tally"' in row
    assert Seat.objects.get(pk=item.right).valid_to is not None
    again = head.post(f"{review}decide/", sent, headers={"HX-Request": "true"}).content.decode()
    assert 'role="alert"' in again
    other = Item.objects.get(holder__username="canbo2")
    empty = head.post(
        f"{review}decide/",
        {"item": other.pk.hex, "decision": "certified", "reason": "", "seen": ""},
        headers={"HX-Request": "true"},
    )
    assert 'role="alert"' in empty.content.decode()
    own = Item.objects.get(holder__username="truong")
    assert head.post(f"{review}decide/", sent | {"item": own.pk.hex}).status_code == 403
    assert people.operator().get(review).status_code == 404
    told = admin.get("/api/reviews").json()
    mine = next(one for one in told if one["id"] == item.review_id.hex)
    assert (mine["revoked"], mine["pending"], mine["cite"]) == (1, 3, "QN Đ6.4; QN Đ17.1")
    answer = admin.post(
        f"/api/reviews/{mine['id']}",
        {"item": own.pk.hex, "decision": "certified", "reason": "Đương chức"},
        content_type="application/json",
    )
    assert answer.status_code == 200 and answer.json()["decision"] == "certified"


def test_who_can_see_what_is_a_page_and_a_sheet(people: People) -> None:
    people.operator()
    keeper = people.keeper()
    admin = people.admin()
    page = admin.get("/reviews/seeing/").content.decode()
    assert "Trung tâm Giám sát" in page and "Ban Quản lý cảng cá" in page
    sheet = keeper.get("/reviews/seeing/?csv=1")
    rows = list(csv.reader(io.StringIO(sheet.content.decode("utf-8-sig"))))
    assert [row[0] for row in rows[1:]] == ["Ban Quản lý cảng cá Đề Gi"] and rows[1][1:4] == ["1", "1", "1"]
    assert str(timezone.localdate()) in sheet["Content-Disposition"]
    nobody = people.nobody()
    assert nobody.get("/reviews/seeing/").status_code == 403
