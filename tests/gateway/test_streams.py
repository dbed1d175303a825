"""Which stream of a camera is shown: by the size of the tile, what the browser can play, and the line."""

import asyncio
from collections.abc import AsyncIterator
from itertools import product

import pytest

from tests.gateway.conftest import Running, World, row
from tests.gateway.page import Page
from tests.gateway.recorder import GOP_CHUNKS, PlayedRecorder
from tests.guard import setting_the_scene
from thienly.bus.client import Bus
from thienly.core.ledger.kinds import Kind
from thienly.core.registry.models import Camera
from thienly.gateway.view import Stream, candidates
from thienly.rules import pace
from thienly.rules.problems import Problem

H265 = 'video/mp4; codecs="hvc1.1.6.L93.B0"'
PLAYS = "avc1,mp4a"
MAIN, SUB, MADE = 2000, 301, 401  # bytes of a chunk: the streams told apart


@pytest.fixture
async def sub(world: World, bus: Bus) -> AsyncIterator[PlayedRecorder]:
    with setting_the_scene():
        Camera.objects.filter(pk=world.camera.pk).update(sub_url="rtsp://10.0.0.1/sub")
    played = PlayedRecorder(bus, world.camera.id.hex, stream="sub", size=SUB)
    await played.start()
    yield played
    await played.stop()


async def open_live(page: Page, world: World, **fields: object) -> None:
    await page.say("open", ch=1, camera=world.camera.id.hex, mode="live", **fields)


async def until_size(page: Page, size: int, *, within_s: float = 10) -> None:
    await page.until(lambda: len(page.frames[-1].data) == size, within_s=within_s, what=f"frames of {size}")


async def test_a_small_tile_is_sent_the_second_stream_and_history_says_which(
    world: World, running: Running, recorder: PlayedRecorder, sub: PlayedRecorder
) -> None:
    recorder.run_live()
    sub.run_live()
    async with running.page(world.operator) as page:
        await open_live(page, world, stream="sub")
        assert (await page.event("opened"))["camera"]["sub"] is True
        assert (await page.event("stream"))["stream"] == "sub"
        frames = await page.media(4)
        assert {len(frame.data) for frame in frames} == {SUB}
    assert recorder.wants == []
    assert (await row(Kind.LIVE_OPENED)).detail["picture"] == "sub"
    assert (await row(Kind.LIVE_CLOSED)).detail["pictures"] == ["sub"]


async def test_the_old_stream_runs_on_until_the_new_one_begins_with_a_key_frame(
    world: World, running: Running, recorder: PlayedRecorder, sub: PlayedRecorder
) -> None:
    recorder.problem = Problem.STALLED  # the main stream is not there yet
    sub.run_live()
    async with running.page(world.operator) as page:
        await open_live(page, world, stream="sub")
        await page.media(2)
        await page.say("stream", ch=1, stream="main")
        await page.until(lambda: recorder.wants, within_s=5, what="the main stream is asked for")
        before = len(page.frames)
        await page.media(before + 3)
        assert {len(frame.data) for frame in page.frames[before:]} == {SUB}
        recorder.problem = None
        recorder.run_live()
        await until_size(page, MAIN)
        first = next(i for i, f in enumerate(page.frames) if len(f.data) == MAIN)
        assert page.frames[first].key and page.frames[first - 1].kind == 1
        assert {frame.run for frame in page.frames} == {0}
        assert not [event for event in page.events if event["ev"] == "state"]
    assert (await row(Kind.LIVE_CLOSED)).detail["pictures"] == ["sub", "main"]


async def test_when_the_second_stream_fails_the_main_one_is_shown_and_says_so_until_it_is_back(
    world: World, running: Running, recorder: PlayedRecorder, sub: PlayedRecorder
) -> None:
    recorder.run_live()
    sub.problem = Problem.NOT_FOUND
    async with running.page(world.operator) as page:
        await open_live(page, world, stream="sub")
        await page.event("stream", stream="main", why="sub_failed")
        await page.media(2)
        sub.problem = None
        sub.run_live()
        await page.event("stream", stream="sub", why="")
        await until_size(page, SUB)


async def test_while_the_device_is_still_asked_for_the_second_stream_the_main_one_is_shown(
    world: World, running: Running, recorder: PlayedRecorder, sub: PlayedRecorder
) -> None:
    await sub.stop()  # nobody answers for now
    recorder.run_live()
    async with running.page(world.operator) as page:
        await open_live(page, world, stream="sub")
        await page.media(3)
        assert {len(frame.data) for frame in page.frames if frame.kind == 2} == {MAIN}


async def test_a_browser_without_h265_is_given_the_second_stream_in_h264(
    world: World, running: Running, recorder: PlayedRecorder, sub: PlayedRecorder
) -> None:
    recorder.mime = H265
    recorder.run_live()
    sub.run_live()
    async with running.page(world.operator) as page:
        await open_live(page, world, plays=PLAYS)
        await page.event("stream", stream="sub", why="codec")
        assert {len(frame.data) for frame in await page.media(3)} == {SUB}
        await page.say("close", ch=1)
        await open_live(page, world, plays=f"{PLAYS},hvc1")
        await page.event("stream", stream="main", why="")
        await until_size(page, MAIN)


async def test_without_one_the_picture_is_converted_and_when_that_is_not_possible_it_says_why(
    world: World, running: Running, recorder: PlayedRecorder, bus: Bus
) -> None:
    recorder.mime = H265
    recorder.run_live()
    async with running.page(world.operator) as page:
        await open_live(page, world, plays=PLAYS)
        state = await page.event("state")
        assert state["problem"] == "no_transcoder" and "H.265" in state["sentence"]
        made = PlayedRecorder(bus, world.camera.id.hex, stream="h264", size=MADE)
        await made.start()
        made.run_live()
        await page.event("stream", stream="h264", why="codec")
        frames = await page.media(3)
        assert {len(frame.data) for frame in frames} == {MADE}
        assert page.frames[0].kind == 1
        await made.stop()


async def test_a_line_that_keeps_skipping_steps_down_to_the_second_stream_and_up_again(
    world: World,
    running: Running,
    recorder: PlayedRecorder,
    sub: PlayedRecorder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pace, "CALM_S", 1.0)
    monkeypatch.setattr(pace, "SKIPS", 1)
    recorder.size = 400_000
    sub.run_live()
    async with running.page(world.operator) as page:
        await open_live(page, world)
        await page.event("opened")
        page.socket.transport.pause_reading()
        for number in range(120):
            await recorder.publish(key=number % GOP_CHUNKS == 0)
            await asyncio.sleep(0.01)
        page.socket.transport.resume_reading()
        await page.event("stream", stream="sub", why="slow", within_s=15)
        recorder.size = MAIN
        recorder.run_live()
        await page.event("stream", stream="main", why="", within_s=15)


def test_whatever_fails_something_that_can_be_shown_stands_in_front() -> None:
    for wish, has_sub, slow, deaf in product(("main", "sub"), *[(True, False)] * 3):
        for lame in ((), ("main",), ("sub",), ("main", "sub")):
            unplayable: set[Stream] = set(lame)
            found = candidates(wish, has_sub=has_sub, slow=slow, deaf=deaf, unplayable=unplayable)  # type: ignore[arg-type]  # as above
            assert found and not unplayable.intersection(found)
            assert has_sub or "sub" not in found
            assert "main" in found or "h264" in found
    assert candidates("main", has_sub=True, slow=True, deaf=False, unplayable=())[0] == "sub"
    assert candidates("sub", has_sub=True, slow=False, deaf=True, unplayable=())[0] == "aac"
