"""Every command of docs/stream-protocol.md × person × camera inside, outside, unknown; and its history."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, get_args

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests import province
from tests.gateway.conftest import Running, eventually, serving
from tests.gateway.page import Frame, Page
from tests.gateway.page import page as open_page
from tests.gateway.recorder import PlayedRecorder, now_us
from tests.guard import setting_the_scene
from tests.walk.world import BOUNDED, World
from thienly.bus.client import Bus
from thienly.bus.server import Login
from thienly.core.ledger.models import Entry
from thienly.core.recording.models import CameraState
from thienly.gateway import commands
from thienly.gateway.database import query

pytestmark = pytest.mark.timeout(120)

OPENING = {
    # whom a camera inside the scope is opened for, live or played back; outside and unknown it is 404 for all
    "admin": "403",
    "operator": "opened",
    "leader": "opened",
    "sector": "opened",
    "keeper": "opened",
    "member": "opened",
    "inspector": "403",
    "ended": "404",
}


@dataclass(frozen=True)
class Step:
    """A command on an opened channel, its answer, and the rows of history that it leaves."""

    fields: dict[str, Any]
    answer: str
    rows: tuple[str, ...]


PORT, MINE = 2003, 3001  # bytes of a picture from either recorder: primes, so that sums tell them apart
HOUR_AGO_US = now_us() - 3_600_000_000

STEPS = {
    "open": Step({"mode": "live"}, "opened", ("live.opened",)),
    "stream": Step({"stream": "sub"}, "", ()),
    # No regulation at hand lets anybody listen; tests/gateway/test_sound.py has somebody who may.
    "listen": Step({"sound": "on"}, "listening", ("access.refused",)),
    "seek": Step({"run": 1, "at_us": HOUR_AGO_US, "credit": 1}, "opened", ("live.closed", "playback.opened")),
    "credit": Step({"fragments": 2}, "", ()),
    "snapshot": Step({"id": 7, "at_us": HOUR_AGO_US}, "snapshot", ("snapshot.taken",)),
    "live": Step({"run": 2}, "opened", ("playback.closed", "live.opened")),
    "close": Step({}, "", ("live.closed",)),
    "ping": Step({"n": 5}, "pong", ()),
}
"""In the order in which they are tried."""

WRONG: list[Any] = [None, "x", -1, 2**70, 1.5, True, [], {}, "\0", "0" * 33, "../../etc/passwd", "' OR 1=1--"]


@pytest.fixture
def world(transactional_db: None) -> World:
    world = World()
    with setting_the_scene():
        for place, recorder in ((world.port, "r1"), (world.mine, "r2")):
            then = province.yesterday()
            CameraState.objects.create(
                camera=place.camera,
                recorder=recorder,
                state="recording",
                since=then,
                reported_at=then,
                fps=25,
            )
    return world


@pytest.fixture
async def running(world: World, nats: Login) -> AsyncIterator[Running]:
    async with AsyncExitStack() as stack:
        bus = await Bus.connect(nats.url, user=nats.user, password=nats.password, name="test")
        stack.push_async_callback(bus.close)
        # Told apart by their size.
        for place, name, size in ((world.port, "r1", PORT), (world.mine, "r2", MINE)):
            recorder = PlayedRecorder(bus, place.camera.pk.hex, name=name, size=size)
            recorder.store(HOUR_AGO_US, 20)
            await recorder.start()
            stack.push_async_callback(recorder.stop)
            recorder.run_live()
        yield await stack.enter_async_context(serving("g-walk"))


def test_every_command_of_the_protocol_is_walked() -> None:
    ops = {get_args(command.model_fields["op"].annotation)[0] for command in get_args(commands.AnyCommand)}
    assert ops == set(STEPS)


@pytest.mark.parametrize("actor", OPENING)
async def test_everybody_opens_what_the_table_says_and_each_act_has_its_rows(
    actor: str, world: World, running: Running
) -> None:
    async with _page(running, world, actor) as page:
        inside = world.id_of("camera", actor, "inside")
        if OPENING[actor] == "opened":
            await _walk_channel(page, world, inside)
        else:
            await _is_refused(page, 1, inside, int(OPENING[actor]))
        if actor in BOUNDED:
            await _is_refused(page, 2, world.id_of("camera", actor, "outside"), 404)
        await _is_refused(page, 3, world.id_of("camera", actor, "unknown"), 404)
        own = world.place(actor, "inside").camera.pk == world.port.camera.pk
        assert _from(page.frames, 1, PORT if own else MINE)
        assert {frame.channel for frame in page.frames} <= {1}


async def test_one_socket_keeps_its_cameras_apart_and_a_refusal_beside_them_changes_nothing(
    world: World, running: Running
) -> None:
    async with _page(running, world, "operator") as page:
        await page.say("open", ch=1, camera=world.port.camera.pk.hex, mode="live")
        await page.say("open", ch=2, camera=world.mine.camera.pk.hex, mode="live")
        for _ in range(30):  # more than the channels of a socket: each is free again
            await page.say("open", ch=3, camera="0" * 32, mode="live")
            await page.event("refused", ch=3)
        before = len(await page.media(1, channel=1)), len(await page.media(1, channel=2))
        first = await page.media(before[0] + 2, channel=1)
        second = await page.media(before[1] + 2, channel=2)
    assert _from(first, 1, PORT)
    assert _from(second, 2, MINE)
    assert not [frame for frame in page.frames if frame.channel == 3]


@pytest.mark.parametrize("op", STEPS)
async def test_a_field_that_is_no_value_is_named_and_the_socket_lives_on(
    op: str, world: World, running: Running
) -> None:
    valid = {"ch": 9, "camera": world.port.camera.pk.hex, **STEPS[op].fields}
    async with _page(running, world, "keeper") as page:
        await page.say("open", ch=1, camera=world.port.camera.pk.hex, mode="live")
        await page.event("opened")
        for field in commands_of(op):
            for wrong in WRONG:
                if field == "keys" and wrong is True:
                    continue  # the one field for which it is right
                await page.say(op, **{**valid, field: wrong})
                assert (await page.event("error"))["code"] == "bad_message", (field, wrong)
        await page.say("ping", n=1)
        await page.event("pong")
        await page.media(1, channel=1)
    assert (await _rows()).count("live.opened") == 1


async def test_a_message_beyond_all_measure_closes_its_own_socket_only(
    world: World, running: Running
) -> None:
    async with _page(running, world, "keeper") as giant, _page(running, world, "keeper") as other:
        await other.say("open", ch=1, camera=world.port.camera.pk.hex, mode="live")
        await other.media(1)
        await giant.socket.send(json.dumps({"op": "ping", "n": "x" * 200_000}))
        assert await giant.closed() == 1009  # RFC 6455, 7.4.1: message too big
        await other.media(len(other.frames) + 2)


@pytest.mark.parametrize("session", ["", "no-such-session", "suspended", "' OR 1=1--"])
async def test_who_is_not_signed_in_is_turned_away_and_leaves_no_row(
    session: str, world: World, running: Running
) -> None:
    before = await query(Entry.objects.count)
    async with open_page(running.port, world.sessions.get(session, session)) as page:
        assert await page.closed() == 4401
        assert not page.events
    assert await query(Entry.objects.count) == before


@pytest.mark.parametrize("origin", [None, "null", "http://ke-xau.example", "file://", "http://[", "*"])
async def test_a_page_from_elsewhere_is_turned_away_with_a_good_session(
    origin: str | None, world: World, running: Running
) -> None:
    headers = {"Cookie": f"sessionid={world.sessions['operator']}"}
    if origin is not None:
        headers["Origin"] = origin
    async with connect(f"ws://127.0.0.1:{running.port}/stream", additional_headers=headers) as socket:
        with pytest.raises(ConnectionClosed):
            await socket.recv()
        assert socket.close_code == 4403


def commands_of(op: str) -> list[str]:
    """The fields of a command."""
    for command in get_args(commands.AnyCommand):
        if get_args(command.model_fields["op"].annotation) == (op,):
            return [name for name in command.model_fields if name != "op"]
    raise KeyError(op)


@asynccontextmanager
async def _page(running: Running, world: World, actor: str) -> AsyncIterator[Page]:
    async with open_page(running.port, world.sessions[actor]) as page:
        yield page


async def _walk_channel(page: Page, world: World, camera: str) -> None:
    for op, step in STEPS.items():
        before = await _rows()
        await page.say(op, **({"n": 5} if op == "ping" else {"ch": 1, "camera": camera, **step.fields}))
        if step.answer:
            await page.event(step.answer)
        if op == "credit":
            await page.media(3, channel=1, run=1)  # one was asked for with `seek`, two now
        await _wrote(before, step.rows)


async def _is_refused(page: Page, channel: int, camera: str, status: int) -> None:
    """Opening says no, live and played back; whatever else is said to the channel does nothing."""
    for mode in ("live", "play"):
        before = await _rows()
        await page.say("open", ch=channel, camera=camera, mode=mode, at_us=HOUR_AGO_US, credit=1)
        refused = await page.event("refused", ch=channel)
        assert refused["status"] == status
        assert bool(refused["reasons"]) == (status == 403)
        await _wrote(before, ("access.refused",))
    before = await _rows()
    for op, step in STEPS.items():
        if op not in ("open", "ping"):
            await page.say(op, ch=channel, **step.fields)
            await page.event("error", code="no_such_channel", ch=channel)
    await _wrote(before, ())


def _from(frames: list[Frame], channel: int, size: int) -> bool:
    """All media on this channel come from the recorder whose pictures have this size."""
    return all(len(f.data) % size == 0 for f in frames if f.kind == 2 and f.channel == channel)


async def _rows() -> list[str]:
    return await query(lambda: list(Entry.objects.order_by("seq").values_list("kind", flat=True)))


async def _wrote(before: list[str], wanted: tuple[str, ...]) -> None:
    async def enough() -> bool:
        return len(await _rows()) >= len(before) + len(wanted)

    await eventually(enough, within_s=8)
    assert (await _rows())[len(before) :] == list(wanted)
