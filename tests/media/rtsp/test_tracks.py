"""Which tracks of a description are taken, and what it says of their codecs."""

import base64

import pytest

from tests.media.camera.clip import clip
from thienly.media.frames import SourceError
from thienly.media.rtp.aac import AacDepacketiser
from thienly.media.rtp.h264 import H264Depacketiser
from thienly.media.rtp.h265 import H265Depacketiser
from thienly.media.rtp.sound import SoundDepacketiser
from thienly.media.rtsp.sdp import parse_sdp
from thienly.media.rtsp.stream import Assembler
from thienly.rules.problems import Problem

H265 = clip(codec="h265")
VPS, SPS, PPS = (base64.b64encode(nal).decode() for nal in (H265.vps, H265.sps, H265.pps))
PICTURE = f"""m=video 0 RTP/AVP 96
a=rtpmap:96 H265/90000
a=fmtp:96 sprop-vps={VPS}; sprop-sps={SPS}; sprop-pps={PPS}
a=control:v
"""


def described(*sections: str) -> str:
    return "v=0\n" + "".join(sections)


def sound(number: int, rtpmap: str = "", extra: str = "") -> str:
    lines = [f"m=audio 0 RTP/AVP {number}", *([f"a=rtpmap:{number} {rtpmap}"] if rtpmap else []), extra]
    return "\n".join([*lines, f"a=control:a{number}", ""])


def test_h265_is_taken_with_its_parameter_sets() -> None:
    video = parse_sdp(described(PICTURE)).video
    assert (video.codec, video.control, video.clock_rate) == ("h265", "v", 90_000)
    assert (video.vps, video.sps, video.pps) == (H265.vps, H265.sps, H265.pps)


def test_h265_without_parameter_sets_waits_for_those_of_the_stream() -> None:
    broken = PICTURE.replace(SPS, "!!!").replace(VPS, "AA==")
    video = parse_sdp(described(broken)).video
    assert (video.vps, video.sps, video.pps) == (b"", b"", H265.pps)


@pytest.mark.parametrize(
    "parameter", ["sprop-max-don-diff=2", "sprop-depack-buf-nalus=1", "tx-mode=MRST", "tx-mode=MRMT"]
)
def test_h265_with_decoding_order_numbers_or_in_several_streams_is_refused_cleanly(parameter: str) -> None:
    with pytest.raises(SourceError) as caught:
        parse_sdp(described(PICTURE.replace("sprop-vps", f"{parameter}; sprop-vps")))
    assert caught.value.problem is Problem.UNSUPPORTED_CODEC
    assert "H.265" in caught.value.detail


def test_harmless_parameters_of_h265_are_no_reason_to_refuse_it() -> None:
    harmless = "tx-mode=SRST; sprop-max-don-diff=0; profile-id=1; level-id=93; sprop-vps"
    assert parse_sdp(described(PICTURE.replace("sprop-vps", harmless))).video.codec == "h265"


@pytest.mark.parametrize(
    ("section", "codec", "rate", "channels"),
    [
        (sound(0), "pcmu", 8_000, 1),
        (sound(8), "pcma", 8_000, 1),
        (sound(8, "PCMA/8000/1"), "pcma", 8_000, 1),
        (sound(97, "PCMU/16000/2"), "pcmu", 16_000, 2),
        (sound(97, "opus/48000/2"), "opus", 48_000, 1),
        (sound(97, "OPUS/48000/2", "a=fmtp:97 sprop-stereo=1"), "opus", 48_000, 2),
        (sound(97, "MPEG4-GENERIC/16000", "a=fmtp:97 mode=AAC-hbr;config=1408"), "aac", 16_000, 1),
    ],
)
def test_sound_is_taken_by_static_and_dynamic_types(
    section: str, codec: str, rate: int, channels: int
) -> None:
    audio = parse_sdp(described(PICTURE, section)).audio
    assert audio is not None
    track = audio.track
    assert (track.codec, track.sample_rate, track.channels) == (codec, rate, channels)


@pytest.mark.parametrize(
    "section",
    [sound(3), sound(97, "G726-32/8000"), sound(97, "PCMA/4000"), sound(97, "PCMA/8000/6"),
     sound(97, "opus/8000/2"), sound(97, "MP4A-LATM/16000")],
)  # fmt: skip
def test_sound_that_cannot_be_recorded_does_not_hinder_the_picture(section: str) -> None:
    found = parse_sdp(described(PICTURE, section))
    assert found.audio is None
    assert found.video.codec == "h265"


def test_the_first_of_each_kind_that_can_be_recorded_is_taken_and_all_others_are_left_alone() -> None:
    metadata = "m=application 0 RTP/AVP 107\na=rtpmap:107 vnd.onvif.metadata/90000\na=control:meta\n"
    jpeg = "m=video 0 RTP/AVP 26\na=control:jpeg\n"
    second = "m=video 0 RTP/AVP 99\na=rtpmap:99 H264/90000\na=control:second\n"
    found = parse_sdp(
        described(metadata, jpeg, PICTURE, second, sound(97, "G726-32/8000"), sound(8), sound(0))
    )
    assert found.video.control == "v"
    assert found.audio is not None
    assert (found.audio.control, found.audio_offered) == ("a8", "PCMA")


def test_each_track_gets_the_depacketiser_of_its_codec() -> None:
    class Sink:
        """Never called."""

    handler = Assembler(Sink(), None)  # type: ignore[arg-type]
    found = parse_sdp(described(PICTURE, sound(8)))
    assert found.audio is not None
    assert isinstance(found.video.depacketiser(handler), H265Depacketiser)
    assert isinstance(found.audio.depacketiser(handler), SoundDepacketiser)
    other = parse_sdp(
        described(
            "m=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
            sound(97, "MPEG4-GENERIC/16000", "a=fmtp:97 mode=AAC-hbr;config=1408"),
        )
    )
    assert other.audio is not None
    assert isinstance(other.video.depacketiser(handler), H264Depacketiser)
    assert isinstance(other.audio.depacketiser(handler), AacDepacketiser)
