"""Duties of the regulations, carried out before the eyes of the people they protect."""

import json
import re
import time
import urllib.request
from datetime import datetime

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chromium import burnt_clock, signed_in
from tests.stack import Stack, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(200)]

# What is written over pictures is painted, so the painting itself is listened to.
LISTEN = """
window.painted = [];
const fill = CanvasRenderingContext2D.prototype.fillText;
CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
  if (this.canvas.className === "player-watermark") window.painted.push(text);
  return fill.call(this, text, ...rest);
};
"""


def camera_id(stack: Stack, code: str) -> str:
    look = "from thienly.core.registry.models import Camera\n"
    return stack.python(f"{look}print(Camera.objects.get(code='{code}').id.hex)").strip()


def fault(stack: Stack, camera: str, kind: str, seconds: float) -> None:
    control = re.findall(r"control · (http://\S+)", stack.log("sim"))[-1]
    body = json.dumps({"camera": camera, "fault": kind, "seconds": seconds}).encode()
    urllib.request.urlopen(urllib.request.Request(f"{control}/fault", data=body, method="POST"), timeout=10)


@pytest.mark.req("NB-027")
def test_live_and_played_back_pictures_bear_the_viewer_and_the_time(stack: Stack, browser: Browser) -> None:
    with signed_in(browser, stack.base, "trucban") as page:
        page.add_init_script(LISTEN)
        page.goto(f"/cameras/{camera_id(stack, 'GT-001')}/")
        burnt_clock(page, "#picture video")
        live = page.evaluate("window.painted.at(-1)")
        assert "trucban" in live
        assert re.search(r"\d\d:\d\d:\d\d · \d\d/\d\d/\d{4}", live)
        expect(page.locator("#shown")).to_have_text(re.compile(r"^\d\d:\d\d:\d\d"))
        page.fill("#go-time", page.evaluate("document.querySelector('#shown').textContent.slice(0, 8)"))
        # A time of the last three seconds means "live"; this one is to be past that, and recorded.
        page.wait_for_timeout(6_000)
        page.evaluate("window.painted = []")
        page.press("#go-time", "Enter")
        expect(page.locator("#go-wrong")).to_be_hidden()
        expect(page.locator("#mode")).to_have_text("Xem lại")
        burnt_clock(page, "#picture video")
        wait_until(lambda: page.evaluate("window.painted.length"), within_s=10, what="the watermark")
        assert "trucban" in page.evaluate("window.painted.at(-1)")


@pytest.mark.req("QN-022")
def test_a_view_in_the_history_names_actor_unit_purpose_time_and_camera(
    stack: Stack, browser: Browser
) -> None:
    with signed_in(browser, stack.base, "lanhdao") as page:
        page.goto(f"/cameras/{camera_id(stack, 'AN-001')}/")
        burnt_clock(page, "#picture video")
    row = json.loads(
        stack.python(
            "import json\nfrom thienly.core.ledger.models import Entry\n"
            "e = Entry.objects.filter(kind='live.opened', actor_label='Trần Quốc Bình').latest('seq')\n"
            "print(json.dumps([e.actor_label, e.unit_label, e.purpose, e.at.isoformat(), e.object_label]))"
        )
    )
    actor, unit, purpose, at, camera = row
    assert (actor, unit, purpose) == ("Trần Quốc Bình", "UBND tỉnh Thiên Lý (mẫu)", "command")
    assert abs(time.time() - datetime.fromisoformat(at).timestamp()) < 60
    assert camera.startswith("AN-001")


@pytest.mark.req("QN-085")
def test_the_status_board_shows_a_dark_camera_within_a_minute_and_that_it_is_back(
    stack: Stack, browser: Browser
) -> None:
    with signed_in(browser, stack.base, "cangca") as page:
        page.goto("/")
        fault(stack, "/cc-002", "refuse", 25)
        # The page renews itself: nobody touches it.
        expect(page.locator("main")).to_contain_text("Cầu cảng số 2 Đề Gi", timeout=60_000)
        expect(page.locator(".answer.bad")).to_be_visible()
        expect(page.locator(".answer.good")).to_be_visible(timeout=90_000)
        page.goto(f"/cameras/{camera_id(stack, 'CC-002')}/")
        page.click(".day-gaps summary")
        assert page.locator(".day-gaps li").count() >= 1
