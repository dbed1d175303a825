"""Chromium for tests: signing in as a post, and reading the clock that is burnt into a picture."""

import base64
import io
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from thienly.demo import province
from thienly.sim import clockbar

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LOOP_MS = 12_000  # of the demo's clips

GRAB = """(video) => {
  if (!video.videoWidth) return null;
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth; canvas.height = video.videoHeight;
  canvas.getContext("2d").drawImage(video, 0, 0);
  return canvas.toDataURL("image/png");
}"""


def executable() -> str:
    """Debian's Chromium. Missing, the test is skipped; in CI that is a failure."""
    path = shutil.which("chromium")
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("chromium is not installed")
        pytest.skip("chromium is not installed (apt-get install chromium)")
    return path


@contextmanager
def chromium() -> Iterator[Browser]:
    path = executable()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def signed_in(
    browser: Browser, base: str, username: str, *, width: int = 1440, height: int = 900
) -> Iterator[Page]:
    """A fresh session of this person; a script error on any page fails the test."""
    context = browser.new_context(viewport={"width": width, "height": height}, locale="vi-VN", base_url=base)
    context.set_default_timeout(20_000)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto("/signin/")
    page.fill("input[name=login]", username)
    page.fill("input[name=password]", province.DEMO_PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "signin" not in url)
    try:
        yield page
    finally:
        context.close()
    assert errors == []


def picture(page: Page, selector: str) -> "np.ndarray[tuple[int, int, int], np.dtype[np.uint8]] | None":
    """What the video shows now, as RGB; None while it shows nothing."""
    data = page.locator(selector).first.evaluate(GRAB)
    if not data:
        return None
    image = Image.open(io.BytesIO(base64.b64decode(data.split(",", 1)[1]))).convert("RGB")
    return np.asarray(image)


def burnt_clock(page: Page, selector: str, *, within_s: float = 30) -> int:
    """Milliseconds that the picture's own clock shows; AssertionError when it can not be read in time."""
    deadline = time.monotonic() + within_s
    while True:
        shown = picture(page, selector)
        position = clockbar.read(shown) if shown is not None else None
        if position is not None:
            return position
        assert time.monotonic() < deadline, f"no readable clock in {selector}"
        page.wait_for_timeout(100)


def loop_distance_ms(a: float, b: float) -> float:
    """How far two positions of the loop lie apart, the short way round."""
    apart = abs(a - b) % LOOP_MS
    return min(apart, LOOP_MS - apart)
