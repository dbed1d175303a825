"""A reorganisation in a browser: composed on a phone, decided by another person, applied by the clock."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import signed_in
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.timeout(200)]

SECOND = """
from datetime import date
from tests.province import settled
from thienly.core.access.actor import Actor
from thienly.core.access.document import Document
from thienly.core.access.services import appoint
from thienly.core.accounts.services import create_account
from thienly.core.units.models import Unit
from thienly.demo.province import DEMO_PASSWORD
init = Actor.machine("init")
PAPER = Document("16/QĐ-UBND", date(2026, 1, 12), "UBND tỉnh", "Lê Văn Chủ, Chủ tịch")
person = create_account(actor=init, username="quantri2", full_name="Ngô Thị Bích", password=DEMO_PASSWORD)
centre = Unit.objects.get(name="Trung tâm Giám sát, điều hành tỉnh")
appoint(actor=init, account=person, unit=centre, profile="QN", role="central_admin", document=PAPER)
settled(person)
"""


def fits(page: Page) -> None:
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), "it scrolls sideways"


def test_a_unit_is_founded_by_a_decision_that_somebody_else_takes(stack: Stack, browser: Browser) -> None:
    stack.python(SECOND)
    with signed_in(browser, stack.base, "quantri", width=390, height=844) as page:
        page.goto("/units/")
        fits(page)
        page.get_by_role("link", name="Sắp xếp đơn vị").click()
        page.get_by_text("Soạn phương án sắp xếp").click()
        page.fill("#title", "Thành lập Trung tâm dữ liệu")
        page.fill("#number", "31/QĐ-UBND")
        page.fill("#signed", "2026-01-12")
        page.fill("#effective", datetime.now(ZoneInfo("Asia/Ho_Chi_Minh")).date().isoformat())
        page.get_by_role("button", name="Soạn", exact=True).click()
        fits(page)
        expect(page.get_by_text("Phương án chưa thay đổi gì")).to_be_visible()
        expect(page.get_by_role("button", name="Trình quyết định")).to_be_disabled()
        page.get_by_text("Thành lập đơn vị", exact=True).click()
        page.fill("#f-name", "Trung tâm dữ liệu tỉnh")
        page.select_option("#f-parent", label="UBND tỉnh Thiên Lý (mẫu)")
        page.locator("form", has=page.locator("#f-name")).get_by_role("button", name="Thêm").click()
        founded = "Thành lập Trung tâm dữ liệu tỉnh trực thuộc UBND tỉnh Thiên Lý (mẫu)."
        expect(page.get_by_text(founded)).to_be_visible()
        fits(page)
        page.get_by_role("button", name="Trình quyết định").click()
        expect(page.get_by_text("Chờ quyết định").first).to_be_visible()
        expect(page.get_by_role("button", name="Quyết định", exact=True)).to_have_count(0)
        address = re.sub(r"^https?://[^/]+", "", page.url)
    with signed_in(browser, stack.base, "quantri2") as page:
        page.goto(address)
        page.get_by_role("button", name="Quyết định", exact=True).click()
        expect(page.get_by_text("Đến ngày, nội dung tự có hiệu lực").first).to_be_visible()
        applied = page.locator(".tag", has_text="Đã có hiệu lực")
        for _ in range(30):  # the steward's clock looks every few seconds
            page.goto(address)
            if applied.count():
                break
            page.wait_for_timeout(1_000)
        expect(applied).to_be_visible()
        page.goto("/units/?q=trung+tam+du+lieu")
        page.get_by_role("link", name="Trung tâm dữ liệu tỉnh").click()
        expect(page.get_by_text("31/QĐ-UBND, 12/01/2026").first).to_be_visible()
