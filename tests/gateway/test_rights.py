"""Who sees nothing, who is told why, and how fast a right ends that was withdrawn."""

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from tests import province
from tests.gateway.conftest import Running, World, history, row, serving, sign_in
from tests.gateway.page import page as open_page
from tests.gateway.recorder import PlayedRecorder
from tests.guard import setting_the_scene
from thienly.bus import subjects
from thienly.bus.client import Bus
from thienly.core.access import epoch
from thienly.core.access.actor import Actor
from thienly.core.access.models import Seat
from thienly.core.accounts.models import Account
from thienly.core.accounts.services import suspend
from thienly.core.footage.streams import open_stream
from thienly.core.ledger.kinds import Kind
from thienly.core.registry.models import Camera


def change(act: Callable[[], object], *, bump: bool = True) -> None:
    """What a service of the access package does, without its own checks."""
    with setting_the_scene(), transaction.atomic():
        act()
        if bump:
            epoch.bump()


async def test_a_camera_outside_the_scope_and_one_that_never_was_are_the_same_404(
    world: World, running: Running, recorder: PlayedRecorder
) -> None:
    async with running.page(world.operator) as page:
        await page.say("open", ch=1, camera=world.mine.id.hex, mode="live")
        await page.say("open", ch=2, camera="0" * 32, mode="live")
        first, second = await page.event("refused", ch=1), await page.event("refused", ch=2)
    assert first["status"] == second["status"] == 404
    assert {**first, "ch": 0} == {**second, "ch": 0}
    assert not first["who"] and not first["reasons"]
    refusals = [entry for entry in history() if entry.kind == Kind.REFUSED]
    assert {entry.object_id for entry in refusals} == {world.mine.id.hex, "0" * 32}


async def test_the_central_administrator_is_refused_with_the_article_and_whom_to_ask(
    world: World, running: Running, recorder: PlayedRecorder
) -> None:
    recorder.run_live()
    async with running.page(world.admin) as page:
        for channel, mode in enumerate(("live", "play")):
            await page.say("open", ch=channel, camera=world.camera.id.hex, mode=mode)
            refused = await page.event("refused", ch=channel)
            assert refused["status"] == 403
            assert refused["reasons"][0]["code"] == "not_granted"
            assert "QN Đ11.2" in refused["reasons"][0]["cite"]
            assert refused["who"][0]["name"] == "Trần Văn Bờ"
        assert not page.frames
    assert [entry.kind for entry in history(world.camera.id)] == [Kind.REFUSED, Kind.REFUSED]


@pytest.mark.req("QN-010")
async def test_a_unit_without_a_grant_under_article_6_plays_nothing_back_and_one_with_it_does(
    world: World, running: Running, recorder: PlayedRecorder
) -> None:
    # Sở Khoa học và Công nghệ guides and urges (QN Đ18, Đ23): it knows the camera, Đ6 gives it no picture.
    guide = province.person("huongdan", "Vũ Thị Hướng")
    province.seat(guide, province.unit("Sở Khoa học và Công nghệ", ["so_tttt"]), "tttt_guide")
    # A data-using unit holds the camera's site by grant (QN Đ6.2, Đ9.1).
    user = province.person("sudung", "Đỗ Văn Sử")
    province.seat(
        user, province.unit("Chi cục Thủy sản", ["data_user"]), "user_member", sites=[world.camera.site]
    )
    start = time.time_ns() // 1000 - 3_600_000_000
    recorder.store(start, 5)
    async with running.page(guide) as page:
        await page.say("open", ch=1, camera=world.camera.id.hex, mode="play", at_us=start, credit=2)
        assert (await page.event("refused"))["status"] == 403
        assert not page.frames
    async with running.page(user) as page:
        await page.say("open", ch=1, camera=world.camera.id.hex, mode="play", at_us=start, credit=2)
        assert await page.media(2)


async def test_a_stranger_without_a_seat_sees_nothing(world: World, running: Running) -> None:
    async with running.page(world.stranger) as page:
        await page.say("open", ch=1, camera=world.camera.id.hex, mode="live")
        assert (await page.event("refused"))["status"] == 404


async def test_nobody_signed_in_is_turned_away(world: World, running: Running) -> None:
    async with open_page(running.port, "no-such-session") as page:
        assert await page.closed() == 4401


async def test_a_suspended_account_is_turned_away(world: World, running: Running) -> None:
    session = sign_in(world.operator)
    change(lambda: Account.objects.filter(pk=world.operator.pk).update(suspended_at=timezone.now()))
    async with open_page(running.port, session) as page:
        assert await page.closed() == 4401


async def test_a_page_from_elsewhere_is_turned_away(world: World, running: Running) -> None:
    for origin in ("http://evil.example", "null", f"http://127.0.0.1.evil.example:{running.port}"):
        async with open_page(running.port, sign_in(world.operator), origin=origin) as page:
            assert await page.closed() == 4403


async def watching_ends_after(world: World, running: Running, act: Callable[[], object]) -> dict[str, object]:
    """Opens a live picture, acts, and gives the `ended` event; fails when pictures still come 5 s later."""
    async with running.page(world.operator) as page:
        await page.say("open", ch=1, camera=world.camera.id.hex, mode="live")
        await page.media(2)
        act()
        acted = time.monotonic()
        ended: dict[str, object] = await page.event("ended", within_s=5)
        assert time.monotonic() - acted < 5
        count = len(page.frames)
        await asyncio.sleep(0.4)
        assert len(page.frames) == count
        assert (await row(Kind.LIVE_CLOSED)).detail["why"] == ended["why"]
        return ended


async def test_a_withdrawn_right_ends_the_picture_within_five_seconds(
    world: World, running: Running, recorder: PlayedRecorder
) -> None:
    recorder.run_live()
    seat = Seat.objects.filter(account=world.operator)
    ended = await watching_ends_after(
        world, running, lambda: change(lambda: seat.update(valid_to=timezone.now()))
    )
    assert ended["why"] == "right_withdrawn"


async def test_a_seat_that_ends_by_the_clock_ends_the_picture_within_five_seconds(
    world: World, running: Running, recorder: PlayedRecorder
) -> None:
    recorder.run_live()
    seat = Seat.objects.filter(account=world.operator)
    async with running.page(world.operator) as page:
        await page.say("open", ch=1, camera=world.camera.id.hex, mode="live")
        await page.media(1)
        ends = timezone.now() + timedelta(seconds=4)
        change(lambda: seat.update(valid_to=ends))
        assert (await page.event("ended", within_s=9))["why"] == "right_withdrawn"
        assert timezone.now() >= ends


async def test_a_withdrawn_right_ends_the_picture_also_while_the_bus_is_away(
    world: World, recorder: PlayedRecorder
) -> None:
    recorder.run_live()
    async with serving() as running, running.page(world.operator) as page:
        await page.say("open", ch=1, camera=world.camera.id.hex, mode="live")
        await page.media(2)
        assert running.gateway.link.bus is not None
        await running.gateway.link.bus.nc.close()
        change(lambda: Seat.objects.filter(account=world.operator).update(valid_to=timezone.now()))
        assert (await page.event("ended", within_s=5))["why"] == "right_withdrawn"


async def test_a_hint_on_the_bus_ends_it_sooner_than_the_next_look(
    world: World, running: Running, recorder: PlayedRecorder, bus: Bus
) -> None:
    recorder.run_live()
    rounds = 0
    look = running.gateway.rights.look

    async def counted() -> None:
        nonlocal rounds
        rounds += 1
        await look()

    running.gateway.rights.look = counted  # type: ignore[method-assign]
    async with running.page(world.operator) as page:
        await page.say("open", ch=1, camera=world.camera.id.hex, mode="live")
        await page.media(1)
        before = rounds
        change(lambda: Seat.objects.filter(account=world.operator).update(valid_to=timezone.now()))
        await bus.publish(subjects.ACCESS_CHANGED)
        await page.event("ended")
        assert rounds - before <= 2


async def test_signing_out_ends_every_picture_and_the_socket(
    world: World, running: Running, recorder: PlayedRecorder
) -> None:
    recorder.run_live()
    async with running.page(world.operator) as page:
        await page.say("open", ch=1, camera=world.camera.id.hex, mode="live")
        await page.media(1)
        Session.objects.all().delete()
        assert (await page.event("ended", within_s=5))["why"] == "session_ended"
        assert await page.closed() == 4401


async def test_a_retired_camera_ends_its_live_picture(
    world: World, running: Running, recorder: PlayedRecorder
) -> None:
    recorder.run_live()
    camera = Camera.objects.filter(pk=world.camera.pk)
    ended = await watching_ends_after(
        world, running, lambda: change(lambda: camera.update(retired_at=timezone.now()))
    )
    assert ended["why"] == "camera_retired"


async def test_a_change_that_concerns_others_leaves_the_picture_running(
    world: World, running: Running, recorder: PlayedRecorder
) -> None:
    recorder.run_live()
    async with running.page(world.operator) as page:
        await page.say("open", ch=1, camera=world.camera.id.hex, mode="live")
        await page.media(1)
        change(lambda: Seat.objects.filter(account=world.admin).update(valid_to=timezone.now()))
        await asyncio.sleep(2.5)
        count = len(page.frames)
        await page.until(lambda: len(page.frames) > count + 3, within_s=3, what="more pictures")
        assert not [event for event in page.events if event["ev"] == "ended"]


async def test_a_right_that_ends_during_playback_ends_the_playback(
    world: World, running: Running, recorder: PlayedRecorder
) -> None:
    recorder.store(0, 10)
    async with running.page(world.operator) as page:
        await page.say("open", ch=1, camera=world.camera.id.hex, mode="play", at_us=1, credit=1)
        await page.media(1)
        change(lambda: Seat.objects.filter(account=world.operator).update(valid_to=timezone.now()))
        await page.event("ended", within_s=5)
        await page.say("credit", ch=1, fragments=5)
        await asyncio.sleep(0.4)
        assert len(await page.media(1)) == 1
        await page.say("snapshot", ch=1, id=1, at_us=1)
        assert (await page.event("error"))["code"] == "no_such_channel"


async def test_what_a_killed_gateway_left_open_is_closed_as_unknown_at_its_next_start(
    world: World, recorder: PlayedRecorder, nats: object
) -> None:
    operator = Actor.person(world.operator)
    for gateway, stream in (("g-test", "a" * 32), ("g-other", "b" * 32)):
        open_stream(actor=operator, camera=world.camera.id.hex, mode="live", stream=stream, gateway=gateway)
    async with serving("g-test"):
        closing = await row(Kind.LIVE_CLOSED)
    assert closing.detail["stream"] == "a" * 32 and closing.detail["why"] == "unknown"
    assert closing.actor_kind == "machine"
    async with serving("g-test"):
        pass
    assert len([entry for entry in history() if entry.kind == Kind.LIVE_CLOSED]) == 1


async def test_a_second_seat_keeps_the_picture_when_the_first_ends(
    world: World, running: Running, recorder: PlayedRecorder
) -> None:
    recorder.run_live()
    first = Seat.objects.get(account=world.operator)
    centre = province.unit("Trung tâm điều hành", ["central_manager"])
    province.seat(world.operator, centre, "central_operator")
    async with running.page(world.operator) as page:
        await page.say("open", ch=1, camera=world.camera.id.hex, mode="live")
        await page.media(1)
        change(lambda: Seat.objects.filter(pk=first.pk).update(valid_to=timezone.now()))
        await asyncio.sleep(2.5)
        count = len(page.frames)
        await page.until(lambda: len(page.frames) > count + 3, within_s=3, what="more pictures")


@pytest.mark.req("QN-058")
async def test_the_head_of_the_unit_suspends_an_account_and_its_picture_ends_within_the_minute(
    world: World, running: Running, recorder: PlayedRecorder
) -> None:
    unit = province.unit("Chi cục Thủy sản", ["data_user"])
    user, head = province.person("sudung", "Đỗ Văn Sử"), province.person("thutruong", "Trần Văn Trưởng")
    province.seat(user, unit, "user_member", sites=[world.camera.site])
    province.seat(head, unit, "unit_head")
    recorder.run_live()
    async with running.page(user) as page:
        await page.say("open", ch=1, camera=world.camera.id.hex, mode="live")
        assert await page.media(1)
        suspend(actor=Actor.person(head), account=user, reason="lộ mật khẩu")
        assert (await page.event("ended", within_s=60))["why"] == "session_ended"
        assert await page.closed(within_s=60) == 4401
    assert not Session.objects.filter(expire_date__gt=timezone.now()).exists()
