"""Commands that are not understood cost an event, never a traceback and never another viewer."""

import json

import pytest

from tests.gateway.conftest import Running, World
from tests.gateway.recorder import PlayedRecorder


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not json",
        "[]",
        "{}",
        '{"op":"fly"}',
        '{"op":"open"}',
        '{"op":"open","ch":1,"camera":"../../etc/passwd","mode":"live"}',
        '{"op":"open","ch":1,"camera":"' + "0" * 32 + '","mode":"secret"}',
        '{"op":"open","ch":-1,"camera":"' + "0" * 32 + '","mode":"live"}',
        '{"op":"open","ch":true,"camera":"' + "0" * 32 + '","mode":"live"}',
        '{"op":"seek","ch":1,"run":1,"at_us":1e300}',
        '{"op":"credit","ch":1,"fragments":100000}',
        "[" * 5000,
        '{"op":"ping","n":"' + "x" * 20000 + '"}',
    ],
)
async def test_a_bad_message_is_named_and_the_socket_lives_on(
    text: str, world: World, running: Running
) -> None:
    async with running.page(world.operator) as page:
        await page.socket.send(text)
        assert (await page.event("error"))["code"] == "bad_message"
        await page.say("ping", n=3)
        assert (await page.event("pong"))["n"] == 3


async def test_binary_from_the_page_is_a_bad_message(world: World, running: Running) -> None:
    async with running.page(world.operator) as page:
        await page.socket.send(b"\x00" * 100)
        assert (await page.event("error"))["code"] == "bad_message"


async def test_a_command_for_a_channel_that_is_not_open_is_named(world: World, running: Running) -> None:
    async with running.page(world.operator) as page:
        await page.say("credit", ch=9, fragments=1)
        assert await page.event("error", code="no_such_channel", ch=9)


async def test_a_channel_number_in_use_is_not_taken_twice(
    world: World, running: Running, recorder: PlayedRecorder
) -> None:
    async with running.page(world.operator) as page:
        for _ in range(2):
            await page.say("open", ch=1, camera=world.camera.id.hex, mode="live")
        assert await page.event("error", code="channel_in_use", ch=1)


async def test_a_number_is_free_again_after_a_refusal_and_after_closing(
    world: World, running: Running, recorder: PlayedRecorder
) -> None:
    recorder.run_live()
    async with running.page(world.operator) as page:
        await page.say("open", ch=1, camera=world.mine.id.hex, mode="live")
        await page.event("refused")
        for run in (1, 2):
            await page.say("open", ch=1, run=run, camera=world.camera.id.hex, mode="live")
            await page.media(1, run=run)
            await page.say("close", ch=1)


async def test_a_socket_holds_twenty_five_channels_and_no_more(
    world: World, running: Running, recorder: PlayedRecorder
) -> None:
    async with running.page(world.operator) as page:
        for channel in range(26):
            await page.say("open", ch=channel, camera=world.camera.id.hex, mode="live")
        assert await page.event("error", code="too_many_channels", ch=25)


async def test_a_flood_of_commands_closes_the_socket(world: World, running: Running) -> None:
    async with running.page(world.operator) as page:
        for _ in range(400):
            await page.socket.send(json.dumps({"op": "ping"}))
        assert await page.closed() == 4429
