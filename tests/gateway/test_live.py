"""Live pictures: at once, shared, explained when they fail, and in history before the first byte."""

import pytest

from tests.gateway.conftest import Running, World, eventually, history, row
from tests.gateway.recorder import GOP_CHUNKS, INIT, PlayedRecorder
from tests.guard import setting_the_scene
from thienly.bus.client import Bus
from thienly.core.accounts.models import Account
from thienly.core.ledger.kinds import Kind
from thienly.core.registry.models import Camera
from thienly.gateway.database import query
from thienly.rules.problems import Problem


async def test_a_viewer_gets_the_open_gop_at_once_and_then_what_follows(
    world: World, running: Running, recorder: PlayedRecorder
) -> None:
    sent = [await recorder.publish(key=number == 0) for number in range(3)]
    async with running.page(world.operator) as page:
        await page.say("open", ch=1, run=5, camera=world.camera.id.hex, mode="live")
        opened = await page.event("opened")
        assert opened["camera"]["code"] == "CA-001"
        assert opened["watermark"].startswith("Trần Văn Bờ")
        assert "view.live" in opened["actions"]
        await page.event("media")
        frames = await page.media(3, run=5)
        assert [frame.data for frame in frames] == [chunk.data for chunk in sent]
        assert page.frames[0].data == INIT
        assert frames[0].key and frames[0].jump
        later = await recorder.publish()
        assert (await page.media(4, run=5))[3].data == later.data


async def test_a_file_in_the_place_of_a_camera_is_marked_as_one_over_every_picture(
    world: World, running: Running, recorder: PlayedRecorder
) -> None:
    def become_a_file() -> None:
        with setting_the_scene():
            Camera.objects.filter(pk=world.camera.pk).update(url="file:///dien-tap/cong.mp4")

    await query(become_a_file)
    recorder.run_live()
    async with running.page(world.operator) as page:
        for channel, mode in ((1, "live"), (2, "play")):
            at = {"at_us": 1_795_000_000_000_000} if mode == "play" else {}
            await page.say("open", ch=channel, camera=world.camera.id.hex, mode=mode, **at)
        for _ in range(2):
            opened = await page.event("opened")
            assert opened["watermark"].startswith("TỆP, không phải camera trực tiếp · Trần Văn Bờ")


async def test_the_opening_stands_in_history_before_the_first_byte_and_the_closing_tells_what_was_seen(
    world: World, running: Running, recorder: PlayedRecorder
) -> None:
    recorder.run_live()
    async with running.page(world.operator) as page:
        await page.say("open", ch=1, camera=world.camera.id.hex, mode="live")
        frames = await page.media(4)
        opening = await row(Kind.LIVE_OPENED)
        assert opening.actor_id == world.operator.id.hex
        assert opening.camera_id == world.camera.id.hex
        assert opening.address == "127.0.0.1"
        assert opening.purpose == "state_management"
        assert opening.detail["cite"] == "QN Đ11.2, Đ20"
        await page.say("close", ch=1)
        closing = await row(Kind.LIVE_CLOSED)
    assert closing.detail["stream"] == opening.detail["stream"]
    assert closing.detail["bytes"] >= sum(len(frame.data) for frame in frames)
    (span,) = closing.detail["spans"]
    assert span[0] <= frames[0].start_us and span[1] >= frames[-1].start_us
    assert [entry.kind for entry in history(world.camera.id)] == [Kind.LIVE_OPENED, Kind.LIVE_CLOSED]


async def test_leaving_the_page_closes_the_stream_in_history(
    world: World, running: Running, recorder: PlayedRecorder
) -> None:
    recorder.run_live()
    async with running.page(world.operator) as page:
        await page.say("open", ch=1, camera=world.camera.id.hex, mode="live")
        await page.media(1)
    assert (await row(Kind.LIVE_CLOSED)).detail["why"] == "disconnected"


async def test_many_viewers_of_a_camera_share_one_lease_which_ends_with_the_last(
    world: World, running: Running, recorder: PlayedRecorder
) -> None:
    recorder.run_live()
    async with running.page(world.operator) as first, running.page(world.operator) as second:
        for page in (first, second):
            await page.say("open", ch=1, camera=world.camera.id.hex, mode="live")
            await page.media(2)
        assert len([want for want in recorder.wants if want.first]) == 1
        assert running.gateway.hub.cameras == 1
        await first.say("close", ch=1)
        await second.media(6)

    async def nobody() -> bool:
        return running.gateway.hub.cameras == 0

    await eventually(nobody, within_s=3)


@pytest.mark.parametrize(("language", "word"), [("vi", "mật khẩu"), ("en", "password")])
async def test_the_reason_is_told_in_the_language_of_the_account(
    language: str, word: str, world: World, running: Running, recorder: PlayedRecorder
) -> None:
    with setting_the_scene():
        Account.objects.filter(pk=world.operator.pk).update(language=language)
    recorder.problem = Problem.AUTH_FAILED
    async with running.page(world.operator) as page:
        await page.say("open", ch=1, camera=world.camera.id.hex, mode="live")
        assert word in (await page.event("state"))["sentence"]


async def test_a_camera_that_is_connected_but_sends_nothing_is_called_stalled(
    world: World, running: Running, recorder: PlayedRecorder
) -> None:
    await recorder.publish(key=True)
    async with running.page(world.operator) as page:
        await page.say("open", ch=1, camera=world.camera.id.hex, mode="live")
        await page.media(1)
        assert (await page.event("state", within_s=12))["problem"] == "stalled"
        assert len([want for want in recorder.wants if want.first]) <= 4
        recorder.run_live()
        before = len(page.frames)
        await page.until(lambda: len(page.frames) > before + 3, within_s=8, what="pictures again")
        assert page.frames[before].data == INIT


async def test_a_camera_without_picture_says_why_and_returns_by_itself(
    world: World, running: Running, recorder: PlayedRecorder
) -> None:
    recorder.problem = Problem.AUTH_FAILED
    async with running.page(world.operator) as page:
        await page.say("open", ch=1, camera=world.camera.id.hex, mode="live")
        state = await page.event("state")
        assert state["problem"] == "auth_failed"
        assert state["since_us"] == 1_700_000_000_000_000
        recorder.problem = None
        recorder.run_live()
        await page.event("media")
        assert (await page.media(1))[0].key


async def test_a_killed_recorder_is_noticed_and_another_takes_over(
    world: World, running: Running, recorder: PlayedRecorder, bus: Bus
) -> None:
    recorder.run_live()
    async with running.page(world.operator) as page:
        await page.say("open", ch=1, camera=world.camera.id.hex, mode="live")
        await page.media(2)
        await recorder.stop()
        assert (await page.event("state"))["problem"] == "no_recorder"
        other = PlayedRecorder(bus, world.camera.id.hex, name="r2")
        await other.start()
        other.run_live()
        before = len(page.frames)
        await page.until(lambda: len(page.frames) > before + 3, within_s=8, what="pictures again")
        await other.stop()
        assert page.frames[before].data == INIT


async def test_a_slow_viewer_skips_to_a_key_frame_and_slows_nobody(
    world: World, running: Running, recorder: PlayedRecorder
) -> None:
    recorder.size = 400_000
    async with running.page(world.operator) as slow, running.page(world.operator) as quick:
        for page in (slow, quick):
            await page.say("open", ch=1, camera=world.camera.id.hex, mode="live")
            await page.event("opened")
        slow.socket.transport.pause_reading()
        await recorder.publish(key=True)
        await quick.media(1)
        for number in range(1, 160):
            await recorder.publish(key=number % GOP_CHUNKS == 0)
            await quick.media(number + 1)
        assert not [event for event in quick.events if event["ev"] == "skipped"]
        slow.socket.transport.resume_reading()
        skipped = await slow.event("skipped")
        assert skipped["chunks"] > 10
        frames = await slow.media(5)
        jumps = [frame for frame in frames[1:] if frame.jump]
        assert all(frame.key for frame in jumps)


async def test_a_chunk_lost_on_the_way_makes_viewers_wait_for_a_key_frame(
    world: World, running: Running, recorder: PlayedRecorder
) -> None:
    await recorder.publish(key=True)
    async with running.page(world.operator) as page:
        await page.say("open", ch=1, camera=world.camera.id.hex, mode="live")
        await page.media(1)
        recorder._seq += 1  # this one never came
        await recorder.publish()
        await recorder.publish()
        key = await recorder.publish(key=True)
        frames = await page.media(2)
        assert [frame.seq for frame in frames[1:]] == [key.seq]
        assert frames[1].jump


async def test_sixteen_cameras_run_on_one_socket(
    world: World, running: Running, recorder: PlayedRecorder
) -> None:
    recorder.run_live()
    async with running.page(world.operator) as page:
        for channel in range(16):
            await page.say("open", ch=channel, run=channel, camera=world.camera.id.hex, mode="live")
        for channel in range(16):
            await page.media(2, channel=channel, run=channel)
