"""Pictures by UDP: in order, from the camera alone, and with the reports that keep it sending."""

import asyncio
import random
import re
import socket

import pytest

from tests.media.camera.packets import Packetiser, interleave, schedule
from tests.media.camera.recording import record
from tests.media.camera.server import Camera, sender_report, serving
from tests.media.camera.sinks import Frames
from thienly.media.frames import SourceError
from thienly.media.rtsp import Limits
from thienly.rules.problems import Problem


def whole(camera: Camera, frames: Frames) -> bool:
    return [data for _, _, data in frames.video] == [picture.stored for picture in camera.clip.pictures]


async def gentle(camera: Camera, writer: asyncio.StreamWriter) -> None:
    """The clip in bursts of a picture, a few milliseconds apart, so that no queue of the kernel overflows."""
    burst, at = b"", 0.0
    for when, data in schedule(camera.clip, audio=camera.audio):
        if when != at:
            writer.write(burst)
            await asyncio.sleep(0.004)
            burst, at = b"", when
        burst += data
    writer.write(burst)


@pytest.mark.parametrize("tells_ports", [True, False])
async def test_every_frame_arrives_bit_exact(tells_ports: bool) -> None:
    frames = Frames()
    async with serving(Camera(play=gentle, tells_ports=tells_ports)) as camera:  # type: ignore[arg-type]
        await record(camera, frames, lambda: len(frames.video) == 50, transport="udp")
    assert whole(camera, frames)
    assert frames.lost == 0
    assert frames.audio
    asked = [head for head in camera.heads if head.startswith("SETUP")]
    ports = [int(found[1]) for head in asked if (found := re.search(r"client_port=(\d+)-", head))]
    assert len(ports) == 2
    assert all(port % 2 == 0 for port in ports)
    assert camera.requests[-1] == "TEARDOWN"


async def test_packets_out_of_order_or_twice_make_whole_pictures() -> None:
    chance = random.Random(7)  # noqa: S311 - a test's dice

    def shuffle(frames: list[bytes]) -> list[bytes]:
        mixed = sorted(frames + frames[::5], key=lambda frame: frames.index(frame) + chance.random() * 6)
        return mixed

    frames = Frames()
    async with serving(Camera(play=gentle, on_datagrams=shuffle, audio=False)) as camera:  # type: ignore[arg-type]
        await record(camera, frames, lambda: len(frames.video) == 50, transport="udp")
    assert whole(camera, frames)
    assert frames.lost == 0


async def test_a_lost_packet_costs_its_pictures_and_is_counted() -> None:
    def lose_one(frames: list[bytes]) -> list[bytes]:
        return [frame for frame in frames if int.from_bytes(frame[6:8], "big") != (65_530 + 60) & 0xFFFF]

    frames = Frames()
    async with serving(Camera(play=gentle, on_datagrams=lose_one, audio=False)) as camera:  # type: ignore[arg-type]
        await record(camera, frames, lambda: frames.lost > 0 and len(frames.video) > 20, transport="udp")
        await asyncio.sleep(0.5)
    assert frames.lost == 1
    assert 0 < len(frames.video) < 50
    stored = [picture.stored for picture in camera.clip.pictures]
    assert all(data in stored for _, _, data in frames.video), "no picture is put together from two"


async def test_what_other_machines_and_other_ports_send_is_thrown_away() -> None:
    """An intruder on the same machine: only the camera's own ports are heard."""
    evil = Packetiser(sequence=1)

    async def play(camera: Camera, writer: asyncio.StreamWriter) -> None:
        asked = next(head for head in camera.heads if "client_port=" in head)
        found = re.search(r"client_port=(\d+)", asked)
        assert found is not None
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as intruder:
            for picture in camera.clip.pictures[:3]:
                for packet in evil.picture(picture, 99):
                    intruder.sendto(packet, ("127.0.0.1", int(found[1])))
            await gentle(camera, writer)

    frames = Frames()
    async with serving(Camera(play=play)) as camera:  # type: ignore[arg-type]
        await record(camera, frames, lambda: len(frames.video) == 50, transport="udp")
    assert whole(camera, frames)
    assert frames.lost == 0


async def test_the_camera_is_told_that_somebody_receives() -> None:
    async def play(camera: Camera, writer: asyncio.StreamWriter) -> None:
        writer.write(sender_report(1, 1_700_000_000_000_000, 4242))
        while True:
            await gentle(camera, writer)

    frames = Frames()
    async with serving(Camera(play=play, audio=False)) as camera:  # type: ignore[arg-type]
        await record(
            camera,
            frames,
            lambda: any(packet[1] == 201 and packet[0] & 31 for packet in camera.receiver_reports),
            transport="udp",
        )
    report = next(packet for packet in camera.receiver_reports if packet[0] & 31)
    assert report[8:12].hex() == "00001234", "about the SSRC that SETUP told"
    assert report[12] < 255
    assert report[24:28] != bytes(4), "it names the sender report that it answers"
    track, ts, _ = frames.clocks[0]
    assert (track, ts & 0xFFFFFFFF) == ("video", 4242)
    first = camera.receiver_reports[0]
    assert (first[1], first[0] & 31) == (201, 0), "the first opens the way before PLAY"


async def test_a_camera_that_says_goodbye_has_closed() -> None:
    async def play(camera: Camera, writer: asyncio.StreamWriter) -> None:
        writer.write(interleave(1, bytes((0x81, 203, 0, 1)) + bytes(4)))

    async with serving(Camera(play=play)) as camera:  # type: ignore[arg-type]
        with pytest.raises(SourceError) as caught:
            await record(camera, Frames(), lambda: False, transport="udp")
    assert caught.value.problem is Problem.CLOSED


async def test_silence_by_udp_is_a_stall_and_a_closed_connection_an_end() -> None:
    async def silent(camera: Camera, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    async with serving(Camera(play=silent)) as camera:  # type: ignore[arg-type]
        with pytest.raises(SourceError) as caught:
            await record(camera, Frames(), lambda: False, transport="udp", limits=Limits(stall_s=1.0))
    assert caught.value.problem is Problem.STALLED


async def test_a_flood_by_udp_is_a_flood_and_its_neighbour_whole() -> None:
    async def flood(camera: Camera, writer: asyncio.StreamWriter) -> None:
        junk = interleave(0, Packetiser().packet(0, b"\x7c\x05" + bytes(1200))) * 100
        while True:
            writer.write(junk)
            await asyncio.sleep(0.001)

    good = Frames()
    async with serving(Camera(play=flood)) as bad, serving(Camera()) as camera:  # type: ignore[arg-type]
        flooding = asyncio.create_task(
            record(bad, Frames(), lambda: False, transport="udp", limits=Limits(packets_per_s=500))
        )
        await record(camera, good, lambda: len(good.video) == 50)
        with pytest.raises(SourceError) as caught:
            await flooding
    assert caught.value.problem is Problem.FLOOD
    assert whole(camera, good)


@pytest.mark.parametrize(
    ("transport", "transports", "problem"),
    [
        ("tcp", ("udp",), Problem.TRANSPORT_REFUSED),
        ("udp", ("tcp",), Problem.TRANSPORT_REFUSED),
        ("auto", ("udp",), None),
        ("auto", ("tcp",), None),
        ("auto", (), Problem.TRANSPORT_REFUSED),
    ],
)
async def test_the_way_that_was_chosen_is_kept_and_auto_takes_what_there_is(
    transport: str, transports: tuple[str, ...], problem: Problem | None
) -> None:
    frames = Frames()
    camera = Camera(play=gentle, transports=transports)  # type: ignore[arg-type]
    async with serving(camera):
        if problem is None:
            await record(camera, frames, lambda: len(frames.video) == 50, transport=transport)
            assert whole(camera, frames)
            return
        with pytest.raises(SourceError) as caught:
            await record(camera, frames, lambda: False, transport=transport)
    assert caught.value.problem is problem
