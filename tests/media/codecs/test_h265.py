"""The picture size and the profile, read from H.265 parameter sets as encoders write them."""

from fractions import Fraction

import av
import av.codec.context
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.media.camera.clip import clip, split_annex_b
from thienly.media.codecs import h265


def sps_of(size: tuple[int, int], pixels: str, extra: str) -> bytes:
    encoder = av.CodecContext.create("libx265", "w")
    encoder.width, encoder.height, encoder.pix_fmt = *size, pixels
    encoder.time_base, encoder.framerate = Fraction(1, 25), Fraction(25)
    encoder.options = {"preset": "ultrafast", "x265-params": f"log-level=none:pools=1:frame-threads=1{extra}"}
    encoder.flags |= av.codec.context.Flags.global_header
    encoder.open()
    return next(
        nal for nal in split_annex_b(bytes(encoder.extradata or b"")) if h265.kind_of(nal) == h265.SPS
    )


@pytest.mark.parametrize("size", [(1920, 1080), (704, 576), (2688, 1520), (162, 98)])
@pytest.mark.parametrize(
    ("pixels", "extra", "codec"),
    [
        ("yuv420p", "", "hvc1.1.6."),
        ("yuv420p", ":temporal-layers=3:bframes=4:b-adapt=0", "hvc1.1.6."),
        ("yuv420p10le", "", "hvc1.2.4."),
        ("yuv422p", "", "hvc1.4.10."),
        ("yuv444p", "", "hvc1.4.10."),
    ],
)
def test_the_size_and_profile_are_those_that_were_encoded(
    size: tuple[int, int], pixels: str, extra: str, codec: str
) -> None:
    found = h265.parse_sps(sps_of(size, pixels, extra))
    assert (found.width, found.height) == size
    assert found.bit_depth_luma == (10 if "10" in pixels else 8)
    assert found.chroma_format == {"yuv422p": 2, "yuv444p": 3}.get(pixels, 1)
    assert h265.codec_string(found.profile_tier_level).startswith(codec)


def test_the_codec_string_is_that_of_the_standard() -> None:
    """The example of ISO/IEC 14496-15 annex E: Main profile, Main tier, level 3.1, progressive."""
    assert h265.codec_string(bytes.fromhex("0160000000b000000000005d")) == "hvc1.1.6.L93.b0"
    assert h265.codec_string(bytes.fromhex("222000000090000000000078")) == "hvc1.2.4.H120.90"


def test_ids_are_read() -> None:
    source = clip(codec="h265")
    assert (h265.vps_id(source.vps), h265.pps_id(source.pps)) == (0, 0)
    with pytest.raises(ValueError, match="not a parameter set"):
        h265.pps_id(source.sps)


@given(st.binary(max_size=80))
def test_any_bytes_are_parsed_or_refused(data: bytes) -> None:
    for head in (b"\x42\x01", clip(codec="h265").sps[:14], b""):
        try:
            found = h265.parse_sps(head + data)
        except ValueError:
            continue
        assert 0 < found.width <= 16384
        assert 0 < found.height <= 16384
