"""What the regulations name: places, levels, purposes and the unit in charge, each with its article."""

import pytest

from thienly.core.regulation import shelf
from thienly.rules.profile import Profile


def rules(name: str) -> Profile:
    book = shelf.shelf().book(name)
    assert book is not None
    return book.profile


@pytest.mark.req("DN-003")
def test_dong_nai_governs_three_types_of_places() -> None:
    assert {site.id: site.cite for site in rules("DN").site_types} == {
        "tthcc_site": "Đ1.1",
        "bpmc_huyen_site": "Đ1.1",
        "bpmc_xa_site": "Đ1.1",
    }


@pytest.mark.req("DN-004")
def test_dong_nai_has_accounts_at_three_levels() -> None:
    levels = {unit.id: unit.level for unit in rules("DN").unit_types}
    posts = {levels[role.unit] for role in rules("DN").roles}
    assert posts - {"external"} == {"province", "district", "commune"}


@pytest.mark.req("DN-005")
def test_dong_nai_names_its_purposes() -> None:
    purposes = {purpose.id: purpose.cite for purpose in rules("DN").purposes}
    assert purposes["service_quality"] == "Đ2 g1"
    given = {grant.purpose for grant in rules("DN").grants}
    assert "service_quality" in given <= purposes.keys()


@pytest.mark.req("NB-031")
def test_the_unit_in_charge_in_ninh_binh_is_the_office_of_the_committee() -> None:
    (unit,) = [unit for unit in rules("NB").unit_types if "đơn vị quản lý" in unit.vi]
    assert (unit.id, unit.cite) == ("vp_ubnd_tinh", "Đ6.1")
    (admin,) = [role for role in rules("NB").roles if role.seat == "admin"]
    assert admin.unit == unit.id
