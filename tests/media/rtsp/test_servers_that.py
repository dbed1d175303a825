"""Servers that bend the rules in ways that real cameras do, and are recorded all the same."""

import asyncio
import base64
from collections.abc import Callable

import pytest

from tests.media.camera.clip import clip
from tests.media.camera.packets import schedule
from tests.media.camera.recording import record
from tests.media.camera.server import Camera, serving
from tests.media.camera.sinks import Frames
from thienly.media.frames import SourceError
from thienly.media.rtsp.auth import Authenticator, parse_challenge
from thienly.media.rtsp.url import Credentials
from thienly.rules.problems import Problem


def _sdp(*video: str, head: str = "v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n", end: str = "") -> str:
    sprop = ",".join(base64.b64encode(nal).decode() for nal in (clip().sps, clip().pps))
    lines = ["m=video 0 RTP/AVP 96", "a=rtpmap:96 H264/90000", *video]
    lines.append(f"a=fmtp:96 packetization-mode=1;sprop-parameter-sets={sprop}")
    return head + "\r\n".join(lines) + "\r\n" + end


async def _burst(camera: Camera, writer: asyncio.StreamWriter) -> None:
    for _, data in schedule(camera.clip, audio=camera.audio):
        writer.write(data)


OK = b"RTSP/1.0 200 OK\r\nCSeq: {cseq}\r\n"

QUIRKS: dict[str, Callable[[], Camera]] = {
    "send media before they answer PLAY": lambda: Camera(early=True, play=_burst),  # type: ignore[arg-type]
    "answer OPTIONS with an error": lambda: Camera(
        answers={"OPTIONS": b"RTSP/1.0 501 Not Implemented\r\nCSeq: {cseq}\r\n\r\n"}
    ),
    "write no CSeq": lambda: Camera(answers={"OPTIONS": b"RTSP/1.0 200 OK\r\nPublic: DESCRIBE\r\n\r\n"}),
    "put empty lines between messages": lambda: Camera(answers={"OPTIONS": OK + b"\r\n\r\n\r\n"}),
    "speak RTSP/1.1": lambda: Camera(answers={"OPTIONS": b"RTSP/1.1 200 OK\r\ncseq:{cseq}\r\n\r\n"}),
    "ask something of us first": lambda: Camera(
        answers={"OPTIONS": b"SET_PARAMETER rtsp://x RTSP/1.0\r\nCSeq: 7\r\n\r\n" + OK + b"\r\n"}
    ),
    "give a path as base": lambda: Camera(base="/cam?channel=1"),
    "give a base with a slash behind its query": lambda: Camera(base="rtsp://127.0.0.1/cam?channel=1/"),
    "give a base of another machine": lambda: Camera(base="rtsp://192.168.1.108:554/cam/realmonitor"),
    "give no control": lambda: Camera(controls=("", ""), audio=False),
    "give a star as control": lambda: Camera(controls=("*", ""), audio=False),
    "give controls with slashes": lambda: Camera(controls=("/trackID=0/", "/trackID=1/")),
    "give absolute controls with queries": lambda: Camera(
        controls=("rtsp://10.0.0.1/a?x=1&trackID=1", "rtsp://10.0.0.1/a?x=1&trackID=2")
    ),
    "put spaces into Session": lambda: Camera(session="  ab$-_.+cd ; timeout = 60"),
    "give no timeout": lambda: Camera(session="1"),
    "give a session timeout of nothing": lambda: Camera(session="1;timeout=0"),
    "answer SETUP without channels": lambda: Camera(audio=False, channels=("", "")),
    "describe no connection and garbage": lambda: Camera(
        audio=False,
        description=_sdp("c=IN IP4", "b=AS", "a=", "a=x-dimensions:0,0", "zzz", "a=framerate:", "k=\x00"),
    ),
    "end lines with LF alone": lambda: Camera(audio=False, description=_sdp().replace("\r\n", "\n")),
    "describe before v=": lambda: Camera(audio=False, description=_sdp(head="s=x\r\n")),
    "end with zeros": lambda: Camera(audio=False, description=_sdp(end="\0\0")),
    "describe metadata and sound of a static type": lambda: Camera(
        audio=False,
        description=_sdp(
            end="m=audio 0 RTP/AVP 0\r\na=control:a\r\nm=application 0 RTP/AVP 107\r\na=control:m\r\n"
        ),
    ),
    "name the codec in lower case": lambda: Camera(
        audio=False, description=_sdp().replace("H264/90000", "h264/90000")
    ),
    "offer two tracks on one channel": lambda: Camera(channels=("0-1", "0-1")),
}


@pytest.mark.parametrize("quirk", QUIRKS)
async def test_servers_that(quirk: str) -> None:
    frames, camera = Frames(), QUIRKS[quirk]()
    async with serving(camera):
        await record(camera, frames, lambda: len(frames.video) == 50)
    assert [data for _, _, data in frames.video] == [picture.stored for picture in camera.clip.pictures]
    assert frames.lost == 0


@pytest.mark.parametrize(
    ("public", "refusal", "method"),
    [
        ("OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN", b"", "OPTIONS"),
        ("", b"405 Method Not Allowed", "OPTIONS"),
        ("GET_PARAMETER", b"501 Not Implemented", "OPTIONS"),
        ("GET_PARAMETER", b"400 Bad Request", "OPTIONS"),
        ("GET_PARAMETER", b"451 Parameter Not Understood", "OPTIONS"),
        ("GET_PARAMETER", b"", "GET_PARAMETER"),
    ],
)
async def test_servers_that_refuse_one_keep_alive_get_the_other(
    public: str, refusal: bytes, method: str
) -> None:
    camera = Camera(speed=0.5, session="abc;timeout=3", public=public)
    if refusal:
        camera.answers["GET_PARAMETER"] = b"RTSP/1.0 " + refusal + b"\r\nCSeq: {cseq}\r\n\r\n"
    frames = Frames()

    def kept() -> bool:
        played = camera.requests.index("PLAY") if "PLAY" in camera.requests else 99
        return method in camera.requests[played:]

    async with serving(camera):
        await record(camera, frames, kept)
    assert frames.video


async def test_servers_that_want_a_new_signature_while_they_stream_get_it() -> None:
    """The nonce is stale after every second use, so also for a keep-alive."""
    camera = Camera(username="quay", password="secret", stale_every=2, speed=0.3, session="a;timeout=3")
    async with serving(camera):
        await record(camera, Frames(), lambda: camera.requests.count("GET_PARAMETER") >= 2)
    assert camera.requests.count("GET_PARAMETER") >= 2


async def test_servers_that_know_no_zero_are_asked_again_without_a_range() -> None:
    camera = Camera(answers={"PLAY": b"RTSP/1.0 457 Invalid Range\r\nCSeq: {cseq}\r\n\r\n"})
    async with serving(camera):
        with pytest.raises(SourceError):
            await record(camera, Frames(), lambda: False)
    asked = ["Range:" in head for head in camera.heads if head.startswith("PLAY")]
    assert asked == [True, False]


@pytest.mark.parametrize("method", ["DESCRIBE", "SETUP", "PLAY"])
async def test_servers_that_redirect_are_not_followed(method: str) -> None:
    answer = b"RTSP/1.0 302 Moved\r\nCSeq: {cseq}\r\nLocation: rtsp://169.254.169.254/\r\n\r\n"
    async with serving(Camera(answers={method: answer})) as camera:
        with pytest.raises(SourceError) as caught:
            await record(camera, Frames(), lambda: False)
    assert caught.value.problem is Problem.PROTOCOL


def test_servers_that_offer_integrity_alone_get_it() -> None:
    """RFC 7616 section 3.4.3 with the empty body that our requests have."""
    challenge = parse_challenge('Digest realm="r", nonce="n", qop="auth-int"')
    assert challenge is not None
    authenticator = Authenticator(Credentials("u", "p"))
    authenticator.take(challenge)
    header = authenticator.header("PLAY", "rtsp://h/") or ""
    assert "qop=auth-int" in header
    assert "algorithm" not in header, "what was not asked for is not said"


def test_servers_that_offer_both_get_the_plain_one() -> None:
    challenge = parse_challenge('Digest realm="r", nonce="n", qop="auth-int,auth", algorithm=SHA-256')
    assert challenge is not None
    assert (challenge.qop, challenge.algorithm) == ("auth", "SHA-256")
