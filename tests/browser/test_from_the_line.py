"""What a span and a moment on the line are good for: a hold, a bookmark, the other cameras of that moment."""

import re
import time
from collections.abc import Iterator
from datetime import datetime

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import burnt_clock, signed_in
from tests.browser.test_playback import ZONE, hover, open_camera, play_at
from tests.browser.test_posts import ids
from tests.stack import Stack, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(150)]


@pytest.fixture
def page(stack: Stack, browser: Browser) -> Iterator[Page]:
    with signed_in(browser, stack.base, "cangca") as page:
        yield page


def selected(page: Page) -> tuple[int, int]:
    """Unix microseconds of the span on the line."""
    line = page.locator("#timeline")
    start, end = (int(line.get_attribute(f"data-selected-{which}") or 0) for which in ("from", "to"))
    return start, end


def local(us: int) -> str:
    """As a field of a form holds it; no browser writes seconds that are none."""
    at = datetime.fromtimestamp(us / 1e6, ZONE)
    return f"{at:%Y-%m-%dT%H:%M:%S}" if at.second else f"{at:%Y-%m-%dT%H:%M}"


def filled_in(page: Page) -> tuple[str, str]:
    page.wait_for_url("**/hold/?from_us=*")
    return page.input_value("#start").removesuffix(":00"), page.input_value("#end").removesuffix(":00")


def test_two_acts_lead_from_the_camera_to_a_hold_of_exactly_the_span(stack: Stack, page: Page) -> None:
    open_camera(page, stack, "CC-001")
    page.keyboard.down("Shift")
    hover(page, 0.31)
    page.mouse.down()
    hover(page, 0.44)
    page.mouse.up()
    page.keyboard.up("Shift")
    start, end = selected(page)
    assert start % 1_000_000 == 0 and end % 1_000_000 == 0 and end - start > 3 * 3600 * 1_000_000
    page.click("#span-hold")
    assert filled_in(page) == (local(start), local(end))
    page.fill("#purpose", "Va chạm tại cầu cảng")
    assert page.evaluate("document.querySelector('#start').checkValidity()")


def test_three_acts_lead_from_the_camera_to_a_request_for_exactly_the_span(stack: Stack, page: Page) -> None:
    open_camera(page, stack, "CC-001")
    page.keyboard.down("Shift")
    hover(page, 0.31)
    page.mouse.down()
    hover(page, 0.33)
    page.mouse.up()
    page.keyboard.up("Shift")
    start, end = selected(page)
    page.click("#span-ask")
    page.wait_for_url("**/extraction/?from_us=*")
    assert page.input_value("#start").removesuffix(":00") == local(start)
    assert page.input_value("#end").removesuffix(":00") == local(end)
    page.select_option("#purpose", "QN:security_order")
    page.fill("#why", "Xác minh vụ việc tại cầu cảng")
    page.fill("#basis", "45/CV-CAT")
    page.check("input[name=declared]")
    # What is told beside the form follows it: a copy for somebody else wants a permission of its own.
    expect(page.locator("#asked")).not_to_contain_text("QN Đ21.3")
    page.click("details.more >> nth=0")
    page.fill("#recipient", "Công ty Bảo hiểm")
    page.press("#recipient", "Tab")
    expect(page.locator("#asked")).to_contain_text("QN Đ21.3")
    page.fill("#recipient", "")
    page.click("button[value=send]")
    page.wait_for_url(re.compile(r"/extraction/[0-9a-f]{32}/$"))
    expect(page.locator("h1")).to_have_text("Xác minh vụ việc tại cầu cảng")


def test_keys_alone_lead_there_too(stack: Stack, page: Page) -> None:
    open_camera(page, stack, "CC-001")
    play_at(page, time.time() - 20)
    page.locator("h1").click()
    page.keyboard.press("[")
    page.wait_for_timeout(2_100)
    page.keyboard.press("]")
    start, end = selected(page)
    assert 1_000_000 <= end - start < 60_000_000
    page.keyboard.press("h")
    assert filled_in(page) == (local(start), local(end))


def test_who_may_not_hold_is_offered_none(stack: Stack, browser: Browser) -> None:
    with signed_in(browser, stack.base, "khoangsan") as page:
        open_camera(page, stack, "MO-001")
        page.locator("h1").click()
        assert page.locator("#span-hold, #hold-link").count() == 0
        page.keyboard.press("h")
        assert page.url.endswith(f"/cameras/{ids(stack)['MO-001']}/")


def test_a_moment_of_several_cameras_is_marked_once_for_all_and_found_again(stack: Stack, page: Page) -> None:
    known = ids(stack)
    at_us = int((time.time() - 25) * 1e6)
    page.goto(f"/together/?cameras={known['CC-001']},{known['CC-002']}&at_us={at_us}")
    burnt_clock(page, "#tiles .tile:nth-child(2) video")
    page.click("#pause")
    page.locator("h1").click()
    page.keyboard.press("m")
    page.fill("#mark-title", "Tàu vào cầu")
    page.click("#mark-form button.primary")
    expect(page.locator("#marks-count")).to_have_text("1")
    page.click("#marks summary")
    row = page.locator("#marks-list li")
    expect(row).to_contain_text("Tàu vào cầu")
    expect(row).to_contain_text("tất cả camera đang xem")
    shown = page.locator("#shown").inner_text()
    page.keyboard.press("m")
    page.fill("#mark-title", "Chỉ cầu số 2")
    page.select_option("#mark-camera", label="Cầu cảng số 2 Đề Gi")
    page.click("#mark-form button.primary")
    expect(page.locator("#marks-count")).to_have_text("2")
    # Away, and back by the list; and by the key.
    page.locator("h1").click()
    page.keyboard.press("Shift+ArrowLeft")
    wait_until(lambda: page.locator("#shown").inner_text() != shown, within_s=10, what="it goes elsewhere")
    page.click("#marks-list li >> nth=0 >> button.link >> nth=0")
    wait_until(lambda: page.locator("#shown").inner_text() == shown, within_s=10, what="it is back")
    page.locator("h1").click()
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("b")
    expect(page.locator("#says")).to_contain_text(re.compile("Tàu vào cầu|Chỉ cầu số 2"))
    open_camera(page, stack, "CC-002")
    expect(page.locator("#marks-count")).to_have_text("2")
    open_camera(page, stack, "CC-001")
    expect(page.locator("#marks-count")).to_have_text("1")
    page.goto(f"/together/?cameras={known['CC-001']},{known['CC-002']}&at_us={at_us}")
    expect(page.locator("#marks-count")).to_have_text("2")
    page.click("#marks summary")
    for left in ("1", ""):
        page.click("#marks-list .remove >> nth=0")
        expect(page.locator("#marks-count")).to_have_text(left)


def test_the_wall_leads_to_the_recordings_of_the_cameras_it_shows(stack: Stack, browser: Browser) -> None:
    with signed_in(browser, stack.base, "trucban") as page:
        page.goto("/wall/?size=4")
        burnt_clock(page, ".tile >> nth=1 >> video")
        names = page.locator(".tile .tile-name").all_inner_texts()
        page.keyboard.press("t")
        page.wait_for_url("**/together/?cameras=*")
        found = re.search(r"at_us=(\d+)", page.url)
        assert found is not None and abs(time.time() - int(found[1]) / 1e6) < 60
        expect(page.locator("#tiles .tile-strip")).to_have_text(names, use_inner_text=True)
        burnt_clock(page, "#tiles .tile:nth-child(2) video")
