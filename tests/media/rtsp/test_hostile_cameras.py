"""What a broken or malicious camera can do: cost itself its recording, with the right reason, and nothing
else."""

import asyncio
import gc
import os
import tracemalloc
from struct import pack

import pytest

from tests.media.camera.packets import Packetiser, interleave, schedule
from tests.media.camera.recording import record
from tests.media.camera.server import Camera, Play, serving
from tests.media.camera.sinks import Frames
from thienly.media.frames import SourceError
from thienly.media.rtsp import Limits
from thienly.rules.problems import Problem

MEMORY = 24 << 20
"""Bytes that a hostile stream may cost at its peak: the largest frame and GOP that are allowed, with room."""

LEFT = 2 << 20


def endless(data: bytes, start: bytes = b"") -> Play:
    async def play(camera: object, writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        while True:
            writer.write(data)
            await writer.drain()
            await asyncio.sleep(0)

    return play


async def problem_of(camera: Camera, **limits: float) -> SourceError:
    """Record until the stream ends by itself; check what it cost, and what is left of it before any garbage
    is collected: a camera that comes again and again must not add up."""
    gc.collect()
    gc.disable()
    tracemalloc.start()
    try:
        async with serving(camera):
            with pytest.raises(SourceError) as caught:
                await record(camera, Frames(), lambda: False, limits=Limits(**limits))  # type: ignore[arg-type]
        left, peak = tracemalloc.get_traced_memory()
        assert peak < MEMORY
        assert left < LEFT
    finally:
        tracemalloc.stop()
        gc.enable()
    return caught.value


async def test_headers_without_end_are_a_protocol_error() -> None:
    answer = b"RTSP/1.0 200 OK\r\n" + b"X-Header: aaaaaaaaaaaaaaaaaaaaaaaa\r\n" * 100_000
    assert (await problem_of(Camera(answers={"DESCRIBE": answer}))).problem is Problem.PROTOCOL


async def test_too_many_headers_are_a_protocol_error() -> None:
    answer = b"RTSP/1.0 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n"
    assert (await problem_of(Camera(answers={"DESCRIBE": answer}))).problem is Problem.PROTOCOL


@pytest.mark.parametrize("length", [b"99999999", b"-1", b"0x10", b"1e3", b"9" * 400])
async def test_a_lying_content_length_is_a_protocol_error(length: bytes) -> None:
    answer = b"RTSP/1.0 200 OK\r\nCSeq: {cseq}\r\nContent-Length: " + length + b"\r\n\r\nv=0\r\n"
    assert (await problem_of(Camera(answers={"DESCRIBE": answer}))).problem is Problem.PROTOCOL


async def test_a_body_that_never_comes_is_a_timeout() -> None:
    answer = b"RTSP/1.0 200 OK\r\nCSeq: {cseq}\r\nContent-Length: 500\r\n\r\nv=0\r\n"
    error = await problem_of(Camera(answers={"DESCRIBE": answer}), answer_s=0.3)
    assert error.problem is Problem.TIMEOUT


async def test_another_protocol_is_a_protocol_error() -> None:
    answer = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
    assert (await problem_of(Camera(answers={"OPTIONS": answer}))).problem is Problem.PROTOCOL


async def test_garbage_in_the_stream_is_a_protocol_error() -> None:
    assert (await problem_of(Camera(play=endless(b"\x00\xff" * 5000)))).problem is Problem.PROTOCOL


async def test_a_control_address_cannot_smuggle_a_request() -> None:
    camera = Camera(controls=("rtsp://x/ RTSP/1.0\x0bEvil: yes", "a"))
    assert (await problem_of(camera)).problem is Problem.PROTOCOL
    assert not any("Evil" in head for head in camera.heads)


async def test_channels_that_were_never_set_up_are_passed_over() -> None:
    async def play(camera: Camera, writer: asyncio.StreamWriter) -> None:
        for at, (_, data) in enumerate(schedule(camera.clip)):
            writer.write(interleave(40 + at % 200, os.urandom(at % 1400)) + data)

    frames = Frames()
    async with serving(Camera(play=play)) as camera:  # type: ignore[arg-type]
        await record(camera, frames, lambda: len(frames.video) == 50)
    assert [data for _, _, data in frames.video] == [picture.stored for picture in camera.clip.pictures]


async def test_only_stray_channels_are_a_stall() -> None:
    async def play(camera: object, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(interleave(77, bytes(100)))
            await asyncio.sleep(0.05)

    error = await problem_of(Camera(play=play), stall_s=1.0, key_s=1.0)
    assert error.problem in (Problem.STALLED, Problem.CORRUPT)


async def test_a_picture_without_end_is_a_flood() -> None:
    packets = Packetiser()
    start = interleave(0, packets.packet(0, b"\x7c\x85" + bytes(1000)))
    middle = b"".join(interleave(0, packets.packet(0, b"\x7c\x05" + bytes(60_000))) for _ in range(20))
    assert (
        await problem_of(Camera(play=endless(middle, start)), bytes_per_s=1 << 30)
    ).problem is Problem.FLOOD


async def test_tiny_packets_without_end_are_a_flood() -> None:
    packets = Packetiser()
    start = interleave(0, packets.packet(0, b"\x7c\x85\x00"))
    middle = b"".join(interleave(0, packets.packet(0, b"\x7c\x05\x00")) for _ in range(60_000))
    assert (
        await problem_of(Camera(play=endless(middle, start)), packets_per_s=1 << 30)
    ).problem is Problem.FLOOD


async def test_more_bytes_than_any_camera_sends_are_a_flood() -> None:
    error = await problem_of(Camera(play=endless(interleave(9, bytes(60_000)) * 10)), bytes_per_s=1 << 20)
    assert error.problem is Problem.FLOOD


async def test_silence_with_the_connection_open_is_a_stall() -> None:
    frames = Frames()
    async with serving(Camera()) as camera:
        with pytest.raises(SourceError) as caught:
            await record(camera, frames, lambda: False, limits=Limits(stall_s=1.0))
    assert caught.value.problem is Problem.STALLED
    assert len(frames.video) == 50, "what came before the silence was delivered"


async def test_a_dropped_connection_is_closed() -> None:
    async def play(camera: Camera, writer: asyncio.StreamWriter) -> None:
        for _, data in schedule(camera.clip):
            writer.write(data)
        writer.close()

    frames = Frames()
    async with serving(Camera(play=play)) as camera:  # type: ignore[arg-type]
        with pytest.raises(SourceError) as caught:
            await record(camera, frames, lambda: False)
    assert caught.value.problem is Problem.CLOSED
    assert len(frames.video) == 50


async def test_pictures_that_never_begin_with_a_key_are_corrupt() -> None:
    async def play(camera: Camera, writer: asyncio.StreamWriter) -> None:
        packets = Packetiser()
        for index in range(2000):
            for packet in packets.picture(camera.clip.pictures[3], index * 3600):
                writer.write(interleave(0, packet))
            await asyncio.sleep(0.02)

    error = await problem_of(Camera(play=play), key_s=1.0, stall_s=0.5)  # type: ignore[arg-type]
    assert error.problem is Problem.CORRUPT


async def test_random_packets_neither_raise_nor_grow() -> None:
    async def play(camera: object, writer: asyncio.StreamWriter) -> None:
        for _ in range(3000):
            size = int.from_bytes(os.urandom(1), "big") * 5
            header = pack(">BBHII", 0x80, 96, int.from_bytes(os.urandom(2), "big"), 0, 0)
            writer.write(interleave(os.urandom(1)[0] & 3, header[: size % 13] + os.urandom(size)))
        writer.close()

    error = await problem_of(Camera(play=play))
    assert error.problem in (Problem.CLOSED, Problem.UNSUPPORTED_CODEC)


async def test_the_interleaved_mode_is_refused_cleanly() -> None:
    packet = interleave(0, Packetiser().packet(0, b"\x1d\x85\x00\x00\x00", True))  # FU-B
    error = await problem_of(Camera(play=endless(packet)))
    assert error.problem is Problem.UNSUPPORTED_CODEC


async def test_one_camera_that_floods_does_not_take_frames_from_another() -> None:
    good = Frames()
    async with (
        serving(Camera()) as camera,
        serving(Camera(play=endless(interleave(9, bytes(60_000))))) as bad,
    ):
        flooding = asyncio.create_task(record(bad, Frames(), lambda: False))
        await record(camera, good, lambda: len(good.video) == 50)
        flooding.cancel()
        with pytest.raises((SourceError, asyncio.CancelledError)):
            await flooding
    assert good.lost == 0
    assert [data for _, _, data in good.video] == [picture.stored for picture in camera.clip.pictures]


async def test_ten_thousand_tiny_packets_a_second_leave_the_neighbour_whole() -> None:
    packets = Packetiser()

    async def play(camera: object, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"".join(interleave(0, packets.packet(0, b"\x01")) for _ in range(200)))
            await asyncio.sleep(0.02)

    good = Frames()
    async with serving(Camera()) as camera, serving(Camera(play=play)) as bad:
        tiny = asyncio.create_task(
            record(bad, Frames(), lambda: False, limits=Limits(key_s=1.0, stall_s=1.0))
        )
        await record(camera, good, lambda: len(good.video) == 50)
        with pytest.raises(SourceError) as caught:
            await tiny
    assert caught.value.problem in (Problem.CORRUPT, Problem.FLOOD)
    assert good.lost == 0
    assert [data for _, _, data in good.video] == [picture.stored for picture in camera.clip.pictures]


async def test_a_frame_that_is_longer_than_what_comes_is_a_stall() -> None:
    async def play(camera: object, writer: asyncio.StreamWriter) -> None:
        writer.write(b"$\x00\xff\xff" + bytes(1000))
        await asyncio.sleep(60)

    error = await problem_of(Camera(play=play), stall_s=1.0, key_s=1.0)
    assert error.problem is Problem.STALLED
