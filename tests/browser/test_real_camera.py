"""Real footage, served by an RTSP server that is not ours, comes in through the form like any camera."""

import time

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import picture, signed_in
from tests.realcam.fixture import RealCamera, real_camera
from tests.stack import Stack, wait_until

__all__ = ["real_camera"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(200)]

VIDEO = "#picture video"


def fill_in(page: Page, camera: RealCamera, *, password: str) -> None:
    page.fill("#url", camera.bare_url)
    page.fill("#username", camera.username)
    page.fill("#password", password)


def moves(page: Page) -> bool:
    """Whether the picture differs from the one half a second ago."""
    before = picture(page, VIDEO)
    page.wait_for_timeout(500)
    after = picture(page, VIDEO)
    if before is None or after is None or before.shape != after.shape:
        return False
    return bool(np.abs(before.astype(int) - after.astype(int)).mean() > 0.05)


def test_footage_of_a_foreign_server_is_added_watched_and_played_back(
    stack: Stack, browser: Browser, real_camera: RealCamera
) -> None:
    with signed_in(browser, stack.base, "cangca") as page:
        page.goto("/cameras/new/")
        fill_in(page, real_camera, password="sai-mat-khau")
        page.get_by_role("button", name="Kiểm tra kết nối").click()
        expect(page.locator("#probe-says")).to_contain_text("mật khẩu", ignore_case=True)
        fill_in(page, real_camera, password=real_camera.password)
        page.get_by_role("button", name="Kiểm tra kết nối").click()
        expect(page.locator("#probe-says")).to_contain_text("768")
        page.select_option("#site", label="Cảng cá Đề Gi · Ban Quản lý cảng cá tỉnh")
        page.fill("#code", "CC-100")
        page.fill("#name", "Quảng trường")
        page.select_option("#sector", "fishing_port")
        page.click("#camera-form button.primary")
        page.wait_for_url(lambda url: "/new" not in url)
        wait_until(lambda: moves(page), within_s=40, what="the real footage moves", every_s=0.1)
        assert picture(page, VIDEO).shape == (576, 768, 3)  # type: ignore[union-attr]
        began = time.time()
        page.wait_for_timeout(6_000)
        at = page.evaluate(
            "t => new Date(t * 1000).toLocaleTimeString('en-GB', {timeZone: 'Asia/Ho_Chi_Minh'})", began + 1
        )
        page.fill("#go-time", at)
        page.press("#go-time", "Enter")
        expect(page.locator("#mode")).to_have_text("Xem lại")
        wait_until(lambda: moves(page), within_s=20, what="the recorded footage moves", every_s=0.1)
        page.goto("/history/")
        expect(page.locator("#rows")).to_contain_text("Quảng trường")
        assert real_camera.password not in page.content()
    for name in ("gateway", "steward", "recorder-r1", "nats"):
        assert real_camera.password not in stack.log(name)
