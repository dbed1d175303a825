"""Where somebody watches: ordinary browsers play live, and a page says what is wrong where they do not."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import GRAB, burnt_clock, loop_distance_ms, signed_in
from tests.browser.firefox import Firefox, firefox
from tests.browser.test_posts import ids
from tests.stack import Stack, wait_until
from thienly.demo import province
from thienly.sim import clockbar

pytestmark = [pytest.mark.browser, pytest.mark.timeout(200)]

FINDINGS = ("browser", "h264", "h265", "sound", "power", "socket", "latency", "line", "clock", "screen")
SIGN_IN = """(() => {{
  document.querySelector("#login").value = "trucban";
  document.querySelector("#password").value = "{password}";
  document.querySelector("form button.primary").click();
}})()"""


def result_of(page: Page) -> str:
    """The copied result, once all is measured."""
    expect(page.locator("#copy")).to_be_enabled(timeout=40_000)
    for finding in FINDINGS:
        expect(page.locator(f"#check-{finding}")).to_be_visible()
    expect(page.locator(".check-row[data-state=waiting]")).to_have_count(0)
    return page.input_value("#report")


def clock_in_firefox(tab: Firefox, video: str) -> int:
    def look() -> int | None:
        data = tab.evaluate(f"({GRAB})(document.querySelector({video!r}) ?? {{}})")
        if not data:
            return None
        image = Image.open(io.BytesIO(base64.b64decode(data.split(",", 1)[1]))).convert("RGB")
        position = clockbar.read(np.asarray(image))
        return None if position is None else position + 1

    return wait_until(look, within_s=40, what="a readable clock in Firefox", every_s=0.2) - 1  # type: ignore[operator]


@pytest.mark.req("BDP-004")
def test_ordinary_chromium_and_firefox_play_live_and_the_test_page_reports_codecs_and_network(
    stack: Stack, browser: Browser
) -> None:
    camera = f"/cameras/{ids(stack)['CC-001']}/"
    with signed_in(browser, stack.base, "trucban") as page:
        page.goto("/selftest/")
        result = result_of(page)
        assert re.search(r"Trình duyệt: Chrome \d+", result) and re.search(r"\[OK\] Hình H.264: có", result)
        assert re.search(r"\[OK\] Đường đi của hình trực tiếp: đã thông$", result, re.MULTILINE)
        assert re.search(r"Đường truyền: [\d,]+ Mbit/s", result)
        page.goto(camera)
        burnt_clock(page, "#picture video")
    with firefox() as tab:
        tab.goto(f"{stack.base}/signin/")
        tab.evaluate(SIGN_IN.format(password=province.DEMO_PASSWORD))
        wait_until(lambda: "/signin" not in tab.evaluate("location.pathname"), within_s=20, what="signed in")
        tab.goto(f"{stack.base}{camera}")
        first = clock_in_firefox(tab, "#picture video")
        wait_until(
            lambda: loop_distance_ms(clock_in_firefox(tab, "#picture video"), first) > 500,
            within_s=20,
            what="it moves in Firefox",
        )
        tab.goto(f"{stack.base}/selftest/")
        wait_until(
            lambda: not tab.evaluate("document.querySelector('#copy').disabled"), within_s=40, what="tested"
        )
        result = tab.evaluate("document.querySelector('#report').value")
        assert re.search(r"Trình duyệt: Firefox \d+", result) and re.search(r"\[OK\] Hình H.264: có", result)
        assert re.search(r"\[OK\] Đường đi của hình trực tiếp: đã thông$", result, re.MULTILINE)


def test_it_is_there_before_signing_in_and_is_copied_without_a_name(stack: Stack, browser: Browser) -> None:
    context = browser.new_context(locale="vi-VN", base_url=stack.base)
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=stack.base)
    page = context.new_page()
    try:
        page.goto("/signin/")
        page.click("text=Kiểm tra xem máy này có xem được hình không")
        result = result_of(page)
        expect(page.locator("#sum")).to_contain_text("Máy này xem được hình")
        assert "đã thông, chưa đăng nhập" in result
        # Debian's Chromium has no H.265: that is no fault, and the page says why not.
        expect(page.locator("#check-h265")).to_have_attribute("data-state", "info")
        expect(page.locator("#check-h265")).to_contain_text("chuyển mã sang H.264")
        page.click("#copy")
        expect(page.locator("#copy-says")).to_contain_text("Đã chép")
        assert page.evaluate("navigator.clipboard.readText()") == result
    finally:
        context.close()


def test_what_stands_in_the_way_is_named_with_what_to_do(stack: Stack, browser: Browser) -> None:
    context = browser.new_context(locale="vi-VN", base_url=stack.base)
    page = context.new_page()
    page.add_init_script(
        "delete window.MediaSource; delete window.ManagedMediaSource;"
        "const now = Date.now; Date.now = () => now() + 90000;"
        "window.WebSocket = class { close() {}"
        " constructor() { setTimeout(() => this.onclose({ code: 1006 }), 50); } };"
    )
    try:
        page.goto("/selftest/")
        result = result_of(page)
        expect(page.locator("#sum")).to_contain_text("chưa xem được hình")
        for row, says in {
            "browser": "Hãy dùng bản mới của Chrome",
            "socket": "chặn WebSocket",
            "clock": "tự động chỉnh giờ",
        }.items():
            expect(page.locator(f"#check-{row}")).to_contain_text(says)
            assert says in result
        expect(page.locator("#check-clock .check-value")).to_have_text("nhanh 90,0 giây")
    finally:
        context.close()
