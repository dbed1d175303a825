"""Whoever waits for an answer and is told to stop, stops; also when both come in one moment."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from nats.aio.msg import Msg

from tests.nats import nats_server
from thienly.bus.client import Bus, end

Ask = Callable[[Bus], Awaitable[object]]
TRIES = 400


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[Bus]:
    with nats_server(tmp_path) as login:
        bus = await Bus.connect(login.url, user=login.user, password=login.password, name="test")
        yield bus
        await bus.close()


@pytest.mark.parametrize(
    "ask",
    [lambda bus: bus.request("echo", b"a"), lambda bus: bus.request_parts("echo", b"a")],
    ids=["request", "parts"],
)
async def test_a_cancellation_that_meets_the_answer_is_obeyed(bus: Bus, ask: Ask) -> None:
    met = 0

    async def answer(message: Msg) -> None:
        await bus.reply_parts(message, [b"b"])

    async def waits() -> None:
        await ask(bus)
        await asyncio.sleep(60)  # reached when the cancellation was swallowed

    await bus.subscribe("echo", answer)
    for number in range(TRIES):
        task = asyncio.create_task(waits())
        received = bus.nc.stats["in_msgs"]
        # The question and its answer both pass this connection.
        while bus.nc.stats["in_msgs"] < received + 2:  # noqa: ASYNC110 - turn by turn is the point
            await asyncio.sleep(0)
        for _ in range(number % 4):
            await asyncio.sleep(0)
        task.cancel()
        done, _ = await asyncio.wait({task}, timeout=1)
        assert done, f"not obeyed in try {number}"
        met += task.cancelled()
    assert met == TRIES


async def test_ending_tasks_ends_also_one_that_lost_its_first_cancellation() -> None:
    lost = 0

    async def loses_one() -> None:
        nonlocal lost
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            lost += 1
        await asyncio.sleep(60)

    task = asyncio.create_task(loses_one())
    await asyncio.sleep(0)
    async with asyncio.timeout(10):
        await end(task)
    assert lost == 1
    assert task.cancelled()
