"""Playback as a person feels it: the line of time, thumbnails, bookmarks, several cameras on one clock."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import burnt_clock, loop_distance_ms, signed_in
from tests.browser.test_posts import ids
from tests.stack import Stack, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
BROKEN = """
from datetime import timedelta
from django.utils import timezone
from thienly.core.recording.models import Gap
from thienly.core.registry.models import Camera
camera = Camera.objects.get(code="CC-003")  # to which no other test does anything
start = timezone.localtime().replace(hour=10, minute=0, second=0, microsecond=0) - timedelta(days=1)
for number, minutes in enumerate((0, 90)):
    Gap.objects.update_or_create(gap=f"browser-{number}", defaults=dict(camera=camera, recorder="r1",
        start=start + timedelta(minutes=minutes), end=start + timedelta(minutes=minutes + 20),
        reason="unreachable", known_at=timezone.now()))
print(start.isoformat())
"""
BORDER = """
from thienly.core.recording.models import CameraState
until = CameraState.objects.get(camera__code="CC-001").recorded_until
print(until.timestamp() if until else 0)
"""


@pytest.fixture
def page(stack: Stack, browser: Browser) -> Iterator[Page]:
    with signed_in(browser, stack.base, "cangca") as page:
        yield page


def open_camera(page: Page, stack: Stack, code: str, query: str = "") -> str:
    """The page of a camera, once its line has been told; the camera's id."""
    id_ = ids(stack)[code]
    with page.expect_response(lambda answer: f"/{id_}/timeline" in answer.url and answer.ok):
        page.goto(f"/cameras/{id_}/{query}")
    return id_


def span_s(page: Page) -> float:
    """How many seconds the line shows; the head has been put on it before."""
    line = page.locator("#timeline")
    low, high = (float(line.get_attribute(f"aria-value{end}") or 0) for end in ("min", "max"))
    return high - low


def hover(page: Page, part: float, y: float = 36) -> None:
    """Rests the pointer at a part of the line's width."""
    box = page.locator("#timeline canvas.timeline-canvas").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + part * box["width"] - 3, box["y"] + y)
    page.mouse.move(box["x"] + part * box["width"], box["y"] + y)


def play_at(page: Page, at: float) -> None:
    """Plays from a moment (Unix seconds) of today or another day, and waits for the picture."""
    page.fill("#go-time", datetime.fromtimestamp(at, ZONE).strftime("%d/%m/%Y %H:%M:%S"))
    page.press("#go-time", "Enter")
    expect(page.locator("#mode")).to_have_text("Xem lại")
    expect(page.locator("#picture .picture-says")).to_have_count(0)
    burnt_clock(page, "#picture video")


def test_a_gap_tells_its_reason_and_the_next_one_is_a_key_away(stack: Stack, page: Page) -> None:
    first = datetime.fromisoformat(stack.python(BROKEN).strip())
    open_camera(page, stack, "CC-003", f"?day={first.date()}")
    tip = page.locator(".timeline-tip")
    reason = "Gián đoạn: không kết nối được tới camera"
    hover(page, (10 + 10 / 60) / 24)
    expect(tip).to_contain_text(reason)
    # The same on the line with the keyboard alone: the head stands in the gap.
    page.locator("#timeline").focus()
    for preset, days in (("2", 7), ("3", 28), ("1", 1)):
        page.keyboard.press(preset)
        page.keyboard.press("Home")
        assert span_s(page) >= days * 86_400
    # As narrow as seconds.
    hover(page, 0.5)
    for _ in range(60):
        page.mouse.wheel(0, -500)
    page.keyboard.press("Home")
    wait_until(lambda: span_s(page) <= 10, within_s=10, what="the line shows seconds")
    # From the present back to the second gap, to the first, and on again.
    says = page.locator("#says")
    page.click("#live")
    expect(page.locator("#mode")).to_have_text("Trực tiếp")
    for key, minutes in (("Shift+G", 90), ("Shift+G", 0), ("g", 90)):
        page.locator("h1").click()
        page.keyboard.press(key)
        expect(says).to_contain_text((first + timedelta(minutes=minutes)).strftime("%H:%M:%S · %d/%m/%Y"))
        expect(says).to_contain_text("không kết nối được tới camera")


def test_a_thumbnail_shows_to_who_may_play_and_to_nobody_else(
    stack: Stack, browser: Browser, page: Page
) -> None:
    at_us = int((time.time() - 20) * 1e6)
    id_ = open_camera(page, stack, "CC-001")
    answer = page.request.get(f"/cameras/{id_}/thumbnail/?at_us={at_us}")
    assert (answer.status, answer.headers["content-type"]) == (200, "image/jpeg")
    assert answer.body().startswith(b"\xff\xd8")
    local = datetime.now(ZONE)
    page.locator("#timeline").focus()
    for _ in range(9):  # to some minutes, or the last seconds would be a part of a pixel
        page.keyboard.press("+")
    play_at(page, time.time() - 20)
    head = page.locator(".timeline-head").bounding_box()
    assert head is not None, local
    page.mouse.move(head["x"] - 2, head["y"] + 20)
    page.mouse.move(head["x"] + 1, head["y"] + 20)
    expect(page.locator(".timeline-thumb")).to_be_visible()
    mine = ids(stack)["MO-001"]
    assert page.request.get(f"/cameras/{mine}/thumbnail/?at_us={at_us}").status == 404
    with signed_in(browser, stack.base, "quantri") as admin:
        assert admin.request.get(f"/cameras/{id_}/thumbnail/?at_us={at_us}").status == 403


def test_a_bookmark_is_made_found_and_removed(stack: Stack, page: Page) -> None:
    open_camera(page, stack, "CC-001")
    marked = time.time() - 15
    play_at(page, marked)
    page.click("#pause")
    page.locator("h1").click()
    page.keyboard.press("m")
    page.fill("#mark-title", "Xe tải lạ")
    page.click("#mark-form button.primary")
    expect(page.locator("#marks-count")).to_have_text("1")
    page.click("#marks summary")
    expect(page.locator("#marks-list")).to_contain_text("Xe tải lạ")
    # From the present back to it.
    page.click("#live")
    expect(page.locator("#mode")).to_have_text("Trực tiếp")
    page.locator("h1").click()
    page.keyboard.press("Shift+B")
    expect(page.locator("#says")).to_contain_text("Xe tải lạ")
    expect(page.locator("#mode")).to_have_text("Xem lại")
    page.click("#marks-list .remove")
    expect(page.locator("#marks-count")).to_have_text("")
    page.reload()
    expect(page.locator("#marks-list")).not_to_contain_text("Xe tải lạ")


def test_a_dragged_span_stays_with_the_line_for_what_comes_after(stack: Stack, page: Page) -> None:
    open_camera(page, stack, "CC-001")
    page.keyboard.down("Shift")
    hover(page, 0.25)
    page.mouse.down()
    hover(page, 0.5)
    page.mouse.up()
    page.keyboard.up("Shift")
    line = page.locator("#timeline")
    span = [int(line.get_attribute(f"data-selected-{end}") or 0) for end in ("from", "to")]
    assert (span[1] - span[0]) / 1e6 == pytest.approx(6 * 3600, rel=0.02)
    expect(page.locator("#span-says")).to_be_visible()
    page.click("#span-clear")
    expect(line).not_to_have_attribute("data-selected-from", str(span[0]))


def test_two_cameras_run_on_one_clock_and_step_together(stack: Stack, page: Page) -> None:
    known = ids(stack)
    at_us = int((time.time() - 25) * 1e6)
    page.goto(f"/together/?cameras={known['CC-001']},{known['CC-002']}&at_us={at_us}")
    videos = [f"#tiles .tile:nth-child({number}) video" for number in (1, 2)]
    for video in videos:
        burnt_clock(page, video)
    expect(page.locator(".tile-over:visible")).to_have_count(0)
    page.wait_for_timeout(2500)
    page.click("#pause")
    wait_until(lambda: apart(page, videos) <= 200, within_s=15, what="both stand at one moment", every_s=0.3)
    shown = burnt_clock(page, videos[0])
    for _ in range(5):
        page.click("#step-back")
    wait_until(
        lambda: (
            100 < loop_distance_ms(shown, burnt_clock(page, videos[0])) < 400 and apart(page, videos) <= 200
        ),
        within_s=15,
        what="both stepped back",
        every_s=0.3,
    )


def apart(page: Page, videos: list[str]) -> float:
    first, second = (burnt_clock(page, video) for video in videos)
    return loop_distance_ms(first, second)


def standing(page: Page) -> int:
    """The clock of the picture once it stands: on the way back over a key frame that is seen for a moment."""
    before = -1
    while (now := burnt_clock(page, "#picture video")) != before:
        before = now
        page.wait_for_timeout(250)
    return now


def test_a_step_back_goes_over_the_border_of_a_segment(stack: Stack, page: Page) -> None:
    open_camera(page, stack, "CC-001")
    border = wait_until(
        lambda: float(stack.python(BORDER)), within_s=100, what="a segment is closed", every_s=2
    )
    wait_until(lambda: time.time() > border + 8, within_s=20, what="there is something behind the border")
    play_at(page, int(border) + 1)
    page.click("#pause")
    page.locator("h1").click()
    at, crossed = burnt_clock(page, "#picture video"), False
    for _ in range(30):
        page.keyboard.press(",")
        shown = wait_until(
            lambda at=at: (now := standing(page)) != at and now + 1,  # type: ignore[misc]
            within_s=15,
            what="a step back",
            every_s=0.05,
        )
        assert loop_distance_ms(at, shown - 1) <= 90, "one frame, not more"
        at = shown - 1
        text = page.locator("#shown").inner_text()
        moment = datetime.strptime(text, "%H:%M:%S · %d/%m/%Y").replace(tzinfo=ZONE)
        crossed = moment.timestamp() < int(border) or crossed
        if crossed:
            break
    assert crossed, "thirty frames back lie before the border"
