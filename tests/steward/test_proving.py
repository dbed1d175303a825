"""The steward has recorders read their oldest footage, adds days up, and survives silent recorders."""

import asyncio
from datetime import timedelta

import pytest
from django.utils import timezone
from nats.aio.msg import Msg

from tests import province
from tests.guard import setting_the_scene
from tests.steward.house import House
from thienly.bus import subjects
from thienly.bus.client import Bus
from thienly.bus.questions import OldestAsk, OldestRead
from thienly.core.recording.models import Coverage, CoverageDay, OldestProof
from thienly.core.recording.moments import microseconds
from thienly.core.registry.models import Camera
from thienly.rules.coverage import mark


def recorded_by(code: str, recorder: str) -> Camera:
    """A camera with a recorded hour, yesterday."""
    unit = province.unit(f"Ban {code}", ["camera_manager"])
    camera = province.camera(province.site(unit, f"Cảng {code}"), code)
    hour = (timezone.now() - timedelta(days=1)).replace(minute=0, second=0, microsecond=0)
    with setting_the_scene():
        Coverage.objects.create(camera=camera, recorder=recorder, hour=hour, seconds=mark(b"", 0, 3600))
    return camera


@pytest.mark.req_part("DN-021")
def test_the_steward_asks_for_the_oldest_footage_and_keeps_what_was_proven(home: House) -> None:
    answered, silent = recorded_by("CA-001", "r1"), recorded_by("CA-002", "r2")
    start = Coverage.objects.get(camera=answered).hour
    asked: list[str] = []

    def proven() -> tuple[int, int]:
        tried = OldestProof.objects.filter(camera__in=[answered, silent])
        return tried.filter(proven_at__isnull=False).count(), tried.count()

    async def play(bus: Bus) -> None:
        async def answer(message: Msg) -> None:
            asked.append(OldestAsk.decode(message.data).camera)
            start_us = microseconds(start)
            read = OldestRead(found=True, ok=True, segment=1, start_us=start_us, end_us=start_us + 1, bytes=1)
            await bus.reply(message, read.encode())

        await bus.subscribe(subjects.archive_oldest("r1"), answer)
        process = await asyncio.to_thread(home.start)
        try:
            for _ in range(600):
                if await asyncio.to_thread(proven) == (1, 2):
                    return
                await asyncio.sleep(0.1)
            raise AssertionError(f"no proof came: {asked}; {home.log[-2000:]}")
        finally:
            process.terminate()
            await asyncio.to_thread(process.wait, 15)

    home.on_bus(play)
    proof = OldestProof.objects.get(camera=answered)
    assert (proof.oldest, proof.recorder, proof.violation, proof.floor_days) == (start, "r1", "", 3)
    assert set(asked) == {answered.id.hex}
    assert OldestProof.objects.get(camera=silent).proven_at is None
    day = CoverageDay.objects.filter(camera=answered, day=timezone.localdate(start)).get()
    assert day.recorded == 3600
