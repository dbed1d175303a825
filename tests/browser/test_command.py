"""Those who command the province reach every camera, and each time they look it is written down."""

import json
import time

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chromium import burnt_clock, signed_in
from tests.browser.test_posts import ids
from tests.stack import Stack, wait_until
from thienly.demo import province

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

SECRET = """
from thienly.core.access.actor import Actor
from thienly.core.ledger.models import Entry
from thienly.core.registry.models import Camera, Site
from thienly.core.registry.services import register_camera
camera = Camera.objects.filter(code="MAT-001").first() or register_camera(
    actor=Actor.machine("init"), site=Site.objects.get(name="Mỏ đá Núi Ông"), code="MAT-001",
    name="Kho mật", sector="mining", url="rtsp://10.9.9.9/mat", record=False, secret=True)
print(camera.id.hex, Entry.objects.latest("seq").seq)
"""
LOOKED = """
import json
from thienly.core.ledger.models import Entry
rows = Entry.objects.filter(actor_label="Trần Quốc Bình", seq__gt={since})
print(json.dumps([[row.kind, str(row.camera_id).replace("-", ""), row.purpose] for row in rows]))
"""
RETIRE = """
from thienly.core.access.actor import Actor
from thienly.core.registry.models import Camera
from thienly.core.registry.services import retire_camera
retire_camera(actor=Actor.machine("init"), camera=Camera.objects.get(code="MAT-001"), reason="thử xong")
"""


@pytest.mark.req_part("QN-030")
def test_the_leader_opens_every_camera_live_and_played_back_but_no_secret_one_and_all_of_it_is_recorded(
    stack: Stack, browser: Browser
) -> None:
    secret, since = stack.python(SECRET).split()
    known = {code: id_ for code, id_ in ids(stack).items() if code in {one.code for one in province.CAMERAS}}
    with signed_in(browser, stack.base, "lanhdao") as page:
        page.goto("/wall/?size=16")
        shown = set(page.locator(".tile .tile-name").all_inner_texts())
        assert {camera.name for camera in province.CAMERAS} <= shown and "Kho mật" not in shown
        for camera in province.CAMERAS:
            number = page.locator(".tile .tile-name").all_inner_texts().index(camera.name)
            burnt_clock(page, f".tile >> nth={number} >> video")
        cameras = list(known.values())
        for some in (cameras[:6], cameras[6:]):
            page.goto(f"/together/?cameras={','.join(some)}&at_us={int((time.time() - 20) * 1e6)}")
            for number in range(len(some)):
                burnt_clock(page, f"#tiles .tile:nth-child({number + 1}) video")
        answer = page.goto(f"/cameras/{secret}/")
        assert answer is not None and answer.status in (403, 404)
        expect(page.locator("video")).to_have_count(0)

    def looked() -> bool:
        rows = {tuple(row) for row in json.loads(stack.python(LOOKED.format(since=since)))}
        return all(
            (kind, id_, "command") in rows for id_ in cameras for kind in ("live.opened", "playback.opened")
        )

    wait_until(looked, within_s=20, what="a row for each camera, live and played back", every_s=1)
    stack.python(RETIRE)
