"""A wall that turns by itself: it waits for hands and alarms, comes back where it was, and leaks nothing."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import burnt_clock, signed_in
from tests.browser.test_duties import fault
from tests.stack import Stack, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

TURNS = 100
OPEN = """
from thienly.core.ledger.models import Entry
mine = Entry.objects.filter(actor_label="Nguyễn Văn Trực")
print(mine.filter(kind="live.opened").count() - mine.filter(kind="live.closed").count())
"""


def begin(page: Page, *, every: str = "300", kind: str = "pages") -> None:
    page.click("#tour-open")
    page.check(f"[name=tour-kind][value={kind}]")
    page.select_option("#tour-every", every)
    page.click("#tour-dialog button.primary")
    expect(page.locator("#tour")).to_be_visible()
    page.mouse.move(5, 5)


def names(page: Page) -> list[str]:
    return page.locator(".tile .tile-name").all_inner_texts()


def watched(admin: Page, name: str) -> int:
    """A number of the gateway's metrics."""
    found = re.search(rf"^{re.escape(name)} (\S+)$", admin.request.get("/metrics").text(), re.MULTILINE)
    assert found is not None, name
    return int(float(found[1]))


def test_after_a_hundred_turns_as_many_pictures_are_open_as_are_seen(stack: Stack, browser: Browser) -> None:
    with (
        signed_in(browser, stack.base, "quantri") as admin,
        signed_in(browser, stack.base, "trucban") as page,
    ):
        before = int(stack.python(OPEN))
        page.goto("/wall/?size=1")
        burnt_clock(page, ".tile video")
        begin(page)
        cameras = page.evaluate("JSON.parse(document.getElementById('wall-data').textContent).cameras.length")
        expect(page.locator("#tour-says")).to_contain_text(f"1/{cameras}")
        seen = set(names(page))
        for turn in range(1, TURNS + 1):
            page.keyboard.press("n")
            page.wait_for_timeout(50)  # a page may say sixty things a second
            seen |= set(names(page))
            if turn % 25 == 0:
                burnt_clock(page, ".tile video")
                assert page.locator(".tile").count() == 1 and page.locator("video").count() <= 2
        assert len(seen) == cameras >= 12
        for metric in ('thienly_gateway_viewers{mode="live"}', "thienly_gateway_feeds"):
            wait_until(
                lambda metric=metric: watched(admin, metric) == 1,  # type: ignore[misc]
                within_s=30,
                what=f"{metric} is what is seen",
                every_s=1,
            )
        wait_until(
            lambda: int(stack.python(OPEN)) - before == 1, within_s=20, what="closed in history", every_s=1
        )
        page.click("#tour-stop")
        expect(page.locator("#tour")).to_be_hidden()


def test_it_waits_for_hands_and_for_a_camera_that_goes_dark_and_goes_on_when_told(
    stack: Stack, browser: Browser
) -> None:
    with signed_in(browser, stack.base, "cangca") as page:
        page.goto("/wall/?size=1")
        begin(page, every="10")
        tour, says = page.locator("#tour"), page.locator("#tour-says")
        expect(tour).to_have_attribute("data-state", "runs")
        expect(says).to_contain_text(re.compile(r"^2/\d"), timeout=20_000)  # by itself
        page.hover(".tile")
        page.mouse.move(600, 500)
        expect(tour).to_have_attribute("data-state", "touched")
        page.click("#tour-pause")
        page.mouse.move(5, 5)
        expect(tour).to_have_attribute("data-state", "runs")
        page.keyboard.press("1")
        expect(tour).to_have_attribute("data-state", "filled")
        page.keyboard.press("Escape")
        begin(page, every="300")
        page.keyboard.press("n")
        expect(page.locator(".tile-name")).to_have_text("Cầu cảng số 2 Đề Gi")
        # Only a camera that was seen can go dark: until then its tile says that it connects.
        expect(page.locator(".tile .picture-says")).to_have_count(0, timeout=30_000)
        burnt_clock(page, ".tile video")
        expect(tour).not_to_have_attribute("data-state", "alarm")
        # Both: on a slow machine the tile shows the second stream.
        fault(stack, "/cc-002/sub", "refuse", 12)
        fault(stack, "/cc-002", "refuse", 12)
        expect(tour).to_have_attribute("data-state", "alarm", timeout=40_000)
        expect(says).to_contain_text("mất hình")
        page.click("#tour-pause")
        expect(tour).to_have_attribute("data-state", "runs")
        page.click("#tour-stop")


def test_it_goes_on_where_it_was_left_but_not_by_itself_for_who_wants_no_motion(
    stack: Stack, browser: Browser
) -> None:
    with signed_in(browser, stack.base, "lanhdao") as page:
        page.goto("/wall/?size=4")
        for name in ("Lượt A", "Lượt B"):
            page.click("#save-layout")
            page.fill("#layout-name", name)
            page.press("#layout-name", "Enter")
            expect(page.locator("#layouts")).to_contain_text(name)
            page.goto("/wall/?size=9")
        begin(page, kind="layouts")
        expect(page.locator("#tour-says")).to_contain_text("Lượt A")
        page.keyboard.press("n")
        expect(page.locator("#tour-says")).to_contain_text("Lượt B")
        page.goto("/")
        page.goto("/wall/")
        expect(page.locator("#tour-says")).to_contain_text("Lượt B")
        page.emulate_media(reduced_motion="reduce")
        page.reload()
        expect(page.locator(".tile").first).to_be_visible()
        expect(page.locator("#tour")).to_be_hidden()
        page.keyboard.press("r")
        page.click("#tour-dialog button.primary")
        expect(page.locator("#tour")).to_be_visible()
        page.click("#tour-stop")
