"""B-frames: pictures that come in another order than they are shown."""

import io
from itertools import pairwise
from pathlib import Path

import av
import pytest

from tests.media.camera.clip import FPS, Codec, clip
from tests.media.camera.fragmenting import FRAME_US, Bench, mux
from tests.media.camera.readers import ffmpeg_decodes, ffprobe
from tests.media.camera.sinks import Segments
from thienly.media.frames import Chunk
from thienly.media.mp4.reader import scan


def steps(times: list[float]) -> list[float]:
    return [round(after - before, 3) for before, after in pairwise(times)]


def decoded(data: bytes) -> list[float]:
    with av.open(io.BytesIO(data)) as container:
        return [float(frame.pts * frame.time_base) for frame in container.decode(video=0)]


@pytest.mark.parametrize("codec", ["h264", "h265"])
def test_the_time_of_a_fragment_is_that_of_its_first_picture(codec: Codec) -> None:
    sink = mux(clip(codec=codec, bframes=3, frames=100, profile="main"))
    assert [fragment.frames for fragment in sink.fragments] == [25] * 4
    for before, after in pairwise(sink.fragments):
        assert after.start_us == before.start_us + before.duration_us
        assert after.start_us - before.start_us == pytest.approx(25 * FRAME_US, abs=2000)


def test_pictures_shown_before_their_key_frame_do_not_overlap_the_gop_before(tmp_path: Path) -> None:
    """An open GOP: two pictures follow the CRA picture in the stream and are shown before it."""
    source = clip(codec="h265", gop=27, frames=135, bframes=3, open_gop=True)
    at = next(index for index, picture in enumerate(source.pictures) if index and picture.key)
    assert source.shown[at + 1] < source.shown[at], "the clip has leading pictures"
    sink = mux(source)
    path = tmp_path / "segment.mp4"
    path.write_bytes(bytes(sink.files[0]))
    packets = ffprobe(path)["packets"]
    decoding = [int(packet["dts"]) for packet in packets]
    assert decoding == sorted(set(decoding))
    assert len({packet["pts"] for packet in packets}) == 135
    assert set(steps(decoded(path.read_bytes()))) <= {0.039, 0.04}
    ffmpeg_decodes(path)
    for before, after in pairwise(sink.fragments):
        assert after.start_us == before.start_us + before.duration_us
    assert sum(fragment.frames for fragment in sink.fragments) == 135


def live_bytes(sink: Segments, chunks: list[Chunk]) -> bytes:
    whole = bytes(sink.files[0])
    init = whole[: scan(io.BytesIO(whole)).fragments[0].offset]
    return init + b"".join(chunk.data for chunk in chunks)


@pytest.mark.parametrize(
    ("codec", "gop", "open_gop"), [("h264", 25, False), ("h265", 25, False), ("h265", 27, True)]
)
def test_live_chunks_hold_every_picture_once_and_go_out_while_the_gop_is_open(
    codec: Codec, gop: int, open_gop: bool
) -> None:
    source = clip(codec=codec, gop=gop, frames=4 * gop, bframes=3, open_gop=open_gop, profile="main")
    sink = mux(source, live=True)
    chunks = sink.chunks
    assert max(chunk.duration_us for chunk in chunks) <= 5 * FRAME_US
    assert [chunk.key for chunk in chunks].count(True) == 4
    times = decoded(live_bytes(sink, chunks))
    assert len(times) == len(source.pictures)
    assert set(steps(times)) <= {0.039, 0.04, 0.041}
    for before, after in pairwise(chunks):
        assert after.start_us == pytest.approx(before.start_us + before.duration_us, abs=2000)


def test_a_new_viewer_gets_the_pictures_that_are_without_a_hole_and_then_the_rest() -> None:
    source = clip(bframes=3, frames=100, profile="main")
    bench = Bench(source)
    first: list[Chunk] = []
    for index, (picture, shown) in enumerate(zip(source.pictures, source.shown, strict=True)):
        if index == 60:
            first = bench.fragmenter.current_gop()
            bench.sink.live = True
        data = picture.stored
        bench.fragmenter.on_video(1_000_000 + shown * 3600, picture.key, len(data), [data])
        bench.wait(FRAME_US)
    bench.fragmenter.finish()
    assert first[0].key
    times = decoded(live_bytes(bench.sink, [*first, *bench.sink.chunks]))
    assert len(times) == 50
    assert steps(times) == pytest.approx([1 / FPS] * 49, abs=0.002)
