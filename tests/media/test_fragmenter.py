"""Where segments and fragments begin and end, and what time it is."""

import io
from itertools import pairwise

import av
import pytest

from tests.media.camera.clip import FPS, clip
from tests.media.camera.fragmenting import FRAME_US, START_US, Bench, tracks_of
from thienly.media.frames import SourceError
from thienly.media.mp4.reader import scan
from thienly.rules.problems import Problem

GOP_US = 25 * FRAME_US


def decoded(data: bytes) -> list[float]:
    """Presentation times in seconds of all pictures, decoded."""
    with av.open(io.BytesIO(data)) as container:
        return [float(frame.pts * frame.time_base) for frame in container.decode(video=0)]


def test_a_fragment_is_a_gop_and_its_time_is_the_servers() -> None:
    bench = Bench(clip())
    bench.play(101)
    assert [fragment.frames for fragment in bench.sink.fragments] == [25, 25, 25, 25]
    assert bench.starts == [START_US + index * GOP_US for index in range(4)]
    assert set(bench.holes()) == {0}


def test_the_open_gop_is_not_lost_at_the_end() -> None:
    bench = Bench(clip())
    bench.play(37)
    bench.fragmenter.finish()
    assert [fragment.frames for fragment in bench.sink.fragments] == [25, 12]
    assert bench.sink.fragments[1].duration_us == pytest.approx(12 * FRAME_US, abs=2)
    bench.fragmenter.finish()
    assert len(bench.sink.fragments) == 2


def test_the_stored_bytes_are_the_cameras_bytes() -> None:
    bench = Bench(clip())
    bench.play(50)
    bench.fragmenter.finish()
    with av.open(io.BytesIO(bytes(bench.sink.files[0]))) as container:
        stored = [bytes(packet) for packet in container.demux(video=0) if packet.size]
    assert stored == [picture.stored for picture in clip().pictures]


def test_a_segment_rolls_at_the_first_key_frame_after_its_time() -> None:
    bench = Bench(clip(), segment_us=2_500_000)
    bench.play(200)
    bench.fragmenter.finish()
    assert [reason for _, reason in bench.sink.starts] == ["first", "duration", "duration"]
    assert [start - START_US for start, _ in bench.sink.starts] == [0, 3 * GOP_US, 6 * GOP_US]
    assert sum(len(decoded(bytes(data))) for data in bench.sink.files) == 200
    assert all(scan(io.BytesIO(bytes(data))).fragments[0].start == 0 for data in bench.sink.files)


def test_media_time_plus_the_segments_start_is_the_servers_time() -> None:
    bench = Bench(clip())
    bench.play(500, ppm=300)
    bench.fragmenter.finish()
    info = scan(io.BytesIO(bytes(bench.sink.files[0])))
    assert info.complete
    for found, fragment in zip(info.fragments, bench.sink.fragments, strict=True):
        assert found.start * 1_000_000 // 90_000 == pytest.approx(fragment.start_us - START_US, abs=12)
        assert found.frames == fragment.frames


@pytest.mark.parametrize("ppm", [-400, -50, 50, 400])
def test_a_cameras_drift_makes_neither_gaps_nor_cuts(ppm: float) -> None:
    bench = Bench(clip(), segment_us=3_600_000_000)
    bench.play(FPS * 1200, ppm=ppm)
    bench.fragmenter.finish()
    assert len(bench.sink.starts) == 1
    assert set(bench.holes()) == {0}
    # Twenty minutes at 400 ppm are 480 ms; what is left is less than one GOP's drift.
    assert abs(bench.ends[-1] - bench.wall_us) < 5_000


def test_late_packets_do_not_bend_the_time() -> None:
    bench = Bench(clip())
    for index in range(400):
        bench.play(1, late_us=(index * 7919) % 80_000)
    bench.fragmenter.finish()
    errors = [start - START_US - index * GOP_US for index, start in enumerate(bench.starts)]
    assert max(map(abs, errors)) < 8_000, "the least late packet of a GOP counts, not the average"


@pytest.mark.parametrize("jump_s", [-40_000, -5, 5, 40_000])
def test_a_jump_of_the_cameras_clock_costs_no_cut_and_no_gap(jump_s: int) -> None:
    bench = Bench(clip())
    bench.play(60)
    bench.ts += jump_s * 90_000
    bench.play(65)
    bench.fragmenter.finish()
    assert len(bench.sink.starts) == 1
    assert set(bench.holes()) == {0}
    assert bench.ends[-1] == pytest.approx(bench.wall_us, abs=50_000)
    times = decoded(bytes(bench.sink.files[0]))
    assert len(times) == 125
    assert times == sorted(set(times))


@pytest.mark.parametrize("step_s", [-3600, -5, 5, 3600])
def test_a_step_of_the_servers_clock_begins_one_segment_and_says_so(step_s: int) -> None:
    bench = Bench(clip())
    bench.play(60)
    bench.wall_us += step_s * 1_000_000
    bench.play(100)
    bench.fragmenter.finish()
    assert [reason for _, reason in bench.sink.starts] == ["first", "clock"]
    assert bench.sink.starts[1][0] == START_US + step_s * 1_000_000 + 3 * GOP_US
    for data in bench.sink.files:
        times = decoded(bytes(data))
        assert times == sorted(set(times))


def test_a_camera_that_begins_with_a_burst_is_put_right_once() -> None:
    bench = Bench(clip())
    bench.play(50, step_us=0)
    for _ in range(100):
        bench.ts += 3600
        bench.play(1, step_us=0)
        bench.wait(FRAME_US)
    bench.fragmenter.finish()
    assert len(bench.sink.starts) <= 2


def test_a_pause_of_the_camera_is_a_hole_and_not_a_long_frame() -> None:
    bench = Bench(clip())
    bench.play(50)
    bench.wait(7_000_000)
    bench.ts += 7 * 90_000
    bench.play(25)
    bench.fragmenter.finish()
    assert bench.holes() == [0, pytest.approx(7_000_000, abs=FRAME_US)]
    assert len(bench.sink.starts) == 1


def test_a_camera_that_stood_still_without_counting_is_brought_up_to_date() -> None:
    bench = Bench(clip())
    bench.play(50)
    bench.wait(5_000_000)
    bench.play(FPS * 30)
    bench.fragmenter.finish()
    assert bench.ends[-1] == pytest.approx(bench.wall_us, abs=50_000)
    assert len(bench.sink.starts) == 1


def test_frames_held_back_by_the_network_keep_their_time() -> None:
    bench = Bench(clip())
    bench.play(50)
    bench.wait(6_000_000)
    for _ in range(150):  # six seconds of pictures arrive at one moment
        bench.play(1, step_us=0)
        bench.ts += 3600
    bench.play(100)
    bench.fragmenter.finish()
    assert set(bench.holes()) == {0}
    assert len(bench.sink.starts) == 1
    errors = [start - START_US - index * GOP_US for index, start in enumerate(bench.starts)]
    assert max(map(abs, errors)) < 8_000


def test_pictures_out_of_order_are_shown_in_order() -> None:
    source = clip(bframes=2, frames=50, profile="main")
    assert list(source.shown) != sorted(source.shown)
    bench = Bench(source)
    for picture, shown in zip(source.pictures, source.shown, strict=True):
        data = picture.stored
        bench.fragmenter.on_video(1_000_000 + shown * 3600, picture.key, len(data), [data])
        bench.wait(FRAME_US)
    bench.fragmenter.finish()
    times = decoded(bytes(bench.sink.files[0]))
    # Readers may shift all times alike, so that decoding never follows presentation.
    assert [time - times[0] for time in times] == pytest.approx(
        [index / FPS for index in range(50)], abs=0.001
    )


def test_new_parameter_sets_end_the_segment() -> None:
    bench = Bench(clip())
    bench.play(37)
    large = clip(width=320, height=180)
    bench.fragmenter.on_tracks(tracks_of(large, audio=False))
    bench.fragmenter.on_tracks(tracks_of(large, audio=False))
    bench.clip, bench.index = large, 0
    bench.play(25)
    bench.fragmenter.finish()
    assert [fragment.frames for fragment in bench.sink.fragments] == [25, 12, 25]
    assert [reason for _, reason in bench.sink.starts] == ["first", "tracks"]
    assert [len(decoded(bytes(data))) for data in bench.sink.files] == [37, 25]


def test_sound_is_even_and_in_step_with_the_picture() -> None:
    source = clip(frames=100)
    bench = Bench(source, audio=True, segment_us=1_500_000)
    sounds = 0
    for _ in range(100):
        while sounds * 64_000 <= bench.wall_us - START_US and sounds < len(source.sounds):
            unit = source.sounds[sounds]
            bench.fragmenter.on_audio(7_000 + sounds * 1024, [len(unit)], [unit])
            sounds += 1
        bench.play(1)
    bench.fragmenter.finish()
    kept = b""
    for data in bench.sink.files:
        with av.open(io.BytesIO(bytes(data))) as container:
            packets = [packet for packet in container.demux(audio=0) if packet.size]
        steps = {b.pts - a.pts for a, b in pairwise(packets) if a.pts is not None}
        assert steps == {1024}
        assert 0 <= (packets[0].pts or 0) <= 1600
        kept += b"".join(bytes(packet) for packet in packets)
    assert kept == b"".join(source.sounds[1:sounds]), (
        "only the sound from before the first picture is left out"
    )


def test_sound_follows_the_cameras_clock_where_it_is_reported() -> None:
    source = clip()
    bench = Bench(source, audio=True)
    camera_us = 1_900_000_000_000_000
    bench.fragmenter.on_clock("video", round(bench.ts), camera_us, bench.wall_us)
    bench.fragmenter.on_clock("audio", 5_000, camera_us, bench.wall_us)
    bench.play(10)
    # Half a second after the picture by the camera's clock, although it arrives 0.4 s after it.
    bench.fragmenter.on_audio(5_000 + 8_000, [len(source.sounds[0])], [source.sounds[0]])
    bench.play(10)
    bench.fragmenter.finish()
    with av.open(io.BytesIO(bytes(bench.sink.files[0]))) as container:
        first = next(packet for packet in container.demux(audio=0) if packet.size)
    assert first.pts == pytest.approx(8_000, abs=2)
    assert bench.sink.fragments[0].camera_offset_us == camera_us - START_US


def test_a_gop_without_end_is_a_flood_and_what_came_is_kept() -> None:
    bench = Bench(clip())
    bench.play(1)
    big = bytes(4 << 20)
    with pytest.raises(SourceError) as caught:
        for index in range(100):
            bench.fragmenter.on_video(1_003_600 + index * 3600, False, len(big), [big])
    assert caught.value.problem is Problem.FLOOD
    assert len(bench.sink.fragments) == 1


def test_nothing_is_cut_into_chunks_while_nobody_watches() -> None:
    bench = Bench(clip())
    bench.play(60)
    assert bench.sink.chunks == []


def test_chunks_are_short_and_hold_every_frame_once() -> None:
    bench = Bench(clip(), live=True)
    bench.play(76)
    assert max(chunk.duration_us for chunk in bench.sink.chunks) <= 100_000
    assert [chunk.key for chunk in bench.sink.chunks].count(True) == 3
    init = bytes(bench.sink.files[0])[: scan(io.BytesIO(bytes(bench.sink.files[0]))).fragments[0].offset]
    live = init + b"".join(chunk.data for chunk in bench.sink.chunks)
    assert len(decoded(live)) >= 75
    assert decoded(live)[:75] == decoded(bytes(bench.sink.files[0]))[:75]


def test_a_new_viewer_gets_the_open_gop_at_once_and_then_its_continuation() -> None:
    bench = Bench(clip(), audio=True)
    for unit in clip().sounds[:1]:
        bench.fragmenter.on_audio(1000, [len(unit)], [unit])
    bench.play(36)
    bench.sink.live = True
    (first,) = bench.fragmenter.current_gop()
    assert first.key
    assert first.start_us == START_US + GOP_US
    bench.play(10)
    init = bytes(bench.sink.files[0])[: scan(io.BytesIO(bytes(bench.sink.files[0]))).fragments[0].offset]
    seen = decoded(init + first.data + b"".join(chunk.data for chunk in bench.sink.chunks))
    assert len(seen) == 21
    assert [round(b - a, 3) for a, b in pairwise(seen)] == [0.04] * 20
    (again,) = bench.fragmenter.current_gop()
    assert len(decoded(init + again.data)) == 21


def test_there_is_no_open_gop_before_the_first_picture() -> None:
    assert Bench(clip()).fragmenter.current_gop() == []
