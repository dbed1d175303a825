"""A camera with H.265 before a browser that cannot play it: the picture comes converted, and says so."""

import asyncio
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chromium import signed_in
from tests.gateway.recorder import PlayedRecorder, now_us
from tests.media.transcode.clips import Clip, clip
from tests.stack import Stack, wait_until
from thienly.bus import subjects
from thienly.bus.client import Bus
from thienly.bus.messages import LiveChunk
from thienly.bus.server import Login
from thienly.conf import Conf

pytestmark = [pytest.mark.browser, pytest.mark.timeout(150)]

WIDTH = 320
REGISTER = """
from thienly.core.access.actor import Actor
from thienly.core.registry.models import Camera, Site
from thienly.core.registry.services import register_camera
from thienly.core.recording.models import CameraState
from django.utils import timezone
camera = Camera.objects.filter(code="H2-065").first() or register_camera(
    actor=Actor.machine("init"), site=Site.objects.get(name="Mỏ đá Núi Ông"), code="H2-065",
    name="Camera H.265", sector="mining", url="rtsp://10.9.9.9/h265", record=False)
Camera.objects.filter(pk=camera.pk).update(retired_at=None)
print(camera.id.hex)
"""
RETIRE = """
from thienly.core.registry.models import Camera
from django.utils import timezone
Camera.objects.filter(code="H2-065").update(retired_at=timezone.now())
"""


def show(camera: str, login: Login, shown: Clip, over: threading.Event) -> None:
    """A recorder that holds the camera, in a thread of its own, until `over`."""

    async def run() -> None:
        bus = await Bus.connect(login.url, user=login.user, password=login.password, name="played")
        recorder = PlayedRecorder(bus, camera, mime=shown.mime, init=shown.init)
        await recorder.start()
        while not over.is_set():
            segment_us = now_us()
            for number, fragment in enumerate(shown.fragments):
                recorder._seq += 1
                at = segment_us + number * 1_000_000
                chunk = LiveChunk(LiveChunk.MEDIA, True, recorder._seq, segment_us, at, 1_000_000, fragment)
                recorder._gop = [chunk]
                await bus.publish(subjects.live(camera), chunk.pack())
                await asyncio.sleep(max(0.0, (at + 1_000_000 - now_us()) / 1e6))
        await recorder.stop()
        await bus.close()

    asyncio.run(run())


@pytest.fixture
def h265(stack: Stack) -> Iterator[str]:
    """The id of a camera that shows H.265."""
    camera = stack.python(REGISTER).strip()
    login = Login.read(Conf(stack.data, env={}).nats_login)
    over = threading.Event()
    shown = clip(video="h265", sound="aac", seconds=5, width=WIDTH)
    thread = threading.Thread(target=show, args=(camera, login, shown, over))
    thread.start()
    yield camera
    over.set()
    thread.join(15)
    stack.python(RETIRE)  # other tests count the cameras of this installation


def test_the_picture_is_converted_and_the_tile_says_so(stack: Stack, browser: Browser, h265: str) -> None:
    with signed_in(browser, stack.base, "trucban") as page:
        assert not page.evaluate("MediaSource.isTypeSupported('video/mp4; codecs=\"hvc1.1.6.L60.90\"')")
        page.goto(f"/wall/?size=1&cameras={h265}")
        seen = "[...document.querySelectorAll('.tile video')].at(-1)"
        wait_until(
            lambda: page.evaluate(f"{seen}.videoWidth") == WIDTH, within_s=40, what="a converted picture"
        )
        expect(page.locator(".tile-shows")).to_have_text("chuyển mã")
        before = page.evaluate(f"{seen}.currentTime")
        wait_until(lambda: page.evaluate(f"{seen}.currentTime") > before + 1, within_s=20, what="it moves")
    closed = """
from thienly.core.ledger.models import Entry
entry = Entry.objects.filter(kind="live.closed", camera_id="%s").order_by("-seq").first()
print(entry.detail["pictures"] if entry else "")
"""
    wait_until(lambda: "h264" in stack.python(closed % h265), within_s=20, what="its row in history")
