"""Who may listen hears, who may not does not, before the same camera."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import burnt_clock, signed_in
from tests.browser.test_posts import ids
from tests.stack import Stack, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(200)]

SOUND = """
from thienly.core.access.actor import Actor
from thienly.core.registry.cameras import CameraFields
from thienly.core.registry.models import Camera
from thienly.core.registry.services import change_camera
change_camera(actor=Actor.machine("init"), camera=Camera.objects.get(code="MO-003"),
    fields=CameraFields(audio={on}), why="Thử nghe")
"""
DECODED = "document.querySelector('#picture video').webkitAudioDecodedByteCount"
MUTED = "document.querySelector('#picture video').muted"
# The loudest of some tenths of a second, as a loudspeaker would be given it.
LOUDNESS = """async () => {
  const video = [...document.querySelectorAll("#picture video")].at(-1);
  if (window.heardOf !== video) {
    window.heardOf = video;
    window.ears ??= new AudioContext();
    await ears.resume();
    window.meter = ears.createAnalyser();
    ears.createMediaElementSource(video).connect(meter);
  }
  const wave = new Float32Array(meter.fftSize);
  let loudest = 0;
  for (let n = 0; n < 10; n++) {
    meter.getFloatTimeDomainData(wave);
    loudest = Math.max(loudest, ...wave.map(Math.abs));
    await new Promise((done) => setTimeout(done, 50));
  }
  return loudest;
}"""


@pytest.fixture
def camera(stack: Stack) -> Iterator[str]:
    """The page of a camera whose sound is recorded from some seconds on."""
    stack.python(SOUND.format(on=True))
    yield f"/cameras/{ids(stack)['MO-003']}/"
    stack.python(SOUND.format(on=False))


def opened(page: Page, camera: str) -> None:
    page.goto(camera)
    burnt_clock(page, "#picture video")
    assert page.evaluate(MUTED) and page.evaluate(DECODED) == 0, "nothing is heard before it is asked for"


def decodes(page: Page, camera: str) -> bool:
    """Opens the camera and asks to listen: whether sound comes."""
    opened(page, camera)
    page.click("#listen")
    expect(page.locator("#listen")).to_have_attribute("aria-pressed", "true")
    for _ in range(50):
        if page.evaluate(DECODED):
            return True
        page.wait_for_timeout(100)
    return False


def test_sound_is_heard_by_whom_it_is_granted_and_by_nobody_else(
    stack: Stack, browser: Browser, camera: str
) -> None:
    with signed_in(browser, stack.base, "khoangsan") as page:
        wait_until(lambda: decodes(page, camera), within_s=60, what="sound is decoded")
        wait_until(lambda: not page.evaluate(MUTED), within_s=20, what="the loudspeaker is on")
        before = page.evaluate(DECODED)
        wait_until(lambda: page.evaluate(DECODED) > before, within_s=20, what="and goes on")
        wait_until(lambda: page.evaluate(LOUDNESS) > 0.001, within_s=20, what="it is no silence")
        burnt_clock(page, "#picture video")
        page.click("#listen")
        expect(page.locator("#listen")).to_have_attribute("aria-pressed", "false")
        wait_until(lambda: page.evaluate(MUTED), within_s=20, what="silence")
        page.goto("/history/")
        expect(page.locator("#rows")).to_contain_text("nghe")
    with signed_in(browser, stack.base, "trucban") as page:
        opened(page, camera)
        page.click("#listen")
        expect(page.locator("#says")).to_contain_text("không được nghe")
        expect(page.locator("#listen")).to_have_attribute("aria-pressed", "false")
        page.wait_for_timeout(1_500)
        assert page.evaluate(MUTED) and page.evaluate(DECODED) == 0
