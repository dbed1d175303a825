"""The wall under a duty officer's hands: sizes, swapping, choosing, filling, and layouts that come back."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import burnt_clock, signed_in
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.timeout(150)]


def names(page: Page) -> list[str]:
    return page.locator(".tile .tile-name").all_inner_texts()


def test_tiles_are_swapped_by_dragging_chosen_from_a_list_and_kept_as_a_layout(
    stack: Stack, browser: Browser
) -> None:
    with signed_in(browser, stack.base, "lanhdao") as page:
        page.goto("/wall/?size=4")
        expect(page.locator(".tile")).to_have_count(4)
        before = names(page)
        page.drag_and_drop(".tile >> nth=0 >> .tile-strip", ".tile >> nth=3 >> .picture")
        shown = page.locator(".tile .tile-name")
        expect(shown).to_have_text([before[n] for n in (3, 1, 2, 0)], use_inner_text=True)

        page.hover(".tile >> nth=1")
        page.click(".tile >> nth=1 >> .tile-tool >> nth=1")
        page.fill("#picker-find", "can mo da")  # Trạm cân mỏ đá Núi Ông, without diacritics
        page.click("#picker-list button")
        expect(page.locator(".tile .tile-name").nth(1)).to_have_text("Trạm cân mỏ đá Núi Ông")
        burnt_clock(page, ".tile >> nth=1 >> video")

        arranged = names(page)
        page.click("#save-layout")
        page.fill("#layout-name", "Ca đêm")
        page.press("#layout-name", "Enter")
        expect(page.locator("#layouts")).to_contain_text("Ca đêm")
        page.goto("/")
        page.goto("/wall/")
        page.click("#layouts >> text=Ca đêm")
        expect(page.locator(".tile .tile-name").nth(1)).to_have_text("Trạm cân mỏ đá Núi Ông")
        expect(shown).to_have_text(arranged, use_inner_text=True)


def test_a_key_fills_the_wall_with_one_tile_and_escape_goes_back(stack: Stack, browser: Browser) -> None:
    with signed_in(browser, stack.base, "lanhdao") as page:
        page.goto("/wall/?size=9")
        burnt_clock(page, ".tile >> nth=1 >> video")
        page.keyboard.press("2")
        expect(page.locator(".tile.fills")).to_have_count(1)
        expect(page.locator(".tile >> nth=0")).not_to_be_visible()
        burnt_clock(page, ".tile.fills video")
        page.keyboard.press("Escape")
        expect(page.locator(".tile >> nth=0")).to_be_visible()


def test_on_a_phone_nothing_scrolls_sideways(stack: Stack, browser: Browser) -> None:
    with signed_in(browser, stack.base, "trucban", width=390, height=844) as page:
        for path in ("/", "/wall/", "/cameras/", "/history/", "/faults/", "/me/"):
            page.goto(path)
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
