"""Cameras that are wanted are recorded; what happened is told in facts; every second is accounted for."""

import asyncio

import pytest
from nats.aio.msg import Msg

from tests.media.recorder.rig import Rig, until
from thienly.bus import subjects
from thienly.bus.client import BusRefused
from thienly.bus.messages import CameraStatus, Gap, Holder, RecorderAlive, SegmentClosed
from thienly.bus.questions import ProbeRequest, ProbeResult
from thienly.rules.problems import Problem

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_wanted_cameras_are_recorded_in_signed_segments_and_told_in_facts(made: Rig) -> None:
    cameras = [await made.want(number) for number in range(3)]
    await made.recording(*cameras, segments=2)
    for camera in cameras:
        first, second = made.of(SegmentClosed, camera)[:2]
        assert first.end_us == second.start_us
        assert first.fragments >= 4 and first.bytes > 1000 and len(first.root) == 64
        assert first.end_reason == "duration" and not first.repaired
        assert [status.state for status in made.of(CameraStatus, camera)][:2] == [
            "connecting",
            "recording",
        ]
        assert made.of(Gap, camera) == []
    status = made.of(CameraStatus, cameras[0])[1]
    assert (status.codec, status.width, status.height, status.audio) == ("h264", 160, 90, "aac")
    assert 9 < status.fps < 11 and status.bitrate > 0
    holders = await made.bus.bucket(subjects.holders_bucket("main"))
    entry = await holders.get(cameras[0])
    assert entry.value is not None and Holder.decode(entry.value).recorder == "r1"


async def test_audio_is_left_out_where_it_is_not_allowed(made: Rig) -> None:
    camera = await made.want(0, audio=False)
    await until(lambda: made.state(camera) == "recording", "recording")
    assert made.of(CameraStatus, camera)[-1].audio == ""


async def test_cameras_that_drop_or_stand_still_cost_a_gap_with_the_reason_and_nothing_else(
    made: Rig,
) -> None:
    dropped, stalled, other = await made.want(4), await made.want(3), await made.want(1)
    await made.recording(dropped, stalled, other)
    await made.sim.set_fault("/camera/3", "stall", seconds=11)  # TCP stays open
    await made.sim.set_fault("/camera/4", "drop")
    for camera, reason in ((dropped, Problem.CLOSED), (stalled, Problem.STALLED)):
        await until(lambda camera=camera: len(made.of(Gap, camera)) == 2, "a gap that opens and closes")
        opened, closed = made.of(Gap, camera)
        assert opened.reason is reason and opened.end_us is None
        assert closed.gap == opened.gap and closed.end_us is not None and closed.end_us > opened.start_us
        before = [fact for fact in made.of(SegmentClosed, camera) if fact.end_us <= opened.start_us]
        assert before[-1].end_us == opened.start_us and before[-1].end_reason == reason
        await made.recording(camera, segments=len(before) + 1)
        last = made.of(SegmentClosed, camera)[-1]
        assert made.uncovered(camera, before[0].start_us, last.end_us) == 0
    assert made.of(Gap, other) == []


async def test_a_wrong_password_is_told_at_once_and_put_right_by_a_new_wish(made: Rig) -> None:
    camera = await made.want(0, sealed_password=made.vault.seal("sai"))
    await until(lambda: made.state(camera) == "offline", "offline")
    assert made.of(CameraStatus, camera)[-1].problem is Problem.AUTH_FAILED
    await until(lambda: bool(made.of(Gap, camera)), "a gap")
    assert made.of(Gap, camera)[0].reason is Problem.AUTH_FAILED
    # The next attempt would be many seconds away: the new wish must not wait for it.
    await made.want(0, job=False, camera=camera)
    await until(lambda: made.state(camera) == "recording", "recording", timeout_s=6)
    await until(lambda: made.of(Gap, camera)[-1].end_us is not None, "the gap's end")


async def test_a_camera_that_is_not_wanted_any_more_is_let_go_and_can_be_wanted_again(made: Rig) -> None:
    camera = await made.want(0)
    await made.recording(camera)
    await made.want(0, job=False, camera=camera, record=False)
    await until(lambda: made.state(camera) == "stopped", "stopped")
    await until(lambda: bool(made.of(Gap, camera)), "a gap")
    assert made.of(Gap, camera)[0].reason is Problem.NOT_SCHEDULED
    assert made.running is not None and camera not in made.running.roster.cameras
    await asyncio.sleep(0.3)
    await made.want(0, camera=camera)  # the old job is gone from the queue, else the offer would be refused
    await until(lambda: made.state(camera) == "recording", "recording again")
    await until(lambda: made.of(Gap, camera)[-1].end_us is not None, "the gap's end")
    begin = made.of(SegmentClosed, camera)[0].start_us
    await made.recording(camera, segments=3)
    assert made.uncovered(camera, begin, made.of(SegmentClosed, camera)[-1].end_us) == 0


async def test_loopback_is_refused_unless_it_is_allowed(made: Rig) -> None:
    camera = await made.want(0, allow_local=False)
    await until(lambda: made.state(camera) == "offline", "offline")
    assert made.of(CameraStatus, camera)[-1].problem is Problem.ADDRESS_REFUSED


async def test_a_camera_can_be_probed_through_the_zone(made: Rig) -> None:
    desired = made.desired(3, "0" * 32)
    fields = {"url", "username", "sealed_password", "allow_local"}
    request = ProbeRequest.model_validate(desired.model_dump(include=fields))
    answer = await made.bus.request(subjects.probe("main"), request.encode(), timeout_s=12)
    found = ProbeResult.decode(answer)
    assert found.ok and (found.codec, found.width, found.height) == ("h264", 160, 90) and found.audio
    wrong = request.model_copy(update={"sealed_password": made.vault.seal("sai")})
    refused = ProbeResult.decode(await made.bus.request(subjects.probe("main"), wrong.encode(), timeout_s=12))
    assert not refused.ok and refused.problem is Problem.AUTH_FAILED
    with pytest.raises(BusRefused, match="another key"):
        stranger = request.model_copy(update={"sealed_password": "x" * 40})
        await made.bus.request(subjects.probe("main"), stranger.encode(), timeout_s=12)


async def test_the_heartbeat_says_how_much_the_recorder_has_and_can(made: Rig) -> None:
    heard: list[RecorderAlive] = []

    async def hear(message: Msg) -> None:
        heard.append(RecorderAlive.decode(message.data))

    await made.any_camera()
    await made.bus.subscribe(subjects.ALIVE_ALL, hear)
    await until(lambda: bool(heard), "a heartbeat", timeout_s=8)
    alive = heard[0]
    assert made.running is not None
    assert (alive.recorder, alive.zone, alive.capacity) == ("r1", "main", 400)
    assert alive.cameras == len(made.running.roster.cameras) > 0 and 0 < alive.disk_free <= alive.disk_total


async def test_a_job_is_not_delivered_again_while_its_camera_is_held(made: Rig) -> None:
    await made.any_camera()
    before = await made.bus.js.consumer_info(subjects.JOBS_STREAM, subjects.jobs_consumer("main"))
    await asyncio.sleep(subjects.JOB_ACK_WAIT_S + 1.5)
    after = await made.bus.js.consumer_info(subjects.JOBS_STREAM, subjects.jobs_consumer("main"))
    assert before.delivered is not None and after.delivered is not None
    assert after.delivered.consumer_seq == before.delivered.consumer_seq
    assert after.num_ack_pending == before.num_ack_pending
