"""From a refusal to its article and to whom to ask, and a role tried before it is given; also on a phone."""

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chromium import signed_in
from tests.browser.test_posts import ids
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


@pytest.mark.parametrize("width", [1440, 390])
def test_a_refusal_is_followed_to_its_article_and_a_role_is_tried_before_it_is_given(
    stack: Stack, browser: Browser, width: int
) -> None:
    mine = ids(stack)["MO-001"]
    with signed_in(browser, stack.base, "trucban", width=width) as page:
        page.goto(f"/cameras/{mine}/edit/")
        page.click("a[href^='/why/?camera=']")
        expect(page.locator("#verdict")).to_contain_text("Bạn không được phép quản trị thiết bị")
        expect(page.locator("#allowers li").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.click("#giving .cite >> nth=0")
        expect(page).to_have_url(re.compile(r"/regulation/QN/#"))
        expect(page.locator(".passage:target")).to_be_visible()
        page.goto(f"/why/?camera={mine}")
        expect(page.locator(".why-group h3")).to_have_count(4)
    with signed_in(browser, stack.base, "quantri", width=width) as page:
        page.goto("/why/draft/")
        page.fill("#username", "cangca")
        page.select_option("#unit", label="Chi cục Địa chất và Khoáng sản")
        page.select_option("#post", "QN|cam_admin")
        page.click("#seat button.primary")
        expect(page.locator("#outcome")).to_contain_text("Những gì sẽ thay đổi với")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
