"""What stands in the packets: numbering without a seam, timestamps and reports that tell the true time."""

import asyncio
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from tests.sim.client import Packet, RtspClient
from thienly.sim.server import SimServer
from thienly.sim.spec import CameraSpec

_NTP_EPOCH = 2_208_988_800
Small = Callable[..., CameraSpec]


def _wrapped(difference: int, bits: int) -> int:
    half = 1 << bits - 1
    return (difference + half) % (2 * half) - half


def _assert_consecutive(packets: list[Packet]) -> None:
    steps = [(after.seq - before.seq) % 65_536 for before, after in pairwise(packets)]
    assert set(steps) == {1}


async def test_two_passes_of_the_loop_have_no_seam(small: Small, clips: Path) -> None:
    async with SimServer([small()], cache=clips) as sim, RtspClient(sim.url("/gate")) as client:
        await client.play()
        packets = await client.packets(5.5)
    video, sound = ([p for p in packets if p.channel == channel] for channel in (0, 2))
    _assert_consecutive(video)
    _assert_consecutive(sound)
    frames = [p.timestamp for p in video if p.marker]
    assert len(frames) > 100  # two passes of fifty
    assert {(after - before) % 2**32 for before, after in pairwise(frames)} == {3600}
    units = [p.timestamp for p in sound]
    assert {(after - before) % 2**32 for before, after in pairwise(units)} == {1024}


async def test_timestamps_and_sender_reports_tell_the_time_of_capture(small: Small, clips: Path) -> None:
    async with SimServer([small()], cache=clips) as sim, RtspClient(sim.url("/gate")) as client:
        await client.play()
        seen: dict[int, Packet] = {}
        ages = []
        while not {0, 1, 2, 3} <= set(seen):
            packet = await client.packet()
            seen.setdefault(packet.channel, packet)
            if packet.channel == 0:
                ages.append(_wrapped(int(time.time() * 90_000) - packet.timestamp, 32) / 90_000)
        assert -0.001 <= min(ages) < 1.0
    for channel, clock in ((1, 90_000), (3, 16_000)):
        report = seen[channel].data
        assert report[1] == 200
        ntp = int.from_bytes(report[8:12], "big") - _NTP_EPOCH + int.from_bytes(report[12:16], "big") / 2**32
        assert abs(ntp - time.time()) < 5
        stamp = int.from_bytes(report[16:20], "big")
        assert abs(_wrapped(stamp - int(ntp * clock), 32)) < clock // 100
        assert report[4:8] == seen[channel - 1].data[8:12]  # the reports are about the track beside them
        assert report[28:30] == bytes((0x81, 202))


async def test_rtp_info_announces_the_first_packets(small: Small, clips: Path) -> None:
    async with SimServer([small()], cache=clips) as sim, RtspClient(sim.url("/gate")) as client:
        answer = await client.play()
        first: dict[int, Packet] = {}
        while not {0, 2} <= set(first):
            packet = await client.packet()
            first.setdefault(packet.channel, packet)
        told = answer.headers["rtp-info"].split(",")
    for track, (info, channel) in enumerate(zip(told, (0, 2), strict=True)):
        assert info == (
            f"url={client.bare}/trackID={track};seq={first[channel].seq};rtptime={first[channel].timestamp}"
        )
    assert first[0].data[12] & 0x1F == 7  # a parameter set: the first picture is a key frame


async def test_a_camera_may_start_in_the_middle_of_a_group(small: Small, clips: Path) -> None:
    spec = small(starts_on_key_frame=False, loop_s=10.0, gop_s=10.0)
    async with SimServer([spec], cache=clips) as sim, RtspClient(sim.url("/gate")) as client:
        if time.time() % 10 > 8:  # keep away from the one key frame of the loop
            await asyncio.sleep(10.1 - time.time() % 10)
        await client.play()
        kinds = [packet.data[12] & 0x1F for packet in await client.packets(0.5) if packet.channel == 0]
    assert kinds
    assert kinds[0] in (1, 28)


async def test_other_channels_carry_the_same_packets(small: Small, clips: Path) -> None:
    async with (
        SimServer([small()], cache=clips) as sim,
        RtspClient(sim.url("/gate")) as usual,
        RtspClient(sim.url("/gate")) as odd,
    ):
        await usual.play()
        await odd.play(channels=(10, 4))
        first, second = await usual.packets(2.2), await odd.packets(1.0)
    by_seq = {packet.seq: packet.data for packet in first if packet.channel == 0}
    video = [packet for packet in second if packet.channel == 10]
    assert {packet.channel for packet in second} <= {4, 5, 10, 11}
    assert any(packet.seq in by_seq for packet in video)
    assert all(by_seq.get(packet.seq, packet.data) == packet.data for packet in video)


async def test_a_client_that_does_not_read_is_cut_off_and_others_go_on(small: Small, clips: Path) -> None:
    fat = small(width=1280, height=720, bitrate=20_000_000)
    async with (
        SimServer([fat], cache=clips) as sim,
        RtspClient(sim.url("/gate")) as deaf,
        RtspClient(sim.url("/gate")) as alive,
    ):
        await deaf.play()
        await alive.play()
        give_up = time.monotonic() + 30
        packets: list[Packet] = []
        while sim.cameras[0].viewers > 1:
            assert time.monotonic() < give_up
            packets.append(await alive.packet())
        packets.append(await alive.packet())
    _assert_consecutive([packet for packet in packets if packet.channel == 0])


@pytest.mark.parametrize("audio", [True, False])
async def test_the_description_tells_codecs_and_parameter_sets(
    small: Small, clips: Path, audio: bool
) -> None:
    async with SimServer([small(audio=audio)], cache=clips) as sim, RtspClient(sim.url("/gate")) as client:
        answer = await client.ask("DESCRIBE")
    assert answer.headers["content-base"] == client.bare + "/"
    assert "a=rtpmap:96 H264/90000" in answer.body
    assert "sprop-parameter-sets=Z" in answer.body
    assert ("config=1408" in answer.body) is audio
