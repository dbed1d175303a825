"""The page of a regulation: every rule beside the words it rests on, for everybody who may sign in."""

import re
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
import yaml

from tests.web.conftest import Browser, People, Town
from thienly.core.regulation import shelf
from thienly.web.templatetags.thienly import article_url

pytestmark = pytest.mark.django_db

QN = Path("src/thienly/profiles/quang-ninh")


@pytest.fixture
def two_versions(tmp_path: Path) -> Iterator[None]:
    """A second version of QN is at hand: it repairs within 3 days and drops a right."""
    data = yaml.safe_load((QN / "qn.yaml").read_text())
    data["profile"]["version"] = 2
    next(clock for clock in data["clocks"] if clock["id"] == "c-repair")["limit"]["n"] = 3
    data["grants"] = [grant for grant in data["grants"] if grant["id"] != "g-tttt"]
    (tmp_path / "qn2.yaml").write_text(yaml.safe_dump(data, allow_unicode=True))
    (tmp_path / "qn2.txt").write_text((QN / "qn.txt").read_text())
    both = shelf.fill(tmp_path)
    with patch("thienly.web.pages.regulation.shelf", lambda: both):
        yield


def body(reader: Browser, path: str) -> str:
    answer = reader.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def passage(html: str, anchor: str) -> str:
    return html.split(f'id="{anchor}"', 1)[1].split("</article>", 1)[0]


def test_a_rule_stands_beside_the_words_of_its_article(people: People, town: Town) -> None:
    html = body(people.keeper(), "/regulation/QN/")
    repair = passage(html, "Đ14.2")
    assert "trong vòng 05 ngày làm việc" in repair
    assert 'id="c-repair"' in repair
    assert html.index('id="Đ6.1"') < html.index('id="Đ14.2"')


def test_what_does_not_stand_in_the_words_is_marked(people: People, town: Town) -> None:
    html = body(people.keeper(), "/regulation/QN/")
    operator, leader = passage(html, "Đ6.1").split('id="g-central-op"')[1], passage(html, "Đ6.1")
    assert 'class="derived" id="g-command"' in leader
    assert 'class="derived"' not in operator.split("</li>")[0]


def test_where_a_rule_is_in_force_is_told_as_far_as_the_person_may_know(people: People, town: Town) -> None:
    seen = passage(body(people.keeper(), "/regulation/QN/"), "Đ11.2")
    assert town.port.name in seen
    assert town.port.name not in body(people.nobody(), "/regulation/QN/")


@pytest.mark.req("DN-001")
@pytest.mark.req_part("QN-001", "BDP-002", "NB-001", "QN-127")
@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("QN", ["33/2023", "01/09/2023"]),
        ("DN", ["4439", "4139/QĐ-UBND", "tạm thời"]),
        ("BDP", ["thiếu số/ngày", "Đê Gi"]),
        ("NB", ["thiếu số/ngày", "98%"]),
        ("BDM", ["577/QĐ-UBND", "20/02/2025", "cấp có thẩm quyền cho phép trích xuất"]),
    ],
)
def test_every_regulation_can_be_read_with_its_defects_and_what_it_leaves_open(
    people: People, town: Town, name: str, told: list[str]
) -> None:
    html = body(people.nobody(), f"/regulation/{name}/")
    for words in told:
        assert words in html
    assert ("Không áp dụng tại đây" in html) == (name != "QN")


def test_a_regulation_that_is_not_there_is_not_found(people: People, town: Town) -> None:
    reader = people.nobody()
    for path in ("ZZ/", "QN/?version=9", "QN/?version=x", "ZZ/changes/", "QN/changes/?before=7"):
        assert reader.get(f"/regulation/{path}").status_code == 404


@pytest.mark.req_part("QN-102")
def test_two_versions_are_compared_in_words(people: People, town: Town, two_versions: None) -> None:
    reader = people.nobody()
    html = body(reader, "/regulation/QN/changes/?before=1&after=2")
    assert "Sửa: thời hạn “khắc phục hư hỏng kể từ khi phát hiện hoặc được thông báo” (Đ14.2)" in html
    assert "Bỏ: quyền “" in html and "” (Đ18, Đ23)" in html
    back = body(reader, "/regulation/QN/changes/?before=2&after=1")
    assert "Thêm: quyền “" in back
    assert "Không áp dụng tại đây" in body(reader, "/regulation/QN/?version=2")
    assert "Đang áp dụng" in body(reader, "/regulation/QN/")


def test_one_version_alone_has_no_differences(people: People, town: Town) -> None:
    assert "Không có khác biệt" in body(people.keeper(), "/regulation/QN/changes/")


@pytest.mark.req_part("BDM-001")
def test_every_rule_on_the_page_leads_to_its_article(people: People, town: Town) -> None:
    html = body(people.keeper(), "/regulation/BDM/")
    ids = set(re.findall(r'<li[^>]* id="([a-z][a-z0-9_-]*)"', html))
    book = shelf.shelf().book("BDM")
    assert book is not None
    assert ids == {entry.id for _section, _place, entry in book.profile.entries()}


@pytest.mark.parametrize(
    ("cite", "where"),
    [
        ("QN Đ6.1, Đ17.1", "/regulation/QN/#%C4%906.1"),
        ("BDM Đ2.2 g3", "/regulation/BDM/#%C4%902.2%20g3"),
        ("Luật 117/2025/QH15", "/regulation/"),
        ("", "/regulation/"),
    ],
)
def test_a_citation_leads_to_the_words_of_its_article(cite: str, where: str) -> None:
    assert article_url(cite) == where


def test_why_not_leads_from_the_refusal_to_the_article(people: People, town: Town) -> None:
    admin = people.admin()
    html = admin.get(
        f"/cameras/{town.quay.id.hex}/thumbnail/?at_us=1795000000000000", HTTP_ACCEPT="text/html"
    )
    assert html.status_code == 403
    assert "/regulation/QN/#" in html.content.decode()


def test_what_the_text_leaves_open_is_settled_on_its_page_with_the_document(
    people: People, town: Town
) -> None:
    admin, path = people.admin(), "/regulation/QN/settle/"
    assert "chưa quyết định" in body(admin, "/regulation/QN/")
    given = {"parameter": "par-retention-min", "value": "P30D", "number": "12/QĐ-UBND", "issuer": "UBND tỉnh"}
    missing = admin.post(path, given, follow=True).content.decode()
    assert "ngày của văn bản" in missing
    done = admin.post(path, given | {"issued": "2026-03-02"}, follow=True).content.decode()
    assert "12/QĐ-UBND, 02/03/2026, UBND tỉnh" in done
    assert people.operator().post(path, given | {"issued": "2026-03-02"}).status_code == 403
