"""What is made of H.265 and G.711 for browsers without them: the same, at the same times."""

import contextlib
import io

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.media.transcode.clips import FPS, Clip, clip
from thienly.media.transcode.convert import CannotConvert, Converter
from thienly.media.transcode.remix import Remixer

T0 = 1_763_800_000_000_000
FRAME_US = 1_000_000 // FPS


@pytest.fixture(scope="module")
def h265() -> Clip:
    return clip(video="h265", sound="aac")


@pytest.fixture(scope="module")
def g711() -> Clip:
    return clip(video="h264", sound="pcmu")


def shades(data: bytes) -> list[tuple[float, int]]:
    """Time (s) and grey of each picture."""
    with av.open(io.BytesIO(data), "r") as container:
        return [
            (float(frame.time or 0), int(frame.to_ndarray(format="gray").mean()))
            for frame in container.decode(video=0)
        ]


def sounds(data: bytes) -> list[tuple[float, int]]:
    """Time (s) and rate of each frame of sound."""
    with av.open(io.BytesIO(data), "r") as container:
        return [(float(frame.time or 0), frame.sample_rate) for frame in container.decode(audio=0)]


def through(converter: Converter, given: Clip) -> tuple[bytes, list[int], str]:
    """The whole that is made, the start of each chunk (µs) and the type."""
    converter.begin(given.init, given.mime)
    whole, starts, mime = b"", [], ""
    for fragment in given.fragments:
        made = converter.convert(fragment, T0)
        if made.init:
            whole, mime = whole + made.init, made.mime
        for chunk in made.chunks:
            whole += chunk.data
            starts.append(chunk.start_us)
    return whole, starts, mime


def test_h265_becomes_h264_with_every_picture_at_its_time(h265: Clip) -> None:
    whole, starts, mime = through(Converter(), h265)
    assert mime.startswith('video/mp4; codecs="avc1.') and mime.endswith(',mp4a.40.2"')
    before, after = shades(h265.init + b"".join(h265.fragments)), shades(whole)
    assert len(after) == len(before) == 3 * FPS
    assert all(abs(a - b) < 6 for (_, a), (_, b) in zip(after, before, strict=True))
    shift = before[0][0] - after[0][0]
    assert all(abs(b - a - shift) < 0.002 for (a, _), (b, _) in zip(after, before, strict=True))
    assert starts == sorted(starts) and abs(starts[0] - T0 - before[0][0] * 1e6) < 2000
    assert len(sounds(whole)) > 30


def test_only_the_first_fragment_needs_an_init_segment_and_each_begins_with_a_key_frame(h265: Clip) -> None:
    converter = Converter()
    converter.begin(h265.init)
    made = [converter.convert(fragment, T0) for fragment in h265.fragments]
    assert [bool(one.init) for one in made] == [True, False, False]
    assert all(one.chunks[0].key for one in made)


def test_a_fragment_by_itself_keeps_the_media_time_of_the_recording(h265: Clip) -> None:
    inits, times = set(), []
    for fragment in h265.fragments:
        converter = Converter(base_us=T0)
        converter.begin(h265.init)
        made = converter.convert(fragment, T0, last=True)
        inits.add(made.init)
        times += shades(made.init + b"".join(chunk.data for chunk in made.chunks))
    assert len(inits) == 1  # so that a browser need not begin anew with each
    before = shades(h265.init + b"".join(h265.fragments))
    assert len(times) == len(before)
    assert all(abs(a - b) < 0.002 for (a, _), (b, _) in zip(times, before, strict=True))


def test_g711_becomes_aac_beside_the_very_same_pictures(g711: Clip) -> None:
    whole, _, mime = through(Remixer(), g711)
    assert mime == 'video/mp4; codecs="avc1.42c00c,mp4a.40.2"'
    assert shades(whole) == shades(g711.init + b"".join(g711.fragments))
    heard = sounds(whole)
    assert {rate for _, rate in heard} == {8000}
    # AAC frames are 128 ms long here: at most one of them is still on its way.
    assert 2.7 < len(heard) * 1024 / 8000 <= 3.1


def test_a_large_picture_is_made_smaller_so_that_a_slot_keeps_up() -> None:
    large = clip(video="h265", sound="aac", seconds=1, width=1920, height=1080)
    converter = Converter()
    converter.begin(large.init)
    made = converter.convert(large.fragments[0], T0)
    with av.open(io.BytesIO(made.init + made.chunks[0].data), "r") as container:
        frame = next(container.decode(video=0))
        assert (frame.width, frame.height) == (1280, 720)


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 4000))
def test_bytes_that_are_no_fragment_raise_one_error_and_nothing_else(noise: bytes, cut: int) -> None:
    good = _GOOD
    for converter in (Converter(), Remixer()):
        converter.begin(good.init, good.mime)
        for data in (noise, good.fragments[0][:cut] + noise):
            with contextlib.suppress(CannotConvert):
                converter.convert(data, T0)


_GOOD = clip(video="h264", sound="aac", seconds=1)
