"""What became of each question for a picture: given and how soon, failed, or nothing to be judged."""

import pytest
from django.utils import timezone

from tests.api.world import client
from tests.gateway.conftest import Running, World, eventually
from tests.gateway.recorder import PlayedRecorder, now_us
from tests.guard import setting_the_scene
from thienly.core.access.actor import Actor
from thienly.core.quality.models import Access
from thienly.core.recording.models import CoverageDay
from thienly.gateway.database import query
from thienly.rules.problems import Problem
from thienly.rules.service import Outcome, outcome, percentile, success


def noted(outcome: Outcome) -> Access | None:
    return Access.objects.filter(outcome=outcome).first()


@pytest.mark.req("QN-066")
async def test_live_and_playback_that_came_and_that_did_not_make_the_service_report_of_the_month(
    world: World, running: Running, recorder: PlayedRecorder
) -> None:
    recorder.run_live()
    recorder.store(now_us() - 60_000_000, 5)
    camera = world.camera.id.hex
    async with running.page(world.operator) as page:
        await page.say("open", ch=1, camera=camera, mode="live")
        await page.media(1)
        await page.say("close", ch=1)
        await page.say("open", ch=2, run=2, camera=camera, mode="play", at_us=now_us() - 60_000_000, credit=4)
        await page.media(1, channel=2, run=2)
        await page.say("close", ch=2)
        given = Access.objects.filter(outcome=Outcome.GIVEN)
        await eventually(lambda: query(lambda: given.count() == 2), within_s=20)
        recorder.problem = Problem.UNREACHABLE
        await page.say("open", ch=3, camera=world.mine.id.hex, mode="live")  # beyond this person's scope
        await page.event("refused", ch=3)
    await recorder.stop()
    async with running.page(world.operator) as page:
        await page.say("open", ch=1, camera=camera, mode="live")
        await page.event("state", within_s=30)
        await page.say("close", ch=1)
        await eventually(lambda: query(noted, Outcome.FAILED), within_s=20)
    rows = await query(lambda: list(Access.objects.order_by("at").values_list("mode", "outcome")))
    assert rows == [("live", "given"), ("play", "given"), ("live", "failed")]  # a refusal is no failure
    waits = await query(lambda: list(given.values_list("picture_ms", flat=True)))
    assert all(ms is not None and ms >= 0 for ms in waits)
    assert await query(lambda: Access.objects.get(outcome=Outcome.FAILED).problem)

    def report() -> str:
        with setting_the_scene():
            CoverageDay.objects.create(
                camera=world.camera, day=timezone.localdate(), as_of=timezone.now(), stale=False,
                expected=10_000, recorded=9_875, gap_network=125,
            )  # fmt: skip
        seer = client(Actor.person(world.operator))
        return seer.get("/quality/services/").content.decode()

    page_text = await query(report)
    row = page_text.split("Ban Quản lý Cảng cá</a>", 1)[1].split("</tr>", 1)[0]
    assert "98,75 %" in row  # uptime
    assert "66,66 %" in row  # 2 of 3 came
    assert row.count(" ms</span>") == 2  # live and playback, as they were measured


def test_who_left_at_once_or_looked_where_nothing_is_says_nothing_of_the_service() -> None:
    def judged(pictures: int, problem: str, nothing: bool, waited_s: float) -> Outcome:
        return outcome(pictures=pictures, problem=problem, nothing_there=nothing, waited_s=waited_s)

    assert judged(3, "unreachable", False, 60) is Outcome.GIVEN
    assert judged(0, "unreachable", False, 0.5) is Outcome.FAILED
    assert judged(0, "", False, 8) is Outcome.FAILED
    assert judged(0, "", False, 0.5) is Outcome.LEFT
    assert judged(0, "", True, 60) is Outcome.NOTHING
    assert success(given=0, failed=0) is None
    assert success(given=3, failed=1) == 0.75
    assert [percentile([], 0.5), percentile([7], 0.95)] == [None, 7]
    assert [percentile(list(range(1, 101)), share) for share in (0.5, 0.95, 1.0)] == [50, 95, 100]
