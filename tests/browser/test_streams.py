"""Small tiles show the second stream, large ones the main one, and the change between them is never black."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import burnt_clock, signed_in
from tests.stack import Stack, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(150)]

MAIN, SUB = 640, 320  # pixels wide, see tests.stack.demo
WATCH = """() => {
  // Every painted moment from now on: is there a picture in the tile that is seen?
  window.widths = [];
  const look = () => {
    const seen = [...document.querySelectorAll(".tile.fills video")].at(-1);
    widths.push(seen && seen.readyState >= 2 ? seen.videoWidth : 0);
    window.looking = requestAnimationFrame(look);
  };
  look();
}"""


def width(page: Page, tile: int) -> int:
    """Of the picture that is seen: the next one lies before it in the tile."""
    videos = f"document.querySelectorAll('.tile')[{tile}]?.querySelectorAll('video') ?? []"
    found: int = page.evaluate(f"[...({videos})].at(-1)?.videoWidth ?? 0")
    return found


def test_a_full_wall_shows_second_streams_and_the_tile_that_fills_it_the_main_one_without_a_black_moment(
    stack: Stack, browser: Browser
) -> None:
    with signed_in(browser, stack.base, "trucban") as page:
        page.goto("/wall/?size=16")
        wait_until(lambda: width(page, 3) == SUB, within_s=30, what="the second stream in a small tile")
        burnt_clock(page, ".tile >> nth=3 >> video")
        page.keyboard.press("4")
        page.evaluate(WATCH)
        wait_until(lambda: width(page, 3) == MAIN, within_s=20, what="the main stream in the large tile")
        burnt_clock(page, ".tile.fills video")
        seen = page.evaluate("cancelAnimationFrame(looking), [...new Set(widths)]")
        assert seen == [SUB, MAIN], seen
        page.keyboard.press("Escape")
        wait_until(lambda: width(page, 3) == SUB, within_s=20, what="the second stream again")
        expect(page.locator(".tile >> nth=3 >> .picture-says")).to_have_count(0)


def test_a_tile_keeps_its_stream_in_a_saved_layout_whatever_its_size(stack: Stack, browser: Browser) -> None:
    with signed_in(browser, stack.base, "trucban") as page:
        page.goto("/wall/?size=16")
        wait_until(lambda: width(page, 2) == SUB, within_s=30, what="the second stream in a small tile")
        page.hover(".tile >> nth=2")
        page.click(".tile >> nth=2 >> [data-tool=stream]")
        wait_until(lambda: width(page, 2) == MAIN, within_s=20, what="the main stream because it was chosen")
        page.click("#save-layout")
        page.fill("#layout-name", "Luồng")
        page.press("#layout-name", "Enter")
        expect(page.locator("#layouts")).to_contain_text("Luồng")
        page.goto("/wall/?size=1")
        page.click("#layouts >> text=Luồng")
        wait_until(lambda: width(page, 2) == MAIN, within_s=30, what="the main stream in the saved layout")
        assert width(page, 3) in {0, SUB}


def test_arrows_go_from_tile_to_tile_and_enter_fills_the_wall(stack: Stack, browser: Browser) -> None:
    with signed_in(browser, stack.base, "trucban") as page:
        page.goto("/wall/?size=9")
        page.keyboard.press("ArrowRight")  # nothing is chosen yet: the first tile
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowDown")
        expect(page.locator(".tile >> nth=4")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator(".tile.fills")).to_have_attribute("data-index", "4")
        page.keyboard.press("ArrowLeft")
        expect(page.locator(".tile.fills")).to_have_attribute("data-index", "3")
        page.keyboard.press("Escape")
        expect(page.locator(".tile.fills")).to_have_count(0)


def test_a_picture_leaves_the_page_only_with_its_watermark(stack: Stack, browser: Browser) -> None:
    with signed_in(browser, stack.base, "trucban") as page:
        page.goto("/wall/?size=4")
        burnt_clock(page, ".tile >> nth=0 >> video")
        assert page.evaluate(
            "[...document.querySelectorAll('video')].every((v) => v.disablePictureInPicture)"
        )
        offered = page.locator(".tile >> nth=0 >> [data-tool=float]")
        page.hover(".tile >> nth=0")
        if not page.evaluate("'documentPictureInPicture' in window"):
            expect(offered).not_to_be_visible()
            return
        with page.context.expect_page() as opened:
            offered.click()
        small = opened.value
        expect(small.locator(".player-watermark")).to_be_visible()
        expect(small.locator("video")).to_have_count(1)  # once the stream fits the small window
        expect(small.locator("video")).to_be_visible()
        small.close()
        expect(page.locator(".tile >> nth=0 >> .player-watermark")).to_be_visible()


def test_listening_is_offered_with_its_reason_and_refused_where_no_regulation_grants_it(
    stack: Stack, browser: Browser
) -> None:
    with signed_in(browser, stack.base, "trucban") as page:
        page.goto("/cameras/?q=MO-001")
        page.click("text=Cổng chính mỏ đá Núi Ông")
        burnt_clock(page, "#picture video")
        page.click("#listen")
        expect(page.locator("#says")).to_contain_text("không được nghe")
        expect(page.locator("#listen")).to_have_attribute("aria-pressed", "false")
        assert page.evaluate("document.querySelector('#picture video').muted")
        page.goto("/history/?group=refused")
        expect(page.locator("main")).to_contain_text("MO-001")
