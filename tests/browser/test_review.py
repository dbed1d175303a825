"""A head on a phone answers for forty rights, one after the other, without the page leaving him."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chromium import signed_in
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

OFFICE = """
from datetime import date
from django.utils import timezone
from thienly.core.access.models import Seat
from thienly.core.accounts.models import Account
from thienly.core.units.models import Unit
from tests.province import settled
unit = Unit(name="Sở Giao thông vận tải", folded="so giao thong van tai", kind="department",
            functions=["data_user"], valid_from=date(2020, 1, 1))
unit.path = f"{unit.id.hex}/"
unit.save()
password = Account.objects.get(username="cangca").password
for number in range(41):
    name = "truongso" if not number else f"canbo{number:02}"
    full = f"Cán bộ {number:02}"
    person = Account.objects.create(username=name, full_name=full, folded=name, password=password)
    if not number:
        settled(person)
    role = "user_member" if number else "unit_head"
    Seat.objects.create(account=person, unit=unit, profile="QN", role=role,
                        document="12/QĐ-SGTVT", valid_from=timezone.now())
"""
ENDED = """
from thienly.core.access.models import Seat
print(Seat.objects.exclude(valid_to=None).filter(account__username__startswith="canbo").count())
"""


@pytest.mark.req_part("QN-035", "QN-058")
def test_a_head_with_forty_people_answers_on_a_phone(stack: Stack, browser: Browser) -> None:
    stack.python(OFFICE)
    with signed_in(browser, stack.base, "quantri") as page:
        page.goto("/reviews/")
        page.get_by_role("button", name="Mở đợt rà soát").click()
        expect(page.get_by_text("Sở Giao thông vận tải")).to_be_visible()
    with signed_in(browser, stack.base, "truongso") as page:
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto("/reviews/")
        page.get_by_role("link", name="Sở Giao thông vận tải").click()
        expect(page.locator(".right form")).to_have_count(40)
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
        expect(page.locator("#tally")).to_contain_text("41")
        for decision, left in (("Vẫn cần", 39), ("Thu hồi", 38)):
            row = page.locator(".right", has=page.locator("form")).first
            row.get_by_role("textbox").fill("Đã đối chiếu quyết định phân công")
            row.get_by_role("button", name=decision).click()
            expect(page.locator(".right form")).to_have_count(left)
        expect(page.locator("#tally")).to_contain_text("39")
        page.reload()
        expect(page.locator(".right form")).to_have_count(38)
    assert stack.python(ENDED).strip() == "1"
