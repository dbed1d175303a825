"""The form's question: can this camera be recorded?"""

import asyncio
import socket
import time

import pytest

from tests.media.camera.packets import schedule
from tests.media.camera.server import Camera, sender_report, serving
from thienly.media.probe import ProbeResult, probe
from thienly.media.sources.origin import Origin
from thienly.rules.problems import Problem


async def ask(camera: Camera, **options) -> ProbeResult:  # type: ignore[no-untyped-def]
    options = {"allow_local": True, "timeout_s": 3.0} | options
    async with serving(camera):
        origin = Origin(
            camera.url,
            options.pop("user", ""),
            options.pop("password", ""),
            allow_local=options.pop("allow_local"),
        )
        return await probe(origin, **options)


async def test_a_good_camera_is_described() -> None:
    found = await ask(Camera(speed=1))
    assert found.ok
    assert found.problem is None
    assert (found.codec, found.width, found.height) == ("h264", 160, 90)
    assert found.fps == 25.0
    assert (found.audio, found.audio_recordable) == ("MPEG4-GENERIC", True)
    assert found.server == "TestCam/1.0"
    assert found.clock_offset_us is None


async def test_a_camera_whose_clock_is_an_hour_ahead_is_found_out() -> None:
    async def play(camera, writer):  # type: ignore[no-untyped-def]
        writer.write(sender_report(1, time.time_ns() // 1000 + 3_600_000_000, 0xFFFF_0000))
        for _, data in schedule(camera.clip):
            writer.write(data)

    found = await ask(Camera(play=play))
    assert found.clock_offset_us is not None
    # The clip of two seconds comes in one burst, so its last frame is two seconds ahead of its arrival.
    assert abs(found.clock_offset_us - 3_602_000_000) < 2_000_000


async def test_the_address_must_be_one() -> None:
    for url in (
        "ftp://10.0.0.1/",
        "rtsp://",
        "rtsp://10.0.0.1:99999/",
        "rtsp://a b/",
        "rtsp:///x",
        "camera",
    ):
        assert (await probe(Origin(url, allow_local=True))).problem is Problem.BAD_URL


async def test_this_machine_is_no_camera_unless_the_demo_says_so() -> None:
    camera = Camera()
    found = await ask(camera, allow_local=False)
    assert found.problem is Problem.ADDRESS_REFUSED
    assert camera.heads == []


async def test_a_name_that_does_not_resolve_is_said_to() -> None:
    found = await probe(Origin("rtsp://khong-co.invalid/", allow_local=True))
    assert found.problem is Problem.HOST_UNKNOWN


async def test_a_port_on_which_nothing_listens_is_refused() -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    assert (await probe(Origin(f"rtsp://127.0.0.1:{port}/", allow_local=True))).problem is Problem.REFUSED


async def test_a_wrong_password_is_told_from_a_wrong_path() -> None:
    wrong = await ask(Camera(username="a", password="b"), user="a", password="c")
    assert wrong.problem is Problem.AUTH_FAILED
    lost = await ask(Camera(answers={"DESCRIBE": b"RTSP/1.0 404 Not Found\r\nCSeq: {cseq}\r\n\r\n"}))
    assert lost.problem is Problem.NOT_FOUND


async def test_silence_ends_in_time() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    found = await probe(Origin(f"rtsp://127.0.0.1:{port}/", allow_local=True), timeout_s=0.5)
    server.close()
    assert found.problem is Problem.TIMEOUT


async def test_a_session_without_media_is_stalled() -> None:
    async def play(camera, writer):  # type: ignore[no-untyped-def]
        await asyncio.sleep(60)

    assert (await ask(Camera(play=play), timeout_s=0.5)).problem is Problem.STALLED


@pytest.mark.parametrize(
    ("sdp", "problem"),
    [
        (b"v=0\r\nm=audio 0 RTP/AVP 0\r\n", Problem.NO_VIDEO),
        (b"v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 MP4V-ES/90000\r\n", Problem.UNSUPPORTED_CODEC),
        (b"v=0\r\nm=video 0 RTP/AVP 26\r\n", Problem.UNSUPPORTED_CODEC),
        (b"<html>not found</html>", Problem.PROTOCOL),
    ],
)
async def test_descriptions_that_cannot_be_recorded_have_their_problem(sdp: bytes, problem: Problem) -> None:
    answer = b"RTSP/1.0 200 OK\r\nCSeq: {cseq}\r\nContent-Length: %d\r\n\r\n" % len(sdp) + sdp
    assert (await ask(Camera(answers={"DESCRIBE": answer}))).problem is problem


async def test_a_camera_that_refuses_tcp_is_told_from_one_of_another_codec() -> None:
    answer = b"RTSP/1.0 461 Unsupported Transport\r\nCSeq: {cseq}\r\n\r\n"
    assert (await ask(Camera(answers={"SETUP": answer}))).problem is Problem.TRANSPORT_REFUSED


async def test_a_redirect_is_not_followed() -> None:
    answer = b"RTSP/1.0 302 Found\r\nCSeq: {cseq}\r\nLocation: rtsp://169.254.169.254/\r\n\r\n"
    found = await ask(Camera(answers={"DESCRIBE": answer}))
    assert found.problem is Problem.PROTOCOL
    assert "redirect" in found.detail
