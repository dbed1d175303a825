"""Addresses, descriptions, messages and challenges: what is understood, and that nothing else gets
through."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thienly.media.frames import SourceError
from thienly.media.rtsp.auth import Authenticator, parse_challenge, strongest
from thienly.media.rtsp.message import MAX_BODY, MAX_HEADERS, parse_head
from thienly.media.rtsp.sdp import parse_sdp
from thienly.media.rtsp.url import Credentials, control_url, parse_url
from thienly.rules.problems import Problem


@pytest.mark.parametrize(
    ("text", "host", "port", "target", "sent"),
    [
        ("rtsp://10.0.0.1", "10.0.0.1", 554, "", "rtsp://10.0.0.1"),
        (
            "RTSP://cam-1.xa.vn:8554/a/b?c=1&d",
            "cam-1.xa.vn",
            8554,
            "/a/b?c=1&d",
            "rtsp://cam-1.xa.vn:8554/a/b?c=1&d",
        ),
        ("rtsp://[fd00::1]:1554/s", "fd00::1", 1554, "/s", "rtsp://[fd00::1]:1554/s"),
        ("rtsp://u:p@h/x", "h", 554, "/x", "rtsp://h/x"),
        ("rtsps://h/x", "h", 322, "/x", "rtsps://h/x"),
        ("rtsp://h?x=1", "h", 554, "/?x=1", "rtsp://h/?x=1"),
    ],
)
def test_addresses_are_understood(text: str, host: str, port: int, target: str, sent: str) -> None:
    url, _ = parse_url(text)
    assert (url.host, url.port, url.target, url.text) == (host, port, target, sent)


@pytest.mark.parametrize(
    "text",
    ["", "rtsp:", "rtsp://", "rtsp:///a", "rtsp://h:0/", "rtsp://h:65536/", "rtsp://h:x/", "http://h/", "file:///etc",
     "rtsp://h/ a", "rtsp://h/\r\nX: y", "rtsp://h/\x00", "rtsp://-h/", "rtsp://h..x/", "rtsp://[::g]/",
     "rtsp::////h/", "srt://h:1/", "rtsp://h/#f", "rtsp://h\\@x/", "rtsp://máy/", "rtsp://h/" + "a" * 3000],
)  # fmt: skip
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(SourceError) as caught:
        parse_url(text)
    assert caught.value.problem is Problem.BAD_URL


def test_credentials_are_split_off_and_never_shown() -> None:
    url, credentials = parse_url("rtsp://nguy%E1%BB%85n:m%40t@h/live?key=abc")
    assert credentials == Credentials("nguyễn", "m@t")
    shown = f"{url!r} {url} {credentials!r} {credentials}"
    assert "m@t" not in shown
    assert "abc" not in shown
    with pytest.raises(SourceError) as caught:
        parse_url("rtsp://user:geheim@h:99999/")
    assert "geheim" not in f"{caught.value!r}{caught.value.detail}"


@pytest.mark.parametrize(
    ("base", "control", "url"),
    [
        ("rtsp://h/a", "", "rtsp://h/a"),
        ("rtsp://h/a", "*", "rtsp://h/a"),
        ("rtsp://h/a/", "trackID=1", "rtsp://h/a/trackID=1"),
        ("rtsp://h/a?x=1", "trackID=1", "rtsp://h/a?x=1/trackID=1"),
        ("rtsp://h/a", "rtsp://other/b", "rtsp://other/b"),
        ("rtsps://h/a", "rtsps://h/b", "rtsps://h/b"),
    ],
)
def test_control_addresses_are_put_together_as_cameras_mean_them(base: str, control: str, url: str) -> None:
    assert control_url(base, control) == url


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_bad(text: str) -> None:
    for candidate in (text, "rtsp://" + text, "rtsp://h/" + text):
        try:
            url, _ = parse_url(candidate)
        except SourceError as error:
            assert error.problem is Problem.BAD_URL
        else:
            assert url.text.isprintable()
            assert " " not in url.text


SDP = """v=0
m=video 0 RTP/AVP 96
a=rtpmap:96 H264/90000
a=fmtp:96 packetization-mode=1;sprop-parameter-sets=Z0LAC9oKN+SEAAADAAQAAAMAyDxQqoA=,aM4L!!!
a=control:v
m=audio 0 RTP/AVP 97
a=rtpmap:97 mpeg4-generic/16000/1
a=fmtp:97 mode=AAC-hbr; config=1408; SizeLength=13; IndexLength=3; IndexDeltaLength=3
a=control:a
"""


def test_a_description_is_understood() -> None:
    found = parse_sdp(SDP.replace("\n", "\r\n"))
    assert (found.video.control, found.video.clock_rate) == ("v", 90_000)
    assert found.video.sps[0] == 0x67
    assert found.video.pps == b"", "a broken parameter set is left to the stream"
    assert found.audio is not None
    assert (found.audio.control, found.audio.track.sample_rate, found.audio.track.channels) == (
        "a",
        16_000,
        1,
    )


@pytest.mark.parametrize(
    "change",
    [("1408", "zz"), ("1408", ""), ("mpeg4-generic/16000", "G726-32/8000"),
     ("mpeg4-generic/16000", "mpeg4-generic/8000"),
     ("SizeLength=13", "SizeLength=999"), ("AAC-hbr", "CELP-cbr")],
)  # fmt: skip
def test_audio_that_cannot_be_recorded_does_not_hinder_the_picture(change: tuple[str, str]) -> None:
    found = parse_sdp(SDP.replace(*change))
    assert found.audio is None
    assert found.audio_offered


def test_the_first_track_that_can_be_recorded_is_taken() -> None:
    other = "m=video 0 RTP/AVP 98\na=rtpmap:98 MP4V-ES/90000\na=control:other\n"
    assert parse_sdp(SDP.replace("v=0\n", "v=0\n" + other)).video.control == "v"


lines = st.sampled_from(
    [*SDP.splitlines(), "m=", "m=video", "a=", "a=rtpmap:", "a=fmtp:96", "a=control:", "="]
)


@given(st.lists(st.one_of(lines, st.text(max_size=30)), max_size=40).map("\n".join))
def test_any_description_is_understood_or_refused(text: str) -> None:
    try:
        parse_sdp(text)
    except SourceError as error:
        assert error.problem in (Problem.NO_VIDEO, Problem.UNSUPPORTED_CODEC, Problem.PROTOCOL)
        assert len(error.detail) < 100


@given(st.binary(max_size=200))
def test_any_head_is_understood_or_refused(data: bytes) -> None:
    for head in (data, b"RTSP/1.0 200 OK\r\n" + data, b"RTSP/1.0 200 OK\r\nContent-Length:" + data):
        try:
            found = parse_head(head)
        except SourceError as error:
            assert error.problem is Problem.PROTOCOL
        else:
            assert found.body_length <= MAX_BODY
            assert len(found.headers) <= MAX_HEADERS


def test_the_strongest_challenge_is_answered() -> None:
    offered = [
        'Basic realm="a"',
        'Digest realm="b", nonce="n"',
        'Digest realm="c", nonce="n", algorithm=SHA-256',
    ]
    best = strongest(offered)
    assert best is not None
    assert best.realm == "c"
    assert (
        strongest(["Negotiate", 'Digest realm="x"', 'Digest realm="x", nonce="n", algorithm=SHA-512-256'])
        is None
    )


def test_digest_is_computed_as_in_the_rfc() -> None:
    """RFC 2069 example values as corrected by erratum 749."""
    challenge = parse_challenge(
        'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"'
    )
    assert challenge is not None
    authenticator = Authenticator(Credentials("Mufasa", "CircleOfLife"))
    authenticator.take(challenge)
    header = authenticator.header("GET", "/dir/index.html")
    assert header is not None
    assert 'response="1949323746fe6a43ef61f9606e7febea"' in header


@given(st.text(max_size=80))
def test_any_challenge_is_understood_or_passed_over(text: str) -> None:
    for header in (text, "Digest " + text, 'Digest nonce="x", realm=' + text):
        challenge = parse_challenge(header)
        if challenge is not None:
            authenticator = Authenticator(Credentials("a", "b"))
            authenticator.take(challenge)
            answer = authenticator.header("PLAY", "rtsp://h/")
            assert answer is not None
            assert "\r" not in answer
            assert "\n" not in answer
