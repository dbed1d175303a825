"""A camera with H.265 before a browser that cannot play it: recorded as it comes, shown converted."""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chromium import LOOP_MS, burnt_clock, loop_distance_ms, signed_in
from tests.stack import CLIPS, Stack, wait_until
from thienly.sim.process import SimProcess
from thienly.sim.spec import CameraSpec

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

SPEC = CameraSpec(
    path="/h265", name="Camera H.265", codec="h265", width=640, height=360, loop_s=LOOP_MS / 1000, audio=False
)
ENTER = """
from thienly.core.access.actor import Actor
from thienly.core.registry.models import Site
from thienly.core.registry.services import register_camera
camera = register_camera(actor=Actor.machine("init"), site=Site.objects.get(name="Mỏ đá Núi Ông"),
    code="H2-066", name="Camera H.265 ghi hình", sector="mining", url="{url}", username="{user}",
    password="{password}")
print(camera.id.hex)
"""
RETIRE = """
from thienly.core.access.actor import Actor
from thienly.core.registry.models import Camera
from thienly.core.registry.services import retire_camera
retire_camera(actor=Actor.machine("init"), camera=Camera.objects.get(code="H2-066"), reason="thử xong")
"""
CODEC = """
from thienly.core.recording.models import CameraState
state = CameraState.objects.filter(camera__code="H2-066", state="recording").first()
print(state.codec if state else "")
"""


@pytest.fixture
def camera(stack: Stack) -> Iterator[str]:
    """The id of a camera that is recorded in H.265."""
    with SimProcess([SPEC], cache=CLIPS) as sim:
        url = sim.url(SPEC.path, credentials=False)
        entered = stack.python(ENTER.format(url=url, user=SPEC.username, password=SPEC.password)).strip()
        try:
            codec = wait_until(
                lambda: stack.python(CODEC).strip(), within_s=60, what="it is recorded", every_s=1
            )
            assert codec == "h265"
            yield entered
        finally:
            stack.python(RETIRE)  # other tests count the cameras of this installation


def test_what_the_camera_shows_now_is_seen_converted_and_the_tile_says_so(
    stack: Stack, browser: Browser, camera: str
) -> None:
    with signed_in(browser, stack.base, "trucban") as page:
        assert not page.evaluate("MediaSource.isTypeSupported('video/mp4; codecs=\"hvc1.1.6.L93.B0\"')")
        page.goto(f"/wall/?size=1&cameras={camera}")
        first = burnt_clock(page, ".tile video", within_s=60)
        expect(page.locator(".tile-shows")).to_have_text("chuyển mã")
        wait_until(
            lambda: loop_distance_ms(burnt_clock(page, ".tile video"), first) > 1_000,
            within_s=30,
            what="the burnt-in clock runs on",
        )
        shown = burnt_clock(page, ".tile video")
        behind = (time.time() * 1000 - shown) % LOOP_MS
        assert behind < 6_000, f"the picture is {behind:.0f} ms old"
