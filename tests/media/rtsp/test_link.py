"""What is counted of the link to a camera: by sequence numbers, by the kernel's times, by the description."""

import asyncio
from typing import Any

import pytest

from tests.media.camera.packets import schedule
from tests.media.camera.recording import record
from tests.media.camera.server import Camera, sender_report, serving
from tests.media.camera.sinks import Frames
from thienly.media.link import LinkMeter
from thienly.media.rtsp import link_watch
from thienly.media.rtsp.sdp import parse_sdp

LOST_EVERY = 50


def packets(camera: Camera) -> list[tuple[float, bytes]]:
    return schedule(camera.clip, audio=camera.audio)


async def lossy(camera: Camera, writer: Any) -> None:
    """Every fiftieth packet never leaves; a sender report does."""
    writer.write(sender_report(1, 1_795_000_000_000_000, 0xFFFF_0000))
    for number, (_, data) in enumerate(packets(camera)):
        if number % LOST_EVERY != LOST_EVERY - 1:
            writer.write(data)
            await asyncio.sleep(0.001)


async def metered(camera: Camera, *, frames: int, **options: Any) -> LinkMeter:
    meter, sink = LinkMeter(), Frames()
    async with serving(camera):
        await record(camera, sink, lambda: len(sink.video) >= frames, meter=meter, **options)
    return meter


@pytest.mark.parametrize("transport", ["tcp", "udp"])
async def test_what_was_sent_and_what_came_are_counted(transport: str) -> None:
    camera = Camera(play=lossy, audio=False)
    # The last picture may be one of the damaged ones, which come after a hole: wait for what surely comes.
    meter, sink = LinkMeter(), Frames()
    async with serving(camera):
        sent = len(packets(camera))
        gone = sent // LOST_EVERY
        tail = sent - 1 - (gone * LOST_EVERY - 1)
        assert gone >= 2 and tail > 0
        await record(camera, sink, lambda: sink.lost == gone, meter=meter, transport=transport)
        assert meter.lost == gone
        assert 0 < meter.received <= sent - gone
        assert meter.expected == meter.received + gone
    assert meter.reports == 1  # and it is counted as no packet of the picture
    assert meter.by_udp == (transport == "udp")
    assert meter.bytes > meter.received * 12


async def test_a_whole_stream_counts_every_packet_once_and_none_as_lost() -> None:
    camera = Camera(audio=True)
    meter = await metered(camera, frames=len(camera.clip.pictures))
    video = sum(data[1] == 0 for _, data in packets(camera))
    assert meter.lost == 0
    assert video <= meter.received <= len(packets(camera))


def uneven(delay_s: float) -> Any:
    """At half their pace, and every second picture late besides."""

    async def play(camera: Camera, writer: Any) -> None:
        loop = asyncio.get_running_loop()
        started, number, before = loop.time(), -1, -1.0
        for at, data in packets(camera):
            if at != before:
                number, before = number + 1, at
                due = started + number * 0.08 + (delay_s if number % 2 else 0)
                await asyncio.sleep(max(0.0, due - loop.time()))
            writer.write(data)

    return play


@pytest.mark.parametrize("transport", ["tcp", "udp"])
async def test_jitter_is_measured_from_when_packets_arrive(
    transport: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_watch, "FOR_S", 1.9)
    camera = Camera(play=uneven(0.030), audio=False)
    meter = await metered(camera, frames=len(camera.clip.pictures), transport=transport)
    assert meter.windows >= 1
    assert meter.jitter_us is not None
    # A picture is 40 ms late behind the one before, 30 ms more or less in turn; packets of one picture, of
    # which UDP shows each, arrive together.
    assert meter.jitter_us > 2000
    assert meter.jitter_worst_us >= meter.jitter_us


def test_the_declared_rate_is_read_where_it_is_declared() -> None:
    video = "v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
    for line, fps in (
        ("a=framerate:25", 25.0),
        ("a=framerate:12.5", 12.5),
        ("", 0.0),
        ("a=framerate:x", 0.0),
    ):
        assert parse_sdp(f"{video}{line}\r\n").video.fps == fps
