"""Playback: pulled by credit, over gaps with their reason, up to the live edge and back to live."""

import asyncio
from datetime import UTC, datetime, timedelta

from django.utils import timezone
from nats.aio.msg import Msg

from tests.gateway.conftest import Running, World, row
from tests.gateway.recorder import FRAGMENT_US, INIT, MIME, PlayedRecorder, now_us
from tests.guard import setting_the_scene
from thienly.bus import subjects
from thienly.bus.client import Bus
from thienly.bus.questions import TranscodedFragment, TranscodeFragment
from thienly.core.ledger.kinds import Kind
from thienly.core.recording.models import Coverage, Gap


def hours_ago(hours: float) -> int:
    return now_us() - int(hours * 3600e6)


async def test_playback_begins_with_the_fragment_that_holds_the_moment(
    world: World, running: Running, recorder: PlayedRecorder
) -> None:
    start = hours_ago(1)
    recorder.store(start, 10)
    async with running.page(world.operator) as page:
        at = start + FRAGMENT_US + 500_000
        await page.say("open", ch=1, camera=world.camera.id.hex, mode="play", at_us=at, credit=3)
        assert (await page.event("opened"))["mode"] == "play"
        assert (await page.event("media"))["mime"] == MIME
        frames = await page.media(3)
        assert page.frames[0].data == INIT
        assert [f.start_us for f in frames] == [start + FRAGMENT_US * n for n in (1, 2, 3)]
        assert frames[0].jump and not frames[1].jump
        assert frames[0].data == bytes([1]) * recorder.size


async def test_without_credit_nothing_is_read_or_sent(
    world: World, running: Running, recorder: PlayedRecorder
) -> None:
    start = hours_ago(1)
    recorder.store(start, 10)
    async with running.page(world.operator) as page:
        await page.say("open", ch=1, camera=world.camera.id.hex, mode="play", at_us=start, credit=2)
        await page.media(2)
        await asyncio.sleep(0.4)
        assert len(await page.media(2)) == 2
        assert recorder.reads == 3  # the init segment and two fragments
        await page.say("credit", ch=1, fragments=1)
        assert len(await page.media(3)) == 3


async def test_a_seek_answers_with_its_own_run_and_one_opening_covers_both_spans(
    world: World, running: Running, recorder: PlayedRecorder
) -> None:
    start = hours_ago(1)
    recorder.store(start, 30)
    async with running.page(world.operator) as page:
        await page.say("open", ch=1, run=1, camera=world.camera.id.hex, mode="play", at_us=start, credit=1)
        await page.media(1, run=1)
        target = start + 20 * FRAGMENT_US
        await page.say("seek", ch=1, run=2, at_us=target, credit=1)
        (frame,) = await page.media(1, run=2)
        assert frame.start_us == target
        await page.say("close", ch=1)
        closing = await row(Kind.PLAYBACK_CLOSED)
    assert closing.detail["spans"] == [[start, start + FRAGMENT_US], [target, target + FRAGMENT_US]]
    assert closing.detail["fragments"] == 2
    opening = await row(Kind.PLAYBACK_OPENED)
    assert datetime.fromisoformat(opening.detail["from"]) == datetime.fromtimestamp(start / 1e6, UTC)


async def test_a_gap_is_announced_with_its_reason_and_playback_goes_on_behind_it(
    world: World, running: Running, recorder: PlayedRecorder
) -> None:
    start = hours_ago(1)
    recorder.store(start, 2)
    behind = start + 2 * FRAGMENT_US + 60_000_000
    recorder.store(behind, 2, segment=2, init_id="b")
    with setting_the_scene():
        Gap.objects.create(
            gap="g1",
            camera=world.camera,
            recorder="r1",
            start=datetime.fromtimestamp((start + 2 * FRAGMENT_US) / 1e6, UTC),
            end=datetime.fromtimestamp(behind / 1e6, UTC),
            reason="stalled",
            known_at=timezone.now(),
        )
    async with running.page(world.operator) as page:
        await page.say("open", ch=1, camera=world.camera.id.hex, mode="play", at_us=start, credit=4)
        gap = await page.event("gap")
        assert (gap["from_us"], gap["to_us"]) == (start + 2 * FRAGMENT_US, behind)
        assert gap["reason"] == "stalled" and gap["sentence"]
        frames = await page.media(4)
        assert frames[2].start_us == behind and frames[2].jump
        assert [frame.kind for frame in page.frames] == [1, 2, 2, 1, 2, 2]


async def test_a_hole_that_nobody_explained_is_called_that(
    world: World, running: Running, recorder: PlayedRecorder
) -> None:
    start = hours_ago(1)
    recorder.store(start, 1)
    recorder.store(start + 10 * FRAGMENT_US, 1, segment=2)
    async with running.page(world.operator) as page:
        await page.say("open", ch=1, camera=world.camera.id.hex, mode="play", at_us=start, credit=4)
        assert (await page.event("gap"))["reason"] == "unexplained"


async def test_playback_reaches_the_live_edge_goes_on_there_and_returns_to_live(
    world: World, running: Running, recorder: PlayedRecorder
) -> None:
    start = now_us() - 2 * FRAGMENT_US
    recorder.store(start, 2)
    recorder.run_live()
    async with running.page(world.operator) as page:
        await page.say("open", ch=1, run=1, camera=world.camera.id.hex, mode="play", at_us=start, credit=9)
        assert (await page.event("live_edge"))["at_us"] == start + 2 * FRAGMENT_US
        recorder.archive.clear()
        recorder.store(start, 3)
        assert (await page.media(3, run=1))[2].start_us == start + 2 * FRAGMENT_US
        await page.say("live", ch=1, run=2)
        await page.media(2, run=2)
        assert (await row(Kind.PLAYBACK_CLOSED)).detail["why"] == "changed"
        assert await row(Kind.LIVE_OPENED)


async def test_a_gap_that_lasts_is_told_at_the_edge(
    world: World, running: Running, recorder: PlayedRecorder
) -> None:
    start = hours_ago(1)
    recorder.store(start, 1)
    with setting_the_scene():
        Gap.objects.create(
            gap="g1",
            camera=world.camera,
            recorder="r1",
            start=timezone.now() - timedelta(minutes=50),
            end=None,
            reason="unreachable",
            known_at=timezone.now(),
        )
    async with running.page(world.operator) as page:
        await page.say("open", ch=1, camera=world.camera.id.hex, mode="play", at_us=start, credit=4)
        gap = await page.event("gap")
        assert gap["to_us"] is None and gap["reason"] == "unreachable"


async def test_an_archive_that_does_not_answer_is_said_and_called_again(
    world: World, running: Running, recorder: PlayedRecorder
) -> None:
    start = hours_ago(1)
    recorder.store(start, 2)
    await recorder.stop()
    async with running.page(world.operator) as page:
        await page.say("open", ch=1, camera=world.camera.id.hex, mode="play", at_us=start, credit=2)
        assert (await page.event("state"))["problem"] == "no_archive"
        await recorder.start()
        await page.media(2)


async def test_a_snapshot_is_recorded_before_it_is_allowed(
    world: World, running: Running, recorder: PlayedRecorder
) -> None:
    start = hours_ago(1)
    recorder.store(start, 2)
    async with running.page(world.operator) as page:
        await page.say("open", ch=1, camera=world.camera.id.hex, mode="play", at_us=start, credit=2)
        await page.media(2)
        await page.say("snapshot", ch=1, id=7, at_us=start + 40_000)
        answer = await page.event("snapshot")
        assert answer["ok"] and answer["id"] == 7
        entry = await row(Kind.SNAPSHOT_TAKEN)
        taken = datetime.fromisoformat(entry.detail["at"])
        assert taken == datetime.fromtimestamp((start + 40_000) / 1e6, UTC)


async def test_playback_goes_on_over_the_border_between_two_recorders(
    world: World, running: Running, recorder: PlayedRecorder, bus: Bus
) -> None:
    start = hours_ago(1)
    other = PlayedRecorder(bus, world.camera.id.hex, name="r2")
    recorder.store(start, 3)
    other.store(start + 3 * FRAGMENT_US, 40, segment=7, init_id="b")
    recorder.store(start + 43 * FRAGMENT_US, 3, segment=2, init_id="c")
    hour = datetime.fromtimestamp(start / 1e6, UTC).replace(minute=0, second=0, microsecond=0)
    with setting_the_scene():
        for name in ("r1", "r2"):
            Coverage.objects.create(camera=world.camera, recorder=name, hour=hour, seconds=b"\xff" * 450)
    await other.start()
    try:
        async with running.page(world.operator) as page:
            await page.say("open", ch=1, camera=world.camera.id.hex, mode="play", at_us=start, credit=46)
            frames = await page.media(46, within_s=20)
            assert [f.start_us for f in frames] == [start + n * FRAGMENT_US for n in range(46)]
            assert not any(f.jump for f in frames[1:])
            assert [event["ev"] for event in page.events if event["ev"] in ("gap", "state")] == []
            assert sum(f.kind == 1 for f in page.frames) == 3  # each recorder's segments have their own init
    finally:
        await other.stop()


async def test_recordings_in_h265_are_converted_for_a_browser_that_cannot_play_them_or_it_says_why(
    world: World, running: Running, recorder: PlayedRecorder, bus: Bus
) -> None:
    start = hours_ago(1)
    recorder.store(start, 10)
    h265 = 'video/mp4; codecs="hvc1.1.6.L93.B0"'
    recorder.archive[:] = [ref.model_copy(update={"mime": h265}) for ref in recorder.archive]
    opening = {"camera": world.camera.id.hex, "mode": "play", "at_us": start, "credit": 3}
    async with running.page(world.operator) as page:
        await page.say("open", ch=1, **opening, plays="avc1,mp4a")
        assert (await page.event("state"))["problem"] == "no_transcoder"

        async def convert(message: Msg) -> None:
            wanted = TranscodeFragment.decode(message.data).fragment
            parts = [
                TranscodedFragment(ok=True, mime=MIME).encode(),
                INIT,
                bytes([100 + wanted.ordinal]) * 50,
            ]
            await bus.reply_parts(message, parts)

        await bus.subscribe(subjects.TRANSCODE_FRAGMENT, convert)
        assert (await page.event("stream"))["stream"] == "h264"
        assert (await page.event("media"))["mime"] == MIME
        frames = await page.media(3)
        assert [frame.data[:1] for frame in frames] == [bytes([100 + number]) for number in range(3)]
        assert len([frame for frame in page.frames if frame.kind == 1]) == 1
        await page.say("open", ch=2, **opening, plays="avc1,hvc1,mp4a")
        assert (await page.event("media", ch=2))["mime"] == h265
    assert (await row(Kind.PLAYBACK_OPENED)).detail["from"]


async def test_recordings_whose_store_is_away_are_said_to_be_safe_and_play_when_it_is_back(
    world: World, running: Running, recorder: PlayedRecorder
) -> None:
    start = hours_ago(1)
    recorder.store(start, 3)
    recorder.refuses = "copies_away"
    async with running.page(world.operator) as page:
        await page.say("open", ch=1, camera=world.camera.id.hex, mode="play", at_us=start, credit=3)
        said = await page.event("state")
        assert said["problem"] == "store_away" and said["sentence"]
        recorder.refuses = ""
        assert len(await page.media(3)) == 3
