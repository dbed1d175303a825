"""VLC's RTSP server: another one that was not written here, with other habits than GStreamer's.

It gives `Content-Base` without a slash at the end and controls that are absolute, sends by UDP alone (461 to
TCP), counts payload types from 96 in each track, splits pictures in its own way, and forgets who is silent.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from tests.media.camera.clip import Clip, clip
from tests.media.camera.fragmenting import mux
from tests.media.camera.readers import ffmpeg_decodes, ffprobe
from tests.media.camera.recording import Counter
from tests.media.camera.sinks import Frames, Segments
from tests.media.recorder.rig import recorder, rig, until
from tests.media.sources.servers import bytes_of, free_port
from tests.realcam.vlc import need_vlc, open_folder, serving
from thienly.bus.messages import CameraStatus, Gap, SegmentClosed
from thienly.media.fragmenter import Fragmenter
from thienly.media.frames import FrameSink, Part, SourceError, Tracks
from thienly.media.probe import probe
from thienly.media.rtsp import record_stream
from thienly.media.sources.origin import Origin, Transport
from thienly.rules.problems import Problem

_TIMES = 29
_PATIENCE_S = 60


def minute() -> Clip:
    """Two seconds of pictures again and again for 58 s, so that VLC need not begin anew meanwhile."""
    once = clip(profile="main")
    shown = tuple(at + 50 * turn for turn in range(_TIMES) for at in once.shown)
    return replace(once, pictures=once.pictures * _TIMES, shown=shown)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """With films for VLC to send: H.264 and AAC in a file of ours, H.265 and MP3 in another kind."""
    need_vlc()
    with open_folder() as folder:
        (folder / "h264.mp4").write_bytes(bytes(mux(minute(), "aac").files[0]))
        (folder / "h265.mkv").write_bytes(bytes_of("matroska", 30, "h265", "mp3"))
        for path in folder.iterdir():
            path.chmod(0o644)
        yield folder


@pytest.fixture(scope="module")
def port(folder: Path) -> Iterator[int]:
    """Of a VLC that sends H.264 and AAC, and forgets a session after 2 s of silence."""
    port = free_port()
    with serving(folder, folder / "h264.mp4", port, session_s=2):
        yield port


async def recorded(origin: Origin, sink: FrameSink, done: Callable[[], bool]) -> None:
    """Until `done()`. Raises SourceError."""
    async with asyncio.timeout(_PATIENCE_S):
        task = asyncio.create_task(record_stream(origin, sink))
        while not done() and not task.done():  # noqa: ASYNC110 - frames come from a socket
            await asyncio.sleep(0.05)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def at(port: int, transport: Transport) -> Origin:
    return Origin(f"rtsp://127.0.0.1:{port}/cam", allow_local=True, transport=transport)


async def test_what_comes_by_udp_is_whole_in_order_and_goes_on_for_longer_than_vlc_remembers(
    port: int, tmp_path: Path
) -> None:
    segments, frames = Segments(), Frames()
    fragmenter = Fragmenter(segments)

    class Both(Frames):
        def on_tracks(self, tracks: Tracks) -> None:
            fragmenter.on_tracks(tracks)

        def on_video(self, ts: int, key: bool, size: int, parts: list[Part]) -> None:
            frames.on_video(ts, key, size, parts)
            fragmenter.on_video(ts, key, size, parts)

        def on_audio(self, ts: int, sizes: list[int], parts: list[Part]) -> None:
            frames.on_audio(ts, sizes, parts)
            fragmenter.on_audio(ts, sizes, parts)

    both = Both()
    await recorded(at(port, "udp"), both, lambda: len(frames.video) >= 140)
    fragmenter.finish()
    assert both.lost == 0
    assert {track for track, _, _ in both.clocks} == {"video", "audio"}, "VLC reports its clock"
    order = {picture.nals[-1]: index for index, picture in enumerate(clip(profile="main").pictures)}
    seen = [index for _, _, data in frames.video for nal, index in order.items() if data.endswith(nal)]
    assert len(seen) == len(frames.video)
    assert seen == [(seen[0] + index) % 50 for index in range(len(seen))]
    await asyncio.to_thread(_whole, segments, tmp_path / "segment.mp4", ["h264", "aac"], len(frames.video))


async def test_h265_comes_too_and_sound_that_cannot_be_recorded_does_not_hinder_it(
    folder: Path, tmp_path: Path
) -> None:
    segments, port = Segments(), free_port()
    fragmenter = Fragmenter(segments)
    counter = Counter(fragmenter)
    with serving(folder, folder / "h265.mkv", port):
        found = await probe(at(port, "udp"), timeout_s=30)
        # VLC refuses TCP; UDP is tried then.
        await recorded(at(port, "auto"), counter, lambda: counter.video >= 20)
    fragmenter.finish()
    assert (found.ok, found.audio, found.audio_recordable) == (True, "MPA", False)
    assert fragmenter.lost == 0
    assert (segments.tracks[0].video.codec, segments.tracks[0].audio) == ("h265", None)
    file = tmp_path / "segment.mp4"
    await asyncio.to_thread(file.write_bytes, segments.files[0])
    await asyncio.to_thread(ffmpeg_decodes, file)


def _whole(segments: Segments, file: Path, names: list[str], pictures: int) -> None:
    assert len(segments.files) == 1, "repeated parameter sets are no change"
    file.write_bytes(bytes(segments.files[0]))
    found = ffprobe(file)
    assert [stream["codec_name"] for stream in found["streams"]] == names
    times = [float(packet["pts_time"]) for packet in found["packets"] if packet["codec_type"] == "video"]
    assert len(times) == pictures
    assert [b - a for a, b in pairwise(times)] == pytest.approx([0.04] * (pictures - 1), abs=0.02)
    heard = sum(1024 / 16_000 for packet in found["packets"] if packet["codec_type"] == "audio")
    assert heard == pytest.approx(times[-1] - times[0], abs=1.0)
    ffmpeg_decodes(file)


async def test_what_vlc_does_not_offer_is_told_and_the_form_can_say_what_it_is(port: int) -> None:
    with pytest.raises(SourceError) as caught:
        await recorded(at(port, "tcp"), Frames(), lambda: False)
    assert caught.value.problem is Problem.TRANSPORT_REFUSED
    with pytest.raises(SourceError) as caught:
        nowhere = Origin(f"rtsp://127.0.0.1:{port}/no", allow_local=True, transport="udp")
        await recorded(nowhere, Frames(), lambda: False)
    assert caught.value.problem is Problem.NOT_FOUND
    found = await probe(at(port, "auto"), timeout_s=30)
    assert (found.ok, found.codec, found.width, found.height) == (True, "h264", 160, 90)
    assert found.server.startswith("VLC/")
    assert found.audio_recordable


async def test_when_vlc_is_started_again_the_recorder_comes_back_and_the_hole_has_its_reason(
    folder: Path, tmp_path: Path
) -> None:
    port = free_port()
    where = {"url": f"rtsp://127.0.0.1:{port}/cam", "username": "", "sealed_password": ""}
    async with rig(tmp_path) as made, recorder(made):
        with serving(folder, folder / "h265.mkv", port):
            camera = await made.want(0, **where, transport="udp")
            await made.recording(camera, segments=1)
        await until(lambda: bool(made.of(Gap, camera)), "a gap")
        gap = made.of(Gap, camera)[0]
        before = len(made.of(SegmentClosed, camera))
        with serving(folder, folder / "h264.mp4", port):
            await made.recording(camera, segments=before + 1)
    # Killed, VLC takes its TCP connections along.
    assert gap.reason is Problem.CLOSED
    states = [(status.state, status.codec) for status in made.of(CameraStatus, camera)]
    assert ("recording", "h265") in states and ("recording", "h264") in states
    closed = made.of(SegmentClosed, camera)
    assert made.uncovered(camera, closed[0].start_us, closed[-1].end_us) == 0
