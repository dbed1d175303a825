"""The picture size, read from parameter sets as encoders write them."""

from fractions import Fraction

import av
import av.codec.context
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.media.camera.clip import clip, split_annex_b
from thienly.media.codecs import aac, h264


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 720), (704, 576), (640, 360), (2688, 1520), (162, 98)])
@pytest.mark.parametrize(
    ("profile", "pixels", "extra"),
    [
        ("baseline", "yuv420p", ""),
        ("main", "yuv420p", "interlaced=1"),
        ("high", "yuv420p", "cqm=jvt"),
        ("high", "yuv420p", "nal-hrd=vbr:vbv-maxrate=2000:vbv-bufsize=2000"),
        ("high422", "yuv422p", ""),
        ("high444", "yuv444p", ""),
        ("high", "gray", ""),
    ],
)
def test_the_size_is_the_one_that_was_encoded(
    size: tuple[int, int], profile: str, pixels: str, extra: str
) -> None:
    if "interlaced" in extra:
        size = (size[0], size[1] // 4 * 4)  # as the standard wants it
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = *size, pixels
    encoder.time_base = Fraction(1, 25)
    encoder.options = {"preset": "medium", "profile": profile, "x264-params": extra}
    encoder.flags |= av.codec.context.Flags.global_header
    encoder.open()
    sps = next(nal for nal in split_annex_b(bytes(encoder.extradata or b"")) if nal[0] & 31 == h264.SPS)
    found = h264.parse_sps(sps)
    assert (found.width, found.height) == size
    assert found.mime == "avc1." + sps[1:4].hex()


def test_the_id_of_a_picture_parameter_set_is_read() -> None:
    assert h264.pps_id(clip().pps) == 0
    with pytest.raises(ValueError, match="not a picture parameter set"):
        h264.pps_id(clip().sps)


@given(st.binary(max_size=80))
def test_any_bytes_are_parsed_or_refused(data: bytes) -> None:
    for head in (b"\x67", b"\x67\x64\x00\x1f", b""):
        try:
            found = h264.parse_sps(head + data)
        except ValueError:
            continue
        assert 0 < found.width <= 16384
        assert 0 < found.height <= 16384


@given(st.binary(max_size=70))
def test_any_audio_configuration_is_parsed_or_refused(data: bytes) -> None:
    try:
        config = aac.parse_config(data)
    except ValueError:
        return
    assert config.sample_rate >= 1000
    assert 1 <= config.channels <= 8


@pytest.mark.parametrize(
    ("data", "rate", "channels"), [("1408", 16000, 1), ("1190", 48000, 2), ("1210", 44100, 2)]
)
def test_audio_configurations_are_read(data: str, rate: int, channels: int) -> None:
    config = aac.parse_config(bytes.fromhex(data))
    assert (config.sample_rate, config.channels, config.samples_per_frame) == (rate, channels, 1024)
    assert config.mime == "mp4a.40.2"
