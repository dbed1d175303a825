"""From a camera to files, over a real connection."""

import asyncio
import io
from itertools import pairwise

import av
import pytest

from tests.media.camera.clip import clip
from tests.media.camera.packets import schedule
from tests.media.camera.recording import Counter, record
from tests.media.camera.server import Camera, sender_report, serving
from tests.media.camera.sinks import Frames, Segments
from thienly.media.fragmenter import Fragmenter
from thienly.media.frames import SourceError
from thienly.rules.problems import Problem


async def test_every_frame_arrives_bit_exact() -> None:
    frames, source = Frames(), clip()
    async with serving(Camera()) as camera:
        await record(camera, frames, lambda: len(frames.video) == len(source.pictures))
    assert [data for _, _, data in frames.video] == [picture.stored for picture in source.pictures]
    assert [key for _, key, _ in frames.video] == [picture.key for picture in source.pictures]
    steps = [b[0] - a[0] for a, b in pairwise(frames.video)]
    assert set(steps) == {3600}, "the timestamps wrapped at 2^32 and were unwrapped"
    assert frames.lost == 0
    assert b"".join(data for _, _, data in frames.audio) in b"".join(source.sounds)
    assert len(frames.audio) >= len(source.sounds) - 3, (
        "only sounds from before the first picture are left out"
    )
    assert camera.requests[:4] == ["OPTIONS", "DESCRIBE", "SETUP", "SETUP"]
    assert camera.requests[-1] == "TEARDOWN"


async def test_what_is_recorded_decodes_whole_after_an_orderly_stop() -> None:
    segments, source = Segments(), clip()
    fragmenter = Fragmenter(segments)
    counter = Counter(fragmenter)
    async with serving(Camera(speed=2)) as camera:
        await record(camera, counter, lambda: counter.video == len(source.pictures))
    fragmenter.finish()
    with av.open(io.BytesIO(bytes(segments.files[0]))) as container:
        video = container.streams.video[0]
        assert (video.width, video.height) == (source.width, source.height)
        pts = [frame.pts for frame in container.decode(video=0)]
    assert len(pts) == len(source.pictures)
    assert pts == sorted(set(pts))
    with av.open(io.BytesIO(bytes(segments.files[0]))) as container:
        assert sum(1 for _ in container.decode(audio=0)) >= len(source.sounds) - 3


async def test_a_camera_without_parameter_sets_in_its_description_is_recorded() -> None:
    frames = Frames()
    async with serving(Camera(sprop=False)) as camera:
        await record(camera, frames, lambda: len(frames.video) == 50)
    assert (frames.tracks[0].video.sps, frames.tracks[0].video.pps) == (clip().sps, clip().pps)


async def test_audio_is_not_even_asked_for_where_it_may_not_be_recorded() -> None:
    frames = Frames()
    async with serving(Camera()) as camera:
        await record(camera, frames, lambda: len(frames.video) == 50, audio=False)
    assert frames.tracks[0].audio is None
    assert not frames.audio
    assert camera.requests.count("SETUP") == 1


async def test_a_camera_that_refuses_its_audio_is_recorded_without() -> None:
    frames = Frames()
    async with serving(Camera(refused_control="trackID=1")) as camera:
        await record(camera, frames, lambda: len(frames.video) == 50)
    assert frames.tracks[0].audio is None
    assert not frames.audio


async def test_a_changed_picture_size_is_announced_before_its_first_frame() -> None:
    small, large = clip(), clip(width=320, height=180)

    async def play(camera, writer):  # type: ignore[no-untyped-def]
        for source, first in ((small, 0), (large, 180_000)):
            for _, data in schedule(source, first_ts=first, audio=False):
                writer.write(data)
        await writer.drain()

    segments = Segments()
    fragmenter = Fragmenter(segments)
    counter = Counter(fragmenter)
    # The second clip's packet numbers begin anew: a loss between frames, by which nothing is dropped.
    async with serving(Camera(play=play, audio=False)) as camera:
        await record(camera, counter, lambda: counter.video == 100)
    fragmenter.finish()
    assert [reason for _, reason in segments.starts] == ["first", "tracks"]
    assert [(t.video.width, t.video.height) for t in segments.tracks] == [(160, 90), (320, 180)]
    for data in segments.files:
        with av.open(io.BytesIO(bytes(data))) as container:
            assert sum(1 for _ in container.decode(video=0)) == 50


@pytest.mark.parametrize(
    ("scheme", "algorithm"),
    [("basic", ""), ("digest", "MD5"), ("digest", "SHA-256"), ("digest-legacy", "MD5")],
)
async def test_the_right_password_opens(scheme: str, algorithm: str) -> None:
    frames = Frames()
    camera = Camera(username="quay", password='m"ật\\ khẩu', scheme=scheme, algorithm=algorithm)
    async with serving(camera):
        await record(camera, frames, lambda: len(frames.video) > 5)
    assert len(frames.video) > 5


@pytest.mark.parametrize("scheme", ["basic", "digest", "digest-legacy"])
@pytest.mark.parametrize("password", ["wrong-secret", ""])
async def test_the_wrong_password_is_refused_and_not_repeated(scheme: str, password: str) -> None:
    camera = Camera(username="quay", password="right-secret", scheme=scheme)
    async with serving(camera):
        with pytest.raises(SourceError) as caught:
            await record(camera, Frames(), lambda: False, user="quay", password=password)
    assert caught.value.problem is Problem.AUTH_FAILED
    assert "secret" not in f"{caught.value!r} {caught.value.detail}"
    assert sum(head.startswith("DESCRIBE") for head in camera.heads) == 2


async def test_a_stale_nonce_is_renewed() -> None:
    camera = Camera(username="quay", password="secret", stale_every=2)
    frames = Frames()
    async with serving(camera):
        await record(camera, frames, lambda: len(frames.video) > 5)
    assert len(frames.video) > 5


async def test_credentials_inside_the_address_are_used_and_never_sent_in_it() -> None:
    camera = Camera(username="quay", password="p@ss")
    frames = Frames()
    async with serving(camera):
        url = camera.url.replace("127.0.0.1", "quay:p%40ss@127.0.0.1")
        await record(camera, frames, lambda: len(frames.video) > 5, url=url, user="", password="")
    assert len(frames.video) > 5
    assert not any("p%40ss" in head or "p@ss" in head for head in camera.heads)


@pytest.mark.parametrize(
    "controls", [("trackID=0", "trackID=1"), ("rtsp://127.0.0.1/x/v", "rtsp://127.0.0.1/x/a")]
)
@pytest.mark.parametrize("base", ["", "rtsp://127.0.0.1/base/"])
async def test_tracks_are_asked_for_where_the_description_says(controls: tuple[str, str], base: str) -> None:
    camera = Camera(controls=controls, base=base)
    frames = Frames()
    async with serving(camera):
        await record(camera, frames, lambda: len(frames.video) > 5)
    asked = [head.split()[1] for head in camera.heads if head.startswith("SETUP")]
    root = base or f"{camera.url}/"
    assert asked == [control if "://" in control else root + control for control in controls]


async def test_the_channels_that_the_camera_chooses_are_used() -> None:
    frames = Frames()
    # The test camera sends on 0 and 2 whatever it says, so what it says must decide.
    async with serving(Camera(channels=("2-3", "0-1"))) as camera:
        await record(camera, frames, lambda: bool(frames.video or camera.requests[-1:] == ["PLAY"]))
        await asyncio.sleep(0.2)
    assert not frames.video


async def test_the_session_is_kept_alive_within_its_timeout() -> None:
    frames = Frames()
    async with serving(Camera(speed=0.5, session="abc;timeout=3")) as camera:
        await record(camera, frames, lambda: "GET_PARAMETER" in camera.requests)
    assert "Session: abc\r\n" in next(head for head in camera.heads if head.startswith("GET_PARAMETER"))


async def test_the_cameras_clock_is_reported() -> None:
    async def play(camera, writer):  # type: ignore[no-untyped-def]
        writer.write(sender_report(1, 1_700_000_000_250_000, 4242))
        for _, data in schedule(camera.clip):
            writer.write(data)

    frames = Frames()
    async with serving(Camera(play=play)) as camera:
        await record(camera, frames, lambda: len(frames.video) == 50)
    track, ts, camera_us = frames.clocks[0]
    assert (track, ts) == ("video", 4242)
    assert abs(camera_us - 1_700_000_000_250_000) <= 1


async def test_an_error_in_a_sink_ends_only_its_own_stream() -> None:
    class Broken(Frames):
        def on_video(self, ts, key, size, parts):  # type: ignore[no-untyped-def]
            raise RuntimeError("bug")

    healthy = Frames()
    async with serving(Camera()) as camera:
        broken = asyncio.create_task(record(camera, Broken(), lambda: False))
        await record(camera, healthy, lambda: len(healthy.video) == 50)
        with pytest.raises(RuntimeError, match="bug"):
            await broken
