"""Cameras of other codecs behind an RTSP server that was not written here, recorded by our client."""

import asyncio
import os
import select
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import av
import pytest

from tests.media.camera.readers import ffmpeg_decodes, ffprobe
from tests.media.camera.recording import Counter
from tests.media.camera.sinks import Segments
from thienly.media.fragmenter import Fragmenter
from thienly.media.frames import SourceError
from thienly.media.rtsp import record_stream
from thienly.media.sources.origin import Origin
from thienly.rules.problems import Problem

_PYTHON = "/usr/bin/python3"  # Debian's: it has the bindings
_PATIENCE_S = 30
_PICTURES = 110


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Of the server while the tests of this module run; skips them without GStreamer."""
    folder = tmp_path_factory.mktemp("gst")
    if subprocess.run([_PYTHON, "-c", "import gi"], capture_output=True, check=False).returncode:
        pytest.skip("GStreamer's bindings are not installed")
    environment = {**os.environ, "GST_REGISTRY": str(folder / "gst-registry.bin")}
    with (folder / "gst.log").open("wb") as log:
        process = subprocess.Popen(
            [_PYTHON, str(Path(__file__).with_name("gst_codecs.py"))],
            stdout=subprocess.PIPE,
            stderr=log,
            env=environment,
        )
    try:
        assert process.stdout is not None
        ready, _, _ = select.select([process.stdout], [], [], _PATIENCE_S)
        line = process.stdout.readline() if ready else b""
        if not line.strip().isdigit():
            raise RuntimeError((folder / "gst.log").read_text(encoding="utf-8", errors="replace"))
        yield int(line)
    finally:
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()


async def recorded(url: str) -> Segments:
    """A few GOPs of the camera."""
    segments = Segments()
    fragmenter = Fragmenter(segments)
    counter = Counter(fragmenter)
    async with asyncio.timeout(_PATIENCE_S):
        task = asyncio.create_task(record_stream(Origin(url, allow_local=True), counter))
        while counter.video < _PICTURES and not task.done():  # noqa: ASYNC110 - frames come from a socket
            await asyncio.sleep(0.05)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            pass
        except SourceError as error:
            # This server counts TEARDOWN of a live pipeline slowly; what was recorded is what counts.
            assert error.problem in (Problem.CLOSED, Problem.TIMEOUT)
            assert counter.video >= _PICTURES
    fragmenter.finish()
    assert fragmenter.lost == 0
    return segments


@pytest.mark.parametrize(
    ("path", "names", "rate"),
    [
        ("h265-alaw", ["hevc", "pcm_alaw"], 8_000),
        ("h264-opus", ["h264", "opus"], 48_000),
        ("h264-latm", ["h264", "aac"], 16_000),
        ("h265-ulaw", ["hevc", "pcm_mulaw"], 8_000),
    ],
)
async def test_a_camera_behind_gstreamer_is_recorded_whole(
    port: int, tmp_path: Path, path: str, names: list[str], rate: int
) -> None:
    segments = await recorded(f"rtsp://127.0.0.1:{port}/{path}")
    assert len(segments.files) == 1, "repeated parameter sets are no change"
    file = tmp_path / "segment.mp4"
    file.write_bytes(bytes(segments.files[0]))
    found = await asyncio.to_thread(ffprobe, file)
    assert [stream["codec_name"] for stream in found["streams"]] == names
    pictures = [packet for packet in found["packets"] if packet["codec_type"] == "video"]
    decoding = [int(packet["dts"]) for packet in pictures]
    assert decoding == sorted(set(decoding))
    with av.open(str(file)) as container:
        times = [float(frame.pts * frame.time_base) for frame in container.decode(video=0)]
    assert len(times) == len(pictures) >= _PICTURES
    # Its clock is not ours, so a GOP's drift is taken up by single frames; and at the end the B-frames of the
    # last picture may still have been under way.
    steps = [after - before for before, after in pairwise(times[:-4])]
    assert steps == pytest.approx([0.04] * len(steps), abs=0.02)
    if path in ("h265-alaw", "h264-opus"):
        assert any(packet["pts"] != packet["dts"] for packet in pictures), "it has B-frames"
    with av.open(str(file)) as container:
        heard = sum(frame.samples for frame in container.decode(audio=0)) / rate
    assert heard == pytest.approx(times[-1] - times[0], abs=1.0)
    await asyncio.to_thread(ffmpeg_decodes, file)
