"""The duties of a unit, as its people open them (Nhiệm vụ của đơn vị)."""

import re

import pytest

from tests import province
from tests.regulations import beside_qn
from tests.web.conftest import BACKEND, Browser, People, Town
from thienly.core.regulation import shelf
from thienly.core.units.models import Unit

pytestmark = pytest.mark.django_db


def body(reader: Browser, path: str) -> str:
    answer = reader.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


@pytest.mark.parametrize("name", ["BDM", "DN"])
@pytest.mark.req("BDM-002")
@pytest.mark.req("DN-002")
def test_every_body_that_is_bound_sees_its_duties_and_no_other_body_does(
    town: Town, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = shelf.shelf().book(name)
    assert book is not None
    with beside_qn(monkeypatch, name):
        for number, bound in enumerate(book.profile.bound):
            of = province.unit(f"Đơn vị {number}", [bound.unit])
            html = body(reader_in(of, f"nguoi-{number}"), "/me/duties/")
            assert f">{name} " in html, bound.unit
            assert f"{name} {bound.cite}" in html
        stranger = reader_in(province.unit("Hội người cao tuổi", []), "hoi-vien")
        assert f">{name} " not in body(stranger, "/me/duties/")


def reader_in(unit: Unit, username: str) -> Browser:
    browser = Browser()
    browser.account = province.person(username)
    province.seat(browser.account, unit, "cam_admin")
    browser.force_login(browser.account, backend=BACKEND)
    return browser


def test_the_duties_of_a_unit_are_read_by_whoever_may_know_it(people: People, town: Town) -> None:
    path = f"/units/{town.port.id.hex}/duties/"
    assert "Nhiệm vụ của đơn vị" in body(people.keeper(), path)
    assert people.nobody().get(path).status_code == 404


@pytest.mark.req("QN-002")
def test_the_page_of_a_camera_names_the_regulations_that_govern_it(
    people: People, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/cameras/{town.gate.id.hex}/"  # of the mines
    assert governed(body(people.operator(), path)) == {"QN"}
    with beside_qn(monkeypatch, "BDM"):
        reader = people.of("mo-1", "Lê Văn Mỏ", "cam_admin", town.mine)
        department = province.unit("Sở Tài nguyên và Môi trường", ["so_tnmt"])
        province.seat(reader.account, department, "tnmt_user", profile="BDM")  # type: ignore[arg-type]
        assert governed(body(reader, path)) == {"QN", "BDM"}
    with beside_qn(monkeypatch, "NB"):
        reader = people.of("mo-2", "Lê Thị Mỏ", "cam_admin", town.mine)
        assert governed(body(reader, path)) == {"QN"}


def governed(html: str) -> set[str]:
    row = html.split("<dt>Áp dụng quy định</dt>", 1)[1].split("<dt>", 1)[0]
    return set(re.findall(r'href="/regulation/([A-Z]+)/"', row))
