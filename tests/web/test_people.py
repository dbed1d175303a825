"""Accounts and roles: issue, appoint, end, suspend, restore."""

import pytest

from tests.web.conftest import People, Town, account
from thienly.core.access.models import Seat
from thienly.core.accounts.models import Account
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry

DECISION = {
    "number": "128/QĐ-UBND",
    "issued": "2026-03-02",
    "issuer": "UBND tỉnh",
    "signatory": "Lê Văn Chủ, Chủ tịch",
}


def test_who_administers_accounts_sees_people_with_their_roles_and_articles(people: People) -> None:
    people.operator()
    page = people.admin().get("/people/").content.decode()
    assert "Nguyễn Văn Trực" in page
    assert "QN Đ6.1" in page


def test_who_administers_none_is_refused_with_the_reason(people: People) -> None:
    answer = people.operator().get("/people/")
    assert answer.status_code == 403
    assert "quản trị tài khoản" in answer.content.decode()
    assert Entry.objects.filter(kind=Kind.REFUSED).count() == 1


def test_an_account_is_issued_with_a_password_that_is_shown_once(people: People, town: Town) -> None:
    admin = people.admin()
    fields = {
        "unit": town.centre.id.hex,
        "username": "hoanv",
        "full_name": "Ngô Văn Hòa",
        "person_number": "037090001234",
        "title": "trực ban",
    }
    page = admin.post("/people/new/", fields).content.decode()
    made = Account.objects.get(username="hoanv")
    password = page.split("<code>")[1].split("</code>")[0]
    assert made.check_password(password)
    assert password not in admin.get(f"/people/{made.id.hex}/").content.decode()
    assert password not in str([entry.detail for entry in Entry.objects.all()])


def test_a_bad_user_name_is_told_beside_its_field(people: People, town: Town) -> None:
    fields = {"unit": town.centre.id.hex, "username": "Tên có dấu", "full_name": "Ngô Văn Hòa"}
    answer = people.admin().post("/people/new/", fields)
    assert answer.status_code == 400
    assert 'id="username-wrong"' in answer.content.decode()


def test_a_role_is_given_by_a_decision_and_ended_with_a_reason(people: People, town: Town) -> None:
    admin, newcomer = people.admin(), account("moi", "Đỗ Văn Mới")
    address = f"/people/{newcomer.id.hex}/"
    post = f"{town.centre.id.hex}|QN|central_operator"
    without = admin.post(f"{address}appoint/", {"post": post})
    assert without.status_code == 400
    assert "Hãy ghi số của văn bản." in without.content.decode()
    assert not Seat.objects.filter(account=newcomer).exists()
    assert admin.post(f"{address}appoint/", {"post": post, **DECISION}).status_code == 302
    seat = Seat.objects.get(account=newcomer)
    assert "128/QĐ-UBND" in admin.get(address).content.decode()
    assert admin.post(f"/seats/{seat.id.hex}/end/", {"reason": "chuyển công tác"}).status_code == 302
    seat.refresh_from_db()
    assert seat.valid_to is not None
    assert list(
        Entry.objects.filter(kind__startswith="seat.").order_by("seq").values_list("kind", flat=True)
    ) == [
        Kind.SEAT_APPOINTED,
        Kind.SEAT_ENDED,
    ]


def test_a_role_that_the_unit_has_no_function_for_is_refused_with_its_article(
    people: People, town: Town
) -> None:
    newcomer = account("moi", "Đỗ Văn Mới")
    wish = {"post": f"{town.port.id.hex}|QN|central_operator", **DECISION}
    answer = people.admin().post(f"/people/{newcomer.id.hex}/appoint/", wish)
    assert answer.status_code == 403
    assert "không có chức năng" in answer.content.decode()
    assert not Seat.objects.filter(account=newcomer).exists()


def test_nobody_administers_himself_or_people_beyond_his_unit(people: People) -> None:
    keeper, operator = people.keeper(), people.operator()
    assert keeper.account
    assert operator.account
    assert keeper.post(f"/people/{keeper.account.id.hex}/suspend/", {"reason": "x"}).status_code in (403, 404)
    assert keeper.post(f"/people/{operator.account.id.hex}/suspend/", {"reason": "x"}).status_code == 404
    assert keeper.get(f"/people/{operator.account.id.hex}/").status_code == 404
    operator.account.refresh_from_db()
    assert operator.account.suspended_at is None


def test_an_account_is_suspended_and_restored(people: People) -> None:
    admin, operator = people.admin(), people.operator()
    assert operator.account
    address = f"/people/{operator.account.id.hex}/"
    admin.post(f"{address}suspend/", {"reason": "nghỉ dài ngày"})
    assert "Tạm khóa" in admin.get(address).content.decode()
    admin.post(f"{address}restore/")
    operator.account.refresh_from_db()
    assert operator.account.suspended_at is None


def test_the_search_in_the_bar_finds_only_what_one_may_know(people: People, town: Town) -> None:
    people.operator()
    found = people.keeper().get("/search/", {"q": "cang"}).content.decode()
    assert town.quay.site.name in found
    nothing = people.nobody().get("/search/", {"q": "nguyen"}).content.decode()
    assert "Nguyễn Văn Trực" not in nothing


def test_among_thousands_people_are_found_by_unit_and_by_how_their_account_stands(
    people: People, town: Town
) -> None:
    people.operator(), people.keeper(), people.nobody()
    admin, centre = people.admin(), town.centre.id.hex
    left = account("nghi", "Bùi Văn Nghỉ", "central_operator", town.centre)
    admin.post(f"/people/{left.id.hex}/suspend/", {"reason": "nghỉ việc"})

    def found(**ask: str) -> set[str]:
        return {person.username for person, _cards in admin.get("/people/", ask).context["people"]}

    assert found() >= {"trucban", "cangca", "moi", "nghi"}
    assert found(unit=centre) == {"trucban", "quantri", "nghi"}
    assert found(state="no_role") == {"moi"}
    assert found(unit=centre, state="suspended") == {"nghi"}
    assert "nghi" not in found(state="no_second_step") | found(state="never")
    assert found(state="machine") == set()
    assert found(state="x", page="99", unit="y") >= {"trucban"}


def test_beyond_a_page_of_people_the_next_is_offered_and_a_part_renews_itself(
    people: People, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("thienly.web.pages.people.PER_PAGE", 1)
    people.operator()
    admin = people.admin()
    part = admin.get("/people/", {"unit": town.centre.id.hex}, HTTP_HX_REQUEST="true").content.decode()
    assert "2 tài khoản" in part and "<html" not in part
    assert f"/people/?unit={town.centre.id.hex}&amp;page=2" in part


def test_to_give_a_role_the_unit_is_chosen_first_and_only_its_roles_are_offered(
    people: People, town: Town
) -> None:
    admin, newcomer = people.admin(), account("moi", "Đỗ Văn Mới")
    address = f"/people/{newcomer.id.hex}/"
    part = admin.get(address, {"unit": town.port.id.hex}, HTTP_HX_REQUEST="true").content.decode()
    assert "QN|cam_admin" in part and "central_operator" not in part and "<html" not in part
    kept = admin.post(f"{address}appoint/", {"post": f"{town.port.id.hex}|QN|cam_admin", "document": ""})
    assert kept.context["unit"] == town.port
