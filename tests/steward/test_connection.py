"""A camera is entered: its connection is tested, the result stands for ever, and its link is measured."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import TypeVar

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from tests.api.world import World, client, got
from tests.guard import setting_the_scene
from tests.media.recorder.rig import specs
from tests.steward.house import House
from thienly.core.ledger.models import Entry
from thienly.core.quality.models import ConnectionTest, LinkDay
from thienly.core.quality.orders import ask_for_test
from thienly.core.recording.models import CameraState
from thienly.core.registry.models import Camera
from thienly.core.registry.services import register_camera
from thienly.sim.server import SimServer

T = TypeVar("T")


async def seen(look: Callable[[], T], what: str, *, within_s: float = 60) -> T:
    """The first true answer of the database."""
    for _ in range(round(within_s * 5)):
        if answer := await asyncio.to_thread(look):
            return answer
        await asyncio.sleep(0.2)
    raise AssertionError(f"did not happen: {what}")


def process(home: House, *words: str) -> subprocess.Popen[bytes]:
    env = {k: v for k, v in os.environ.items() if not k.startswith(("THIENLY_", "DJANGO_"))}
    with (home.data / f"{words[0]}.log").open("ab") as log:
        command = [sys.executable, "-m", "thienly", *words]
        return subprocess.Popen(command, env=env | {"THIENLY_DATA": str(home.data)}, stdout=log, stderr=log)


@pytest.mark.req("BDM-027")
def test_onboarding_stores_a_connection_test_and_the_link_of_each_day_is_in_the_interface(
    home: House,
) -> None:
    world = World()
    keeper = world.keeper()

    def enter(url: str, username: str, password: str) -> Camera:
        form = {
            "site": world.port.id.hex, "code": "CA-009", "name": "Cầu cảng số 9", "sector": "fishing_port",
            "url": url, "username": username, "password": password, "record": "on",
        }  # fmt: skip
        answer = client(keeper).post("/cameras/new/", form)
        assert answer.status_code == 302, answer.content.decode()
        return Camera.objects.get(code="CA-009")

    async def play() -> Camera:
        async with SimServer(specs(1)) as sim:
            spec = sim.cameras[0].spec
            url = sim.url(spec.path, credentials=False)
            camera = await asyncio.to_thread(enter, url, spec.username, spec.password)
            steward = await asyncio.to_thread(home.start)
            recorder = await asyncio.to_thread(process, home, "recorder", "--name", "r1")
            try:
                tests = ConnectionTest.objects.filter(camera=camera, finished_at__isnull=False)
                await seen(tests.exists, "the connection test is finished")
                recorded = CameraState.objects.filter(camera=camera, state="recording")
                await seen(recorded.exists, "it is recorded")
                await asyncio.sleep(3)
                recorder.send_signal(signal.SIGTERM)  # its last report is told before it ends
                await asyncio.to_thread(recorder.wait, 30)
                await seen(LinkDay.objects.filter(camera=camera).exists, "the link of the day")
            finally:
                for one in (recorder, steward):
                    if one.poll() is None:
                        one.terminate()
                        await asyncio.to_thread(one.wait, 30)
        return camera

    camera = asyncio.run(play())
    test = ConnectionTest.objects.get(camera=camera)
    assert (test.ok, test.reason, test.ordered_label) == (True, "entered", "cangca")
    assert (test.codec, test.width, test.height, test.declared_fps) == ("h264", 160, 90, 10)
    assert test.expected > 0 and test.lost == 0
    assert test.jitter_us is not None and test.clock_offset_ms is not None
    assert Entry.objects.filter(kind="camera.tested", camera_id=camera.id.hex).count() == 1
    # Nobody changes it any more, not even past the product.
    for change in (test.delete, lambda: ConnectionTest.objects.update(ok=False)):
        with pytest.raises(DatabaseError), transaction.atomic(), setting_the_scene():
            change()
    # The page shows it, and the interface has it.
    page = client(keeper).get(f"/cameras/{camera.id.hex}/").content.decode()
    assert "160 × 90" in page and "cangca" in page
    status, tests = got(keeper, f"cameras/{camera.id.hex}/connection-tests")
    assert (status, len(tests), tests[0]["ok"], tests[0]["packets_lost"]) == (200, 1, True, 0)
    status, days = got(keeper, f"cameras/{camera.id.hex}/link")
    assert status == 200 and len(days) >= 1
    assert days[0]["packets_expected"] > 0 and days[0]["packets_lost"] == 0
    assert days[0]["bytes"] > 0 and days[0]["fps"] and days[0]["declared_fps"] == 10
    assert days[0]["grade"] in ("good", "watch", "bad")


@pytest.mark.django_db
def test_a_camera_that_gives_nothing_keeps_its_failed_test_and_a_new_one_may_be_asked_for() -> None:
    from thienly.bus.questions import ProbeResult
    from thienly.core.quality.testing import next_question, save_result
    from thienly.rules.problems import Problem

    world = World()
    keeper, now = world.keeper(), timezone.now()
    camera = register_camera(
        actor=keeper,
        site=world.port,
        code="CA-010",
        name="Cổng",
        sector="fishing_port",
        url="rtsp://10.0.0.9/a",
    )
    question = next_question()
    assert question is not None and question.test.camera == camera
    assert next_question(leaving_out={question.test.pk}) is None  # it waits for its answer
    failed = ProbeResult(ok=False, problem=Problem.AUTH_FAILED, detail="DESCRIBE answered 401")
    save_result(question=question, result=failed, now=now)
    save_result(question=question, result=ProbeResult(ok=True), now=now)  # what stands, stands
    for act in (lambda rows: rows.update(ok=True), lambda rows: rows.delete()):
        with pytest.raises(DatabaseError), transaction.atomic(), setting_the_scene():
            act(ConnectionTest.objects.filter(camera=camera))
    page = client(keeper).get(f"/cameras/{camera.id.hex}/").content.decode()
    assert "DESCRIBE answered 401" in page
    again = client(keeper).post(f"/cameras/{camera.id.hex}/test/")
    assert again.status_code == 302
    assert ask_for_test(actor=keeper, camera=camera) == ConnectionTest.objects.get(finished_at=None)
    states = ConnectionTest.objects.filter(camera=camera).order_by("ordered_at").values_list("ok", "reason")
    assert list(states) == [(False, "entered"), (None, "asked")]
    # Who does not keep the device may not send anything to it.
    assert client(world.operator()).post(f"/cameras/{camera.id.hex}/test/").status_code == 403
    assert client(world.nobody()).post(f"/cameras/{camera.id.hex}/test/").status_code == 404
