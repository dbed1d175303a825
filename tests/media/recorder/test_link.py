"""A recorder tells how the link to each camera did: as sums of the day, and for good when it ends."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.media.recorder.rig import Rig, recorder, rig, until
from thienly.bus.messages import LinkReport
from thienly.media.recorder import link as recorder_link
from thienly.media.recorder.link import LinkLog
from thienly.media.rtsp import link_watch

HOUR_US = 3600 * 1_000_000


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(recorder_link, "FIRST_S", 2.0)
    monkeypatch.setattr(recorder_link, "EVERY_S", 2.0)
    monkeypatch.setattr(link_watch, "FOR_S", 2.0)
    yield


def newest(made: Rig, camera: str) -> LinkReport:
    return made.of(LinkReport, camera)[-1]


@pytest.mark.req_part("BDM-027")
async def test_packets_pictures_and_broken_connections_of_a_camera_are_told(tmp_path) -> None:  # type: ignore[no-untyped-def]
    async with rig(tmp_path) as made:
        async with recorder(made):
            camera = await made.want(0)
            await made.recording(camera)
            await until(lambda: bool(made.of(LinkReport, camera)), "a first report")
            await made.sim.set_fault("/camera/0", "drop")
            await until(lambda: newest(made, camera).disconnects == 1, "a disconnect")
            await until(lambda: newest(made, camera).reconnects == 1, "a reconnect", timeout_s=40)
            await until(lambda: newest(made, camera).jitter_windows > 0, "a window of jitter", timeout_s=40)
            said = newest(made, camera)
            await asyncio.sleep(0)
        await until(lambda: newest(made, camera).until_us > said.until_us, "the last report")
        last = newest(made, camera)
    assert (last.recorder, last.held_us) == ("r1", said.held_us)
    assert last.received > 0 and last.bytes > last.received * 12
    assert last.lost == 0
    assert last.declared_fps == 10
    assert last.frames > 0 and last.media_us > 0
    assert 5 < last.frames / (last.media_us / 1e6) <= 11
    assert last.clock_worst_ms is not None


def test_a_day_that_is_over_is_told_whole_and_the_next_begins_at_nothing() -> None:
    from datetime import timedelta, timezone

    log = LinkLog("c" * 32, "r1", 1, timezone(timedelta(hours=7)))
    evening = 1_795_016_400_000_000 // (24 * HOUR_US) * 24 * HOUR_US + 16 * HOUR_US  # 23:00 in Việt Nam
    assert log.due(evening, 0.0) == []
    log.meter.received, log.meter.lost, log.meter.bytes = 1000, 10, 9000
    log.meter.measured(5000)
    log.connected()
    log.disconnected()
    log.media(frames=250, bytes_=0, duration_us=10_000_000, clock_ms=-2500)
    over = log.due(evening + 2 * HOUR_US, 10.0)
    assert len(over) == 2
    before, after = over
    assert (after.day - before.day).days == 1
    assert (before.received, before.lost, before.disconnects, before.clock_worst_ms) == (1000, 10, 1, -2500)
    assert (before.jitter_windows, before.jitter_sum_us, before.jitter_worst_us) == (1, 5000, 5000)
    assert (after.received, after.lost, after.frames, after.disconnects) == (0, 0, 0, 0)
    assert after.jitter_worst_us == 0 and after.clock_worst_ms is None
    log.meter.received += 7
    assert log.last(evening + 3 * HOUR_US)[0].received == 7


def test_a_source_without_packets_tells_what_was_recorded() -> None:
    from datetime import UTC

    log = LinkLog("c" * 32, "r1", 1, UTC)
    log.due(1_000_000, 0.0)
    log.media(frames=25, bytes_=50_000, duration_us=1_000_000, clock_ms=None)
    (said,) = log.last(2_000_000)
    assert (said.received, said.lost, said.bytes, said.frames) == (0, 0, 50_000, 25)
