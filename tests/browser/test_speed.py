"""Sixteen times is sixteen times, by the clock that is burnt into the pictures themselves."""

import time
from collections.abc import Sequence
from itertools import pairwise

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.chromium import LOOP_MS, signed_in
from tests.browser.test_playback import open_camera, play_at
from tests.stack import Stack, wait_until
from thienly.sim import clockbar

pytestmark = [pytest.mark.browser, pytest.mark.timeout(200)]

MEASURED_MS = 1_500  # at least so long a stretch of wall time, without a pause in the pictures
DOUBTFUL_MS = LOOP_MS / 24  # between two pictures: beyond, the clock could have gone round unseen

# The cells of the clock in every picture that is painted, with when it was.
WATCH = """(bounds) => {
  const video = document.querySelector("#picture video");
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  window.seen = [];
  const note = (now) => {
    const [left, top, right, bottom] = bounds.parts.map((part, n) =>
      part * (n % 2 ? video.videoHeight : video.videoWidth));
    canvas.width = bounds.cells * 4; canvas.height = 4;
    context.drawImage(video, left, top, right - left, bottom - top, 0, 0, canvas.width, 4);
    const { data } = context.getImageData(0, 2, canvas.width, 1);
    window.seen.push([now, ...Array.from({ length: bounds.cells }, (_, n) => data[(n * 4 + 2) * 4 + 1])]);
    video.requestVideoFrameCallback(note);
  };
  video.requestVideoFrameCallback(note);
}"""
SIDE = 10_000


def position(cells: Sequence[float]) -> int | None:
    """Milliseconds that the cells show; None when their own check says no."""
    threshold = (cells[0] + cells[-1] + cells[1] + cells[-2]) / 4
    bits = [int(cell > threshold) for cell in cells]
    shown = int("".join(map(str, bits[2:18])), 2)
    return shown if bits == clockbar.cells(shown) else None


def speed(page: Page) -> float | None:
    """Seconds of the pictures' own clock in a second of the wall's, of the newest stretch without a pause."""
    seen = [(row[0], position(row[1:])) for row in page.evaluate("window.seen")]
    pictures = [(at, shown) for at, shown in seen if shown is not None]
    passed = shown_ms = 0.0
    for (before, was), (at, now) in reversed(list(pairwise(pictures))):
        if at - before > DOUBTFUL_MS:
            break
        passed += at - before
        shown_ms += (now - was) % LOOP_MS
    return shown_ms / passed if passed >= MEASURED_MS else None


def test_sixteen_times_shows_about_sixteen_seconds_a_second(stack: Stack, browser: Browser) -> None:
    with signed_in(browser, stack.base, "cangca") as page:
        camera = open_camera(page, stack, "CC-001")
        left, top, right, bottom = clockbar.bounds(SIDE, SIDE)
        parts = [part / SIDE for part in (left, top, right, bottom)]
        wait_until(
            lambda: is_recorded(page, camera, time.time() - 55),
            within_s=100,
            what="nearly a minute is recorded",
            every_s=2,
        )
        measured: dict[str, float] = {}
        for factor in ("1", "16"):
            play_at(page, time.time() - 50)
            page.select_option("#speed", factor)
            page.evaluate(WATCH, {"parts": parts, "cells": clockbar.CELLS})
            measured[factor] = wait_until(
                lambda: speed(page), within_s=20, what=f"a stretch at {factor} times", every_s=0.1
            )
        assert 0.7 < measured["1"] < 1.4, measured
        assert 8 < measured["16"] < 24, measured


def is_recorded(page: Page, camera: str, at: float) -> bool:
    """`at`: Unix seconds."""
    return page.request.get(f"/cameras/{camera}/thumbnail/?at_us={int(at * 1e6)}").status == 200
