"""What holds for every page: language, headers, no inline code, nothing changed by looking."""

import re
from html.parser import HTMLParser

import pytest
from babel.messages.pofile import read_po
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from scripts import messages

from tests.web.conftest import Browser, People, Town
from tests.web.test_faults import reported
from thienly.core.ledger.models import Entry


def pages(people: People, town: Town) -> list[tuple[Browser, str]]:
    """Every page with each post that has one."""
    case = reported(people, town)
    town_pages = [
        f"/cameras/{town.quay.id.hex}/",
        f"/cameras/{town.quay.id.hex}/edit/",
        f"/cameras/{town.quay.id.hex}/fault/",
        f"/cameras/{town.quay.id.hex}/day/",
        f"/cameras/{town.quay.id.hex}/now/",
        "/cameras/new/",
        "/people/new/",
    ]
    everybody = [
        "/",
        "/cameras/",
        "/wall/",
        "/history/",
        "/faults/",
        "/extraction/",
        "/continuity/",
        "/continuity/keeping/",
        f"/continuity/{town.quay.id.hex}/",
        f"/continuity/sites/{town.quay.site_id.hex}/",
        "/availability/",
        "/storage/",
        "/quality/",
        "/quality/services/",
        "/quality/indicators/",
        f"/faults/{case.id.hex}/",
        "/people/",
        "/me/",
        "/search/?q=cang",
        "/units/",
        "/units/?day=2024-01-01",
        "/units/?q=cang",
        f"/units/{town.port.id.hex}/",
        "/areas/",
        "/areas/?q=binh+dinh",
        "/reorganisations/",
        "/regulation/",
        "/regulation/QN/",
        "/regulation/QN/changes/",
        "/selftest/",
        "/me/password/",
        "/me/second-step/",
        "/nowhere/",
        f"/cameras/{'0' * 32}/",
    ]
    keeper, admin, nobody = people.keeper(), people.admin(), people.nobody()
    assert keeper.account
    return [
        *((keeper, path) for path in [*town_pages, *everybody]),
        *((admin, path) for path in [*everybody, town_pages[0], f"/people/{keeper.account.id.hex}/"]),
        *((nobody, path) for path in ["/", "/cameras/", "/history/", "/faults/", "/me/"]),
        *((Browser(), path) for path in ["/signin/", "/signout/", "/selftest/"]),
    ]


class Inline(HTMLParser):
    """Collects what the policy would not run, and the visible text."""

    def __init__(self) -> None:
        super().__init__()
        self.forbidden: list[str] = []
        self.texts: list[str] = []
        self._script: str | None = None
        self._hidden = 0
        self._lang: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.forbidden += [f"<{tag} {name}>" for name in given if name == "style" or name.startswith("on")]
        if tag == "style":
            self.forbidden.append("<style>")
        if tag == "script":
            self._script = "data" if given.get("type") == "application/json" else "code"
        self.texts += [
            value for name, value in attrs if value and name in ("title", "placeholder", "aria-label", "alt")
        ]

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._script = None

    def handle_data(self, data: str) -> None:
        if self._script == "code" and data.strip():
            self.forbidden.append(f"<script>{data[:40]}")
        if self._script is None:
            self.texts.append(data)


def english() -> set[str]:
    """The English messages whose Vietnamese is another text, long enough to be told from a name."""
    with messages.PO.open("rb") as file:
        catalogue = read_po(file, locale="vi")
    return {
        message.id
        for message in catalogue
        if isinstance(message.id, str)
        and len(message.id) > 3
        and message.id != message.string
        and "%(" not in message.id
    }


def test_no_english_stands_in_a_vietnamese_page_and_the_english_page_has_it(
    people: People, town: Town
) -> None:
    known = english()
    for browser, path in pages(people, town):
        page = Inline()
        page.feed(browser.get(path).content.decode())
        left = {text.strip() for text in page.texts} & known
        assert not left - {"English"}, (path, left)
    visitor = people.of("khach", "Hồ Thị Khách", "central_operator", town.centre)
    visitor.post("/language/", {"language": "en", "next": "/"})
    home = visitor.get("/").content.decode()
    assert '<html lang="en"' in home
    assert "Not being recorded" in home


def test_no_page_carries_inline_code_and_all_carry_the_policy(people: People, town: Town) -> None:
    for browser, path in pages(people, town):
        answer = browser.get(path)
        page = Inline()
        page.feed(answer.content.decode())
        assert page.forbidden == [], path
        policy = answer["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "no-store" in answer["Cache-Control"]
        assert answer["X-Frame-Options"] == "DENY"


def test_looking_changes_nothing_but_history(people: People, town: Town) -> None:
    history = {"ledger_entry", "ledger_head", "ledger_name"}
    allowed = {*history, "accounts_opensession", Session._meta.db_table}
    for browser, path in pages(people, town):
        with CaptureQueriesContext(connection) as seen:
            browser.get(path)
        written = {
            found.group(1)
            for query in seen.captured_queries
            if (found := re.match(r'\s*(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+"?(\w+)', query["sql"], re.I))
        }
        assert written <= allowed, (path, written)


CHANGING = ["/wall/layouts/", "/cameras/probe/", "/language/", "/theme/"]


@pytest.mark.parametrize("path", CHANGING)
def test_what_changes_something_does_not_answer_to_get(people: People, path: str) -> None:
    assert people.operator().get(path).status_code == 405


def test_nothing_is_changed_without_the_token_of_the_page(people: People, town: Town) -> None:
    operator = people.operator()
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = operator.cookies
    before = Entry.objects.count()
    for path in (*CHANGING, f"/cameras/{town.quay.id.hex}/fault/", "/signout/"):
        answer = strict.post(path, {"title": "x", "language": "en"})
        assert answer.status_code == 403, path
    assert "đã mở quá lâu" in answer.content.decode()
    assert Entry.objects.count() == before


def test_language_and_theme_follow_the_account_and_the_browser(people: People) -> None:
    stranger = Client(headers={"Accept-Language": "en"})
    assert (
        "Đăng nhập" in stranger.get("/signin/").content.decode()
    )  # Vietnamese first, whatever the browser wishes
    stranger.post("/language/", {"language": "en", "next": "/signin/"})
    stranger.post("/theme/", {"theme": "dark", "next": "/signin/"})
    page = stranger.get("/signin/").content.decode()
    assert "Sign in" in page
    assert 'data-theme="dark"' in page
    operator = people.operator()
    operator.post("/theme/", {"theme": "light", "next": "/"})
    assert operator.account
    operator.account.refresh_from_db()
    assert operator.account.theme == "light"
    assert 'data-theme="light"' in operator.get("/").content.decode()


def test_switching_the_language_leads_back_to_our_own_pages_only(people: People) -> None:
    answer = people.operator().post("/language/", {"language": "en", "next": "https://elsewhere.example/"})
    assert answer["Location"] == "/"


def test_each_post_finds_in_the_rail_only_what_it_may_do(people: People) -> None:
    def rail(browser: Browser) -> set[str]:
        return set(re.findall(r'class="place" href="([^"]+)"', browser.get("/").content.decode()))

    assert rail(people.operator()) == {
        "/",
        "/wall/",
        "/cameras/",
        "/faults/",
        "/extraction/",
        "/holds/",
        "/continuity/",
        "/quality/",
        "/history/",
        "/units/",
        "/availability/",
    }
    assert rail(people.admin()) == {
        "/",
        "/cameras/",
        "/faults/",
        "/extraction/",
        "/holds/",
        "/continuity/",
        "/quality/",
        "/history/",
        "/units/",
        "/people/",
        "/reviews/",
        "/availability/",
        "/storage/",
    }
    assert rail(people.nobody()) == {"/", "/history/"}
