"""Regulations through the interface: number, date, issuer, and every rule with its article."""

from typing import Any

import pytest

from tests.api.world import World, got

pytestmark = pytest.mark.django_db


def whole(name: str) -> dict[str, Any]:
    status, told = got(World().nobody(), f"regulations/{name}")
    assert status == 200
    return dict(told)


@pytest.mark.req("BDM-001")
def test_the_profile_of_the_mines_has_number_date_issuer_and_an_article_for_every_rule() -> None:
    told = whole("BDM")
    assert (told["number"], told["date"]) == ("577/QĐ-UBND", "2025-02-20")
    assert told["issuer"] == "Chủ tịch UBND tỉnh Bình Định"
    assert (told["instrument"], told["domain"], told["version"]) == ("decision_individual", "mining", 1)
    rules = [rule for section in told["sections"].values() for rule in section]
    assert len(rules) > 100
    assert all(rule["cite"].strip() and rule["basis"] in ("explicit", "derived") for rule in rules)
    assert told["articles"]["Đ2.2 g2"].startswith("- Xóa, chỉnh sửa, sao chép")


@pytest.mark.parametrize("name", ["BDM", "BDP", "DN", "NB", "QN"])
def test_of_every_regulation_each_rule_has_an_article(name: str) -> None:
    told = whole(name)
    assert all(rule["cite"].strip() for section in told["sections"].values() for rule in section)
    assert told["in_force"] == (name == "QN")


def test_what_the_copy_does_not_say_is_null_and_not_guessed() -> None:
    told = whole("NB")
    assert (told["number"], told["date"], told["effective_from"]) == (None, None, None)


def test_the_list_names_every_regulation_at_hand_and_an_unknown_one_is_not_found() -> None:
    reader = World().nobody()
    status, listed = got(reader, "regulations")
    assert status == 200
    assert [head["id"] for head in listed] == ["BDM", "BDP", "DN", "NB", "QN"]
    assert got(reader, "regulations/ZZ")[0] == 404
