"""RTMP, SRT and HTTP from real servers, through the same seam as RTSP."""

import asyncio
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from tempfile import NamedTemporaryFile

import av
import pytest

from tests.media.camera.readers import ffmpeg_decodes, ffprobe
from tests.media.camera.sinks import Frames, Segments
from tests.media.camera.tls import identity
from tests.media.sources.servers import FPS, Web, bytes_of, encoded, enhanced_flv, ffmpeg, free_port, web
from thienly.media.codecs import h265
from thienly.media.fragmenter import Fragmenter
from thienly.media.frames import FrameSink, Part, SourceError, Tracks
from thienly.media.probe import probe
from thienly.media.rtsp import Limits
from thienly.media.sources.origin import Origin
from thienly.media.sources.streams import record_origin
from thienly.media.trust import Trust
from thienly.rules.problems import Problem

LIMIT_S = 60


async def record(
    origin: Origin, sink: FrameSink, until: Callable[[], bool], limits: Limits | None = None
) -> None:
    """Until `until()` holds. Raises what the stream raises."""
    async with asyncio.timeout(LIMIT_S):
        task = asyncio.create_task(record_origin(origin, sink, limits=limits))
        while not until() and not task.done():  # noqa: ASYNC110 - any condition of a test
            await asyncio.sleep(0.02)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            return


async def record_soon(origin: Origin, sink: FrameSink, until: Callable[[], bool]) -> None:
    """As a recorder does: again while the server is not there yet."""
    for _ in range(40):
        try:
            await record(origin, sink, until)
        except SourceError as error:
            if error.problem not in (Problem.REFUSED, Problem.PROTOCOL, Problem.CLOSED, Problem.TIMEOUT):
                raise
            await asyncio.sleep(0.25)
        else:
            return
    raise AssertionError("the server never came")


@contextmanager
def serving(scheme: str, video: str, sound: str) -> Iterator[Origin]:
    port, codecs = free_port(), {"video": video, "sound": sound}
    if scheme == "srt":
        url = f"srt://127.0.0.1:{port}?streamid=cam1"
        server = ffmpeg(*encoded("mpegts", f"srt://127.0.0.1:{port}?mode=listener", **codecs))
    elif scheme == "rtmp":
        url = f"rtmp://127.0.0.1:{port}/live/cam1"
        server = ffmpeg(*encoded("flv", "-listen", "1", url, **codecs))
    else:
        url = f"http://127.0.0.1:{port}/cam1.ts"
        server = ffmpeg(*encoded("mpegts", "-listen", "1", url, **codecs))
    with server:
        yield Origin(url, allow_local=True)


class Both(Frames):
    """Remembers the frames and makes files of them."""

    def __init__(self) -> None:
        super().__init__()
        self.segments = Segments()
        self.fragmenter = Fragmenter(self.segments)

    def on_tracks(self, tracks: Tracks) -> None:
        super().on_tracks(tracks)
        self.fragmenter.on_tracks(tracks)

    def on_video(self, ts: int, key: bool, size: int, parts: list[Part]) -> None:
        super().on_video(ts, key, size, parts)
        self.fragmenter.on_video(ts, key, size, parts)

    def on_audio(self, ts: int, sizes: list[int], parts: list[Part]) -> None:
        super().on_audio(ts, sizes, parts)
        self.fragmenter.on_audio(ts, sizes, parts)

    def whole(self, video: str, sound: str) -> None:
        """Files that other programs read without a warning, every picture in its place."""
        self.fragmenter.finish()
        assert self.video[0][1], "it begins with a key frame"
        pictures = 0
        for track, data in zip(self.segments.tracks, self.segments.files, strict=True):
            assert (track.video.codec, track.video.width, track.video.height) == (video, 320, 180)
            assert track.audio is not None
            assert track.audio.codec == sound
            with NamedTemporaryFile(suffix=".mp4") as file:
                path = Path(file.name)
                path.write_bytes(data)
                ffprobe(path)
                ffmpeg_decodes(path)
            with av.open(io.BytesIO(bytes(data))) as container:
                times = [float(frame.time) for frame in container.decode(video=0) if frame.time is not None]
            pictures += len(times)
            # At the end, pictures that are shown before the last one may still have been under way.
            steps = [after - before for before, after in pairwise(times[:-4])]
            assert steps == pytest.approx([1 / FPS] * len(steps), abs=0.03)
            with av.open(io.BytesIO(bytes(data))) as container:
                heard = sum(frame.samples for frame in container.decode(audio=0)) / track.audio.sample_rate
            assert heard == pytest.approx(times[-1], abs=1.0)
        assert pictures == len(self.video)


@pytest.mark.parametrize(
    ("scheme", "video", "sound"),
    [
        ("http", "h265-b", "opus"),
        ("rtmp", "h264-b", "pcmu"),
        ("srt", "h265", "opus"),
    ],
)
async def test_a_stream_of_another_kind_is_recorded_and_decodes_whole(
    scheme: str, video: str, sound: str
) -> None:
    frames = Both()
    with serving(scheme, video, sound) as origin:
        await record_soon(origin, frames, lambda: len(frames.video) >= 3 * FPS)
    await asyncio.to_thread(frames.whole, video.removesuffix("-b"), sound)


CONTAINERS = [
    ("flv", "h264", "aac"),
    ("flv", "h264", "pcma"),
    ("matroska", "h264-b", "pcma"),
    ("matroska", "h265", "pcmu"),
    ("matroska", "h265-b", "aac"),
    ("matroska", "h264", "opus"),
]


async def test_containers_are_told_apart_by_their_bytes_and_read_whole() -> None:
    async def read(form: str, video: str, sound: str) -> Both:
        frames, device = Both(), Web(bytes_of(form, 2, video, sound), "application/octet-stream")
        device.chunked, device.seconds = True, 1.0
        async with web(device):
            origin = Origin(f"http://127.0.0.1:{device.port}/x", allow_local=True)
            with pytest.raises(SourceError) as caught:
                await record(origin, frames, lambda: False)
        assert caught.value.problem is Problem.CLOSED
        return frames

    read_all = await asyncio.gather(*(read(*one) for one in CONTAINERS))
    for frames, (_, video, sound) in zip(read_all, CONTAINERS, strict=True):
        assert len(frames.video) == 2 * FPS
        await asyncio.to_thread(frames.whole, video.removesuffix("-b"), sound)


async def test_a_stream_that_is_entered_in_the_middle_begins_with_what_can_be_decoded() -> None:
    """Of open GOPs: pictures that are shown before their key frame refer to what was not received."""
    frames, whole = Both(), bytes_of("mpegts", 4, "h265-open", "aac")
    async with web(Web(whole[len(whole) // 3 // 188 * 188 :], "video/mp2t")) as device:
        origin = Origin(f"http://127.0.0.1:{device.port}/", allow_local=True)
        await record(origin, frames, lambda: len(frames.video) >= 12)
    kinds = {data[4] >> 1 & 63 for _, _, data in frames.video[:9]}
    assert not kinds & {h265.RASL_N, h265.RASL_R}
    frames.fragmenter.finish()
    with NamedTemporaryFile(suffix=".mp4") as file:
        file.write(frames.segments.files[0])
        file.flush()
        await asyncio.to_thread(ffmpeg_decodes, Path(file.name))
    later = {data[4] >> 1 & 63 for _, _, data in frames.video[9:]}
    assert later & {h265.RASL_N, h265.RASL_R}, "those of the next key frame are there"


async def test_h265_over_rtmps_own_container_is_recorded_as_the_enhanced_form_has_it() -> None:
    frames = Frames()
    async with web(Web(enhanced_flv(4), "video/x-flv")) as device:
        origin = Origin(f"http://127.0.0.1:{device.port}/x.flv", allow_local=True)
        await record(origin, frames, lambda: len(frames.video) >= FPS)
    assert frames.tracks[0].video.codec == "h265"
    assert frames.video[0][1]


async def test_sound_that_cannot_be_recorded_is_named_and_does_not_hinder_the_picture() -> None:
    async with web(Web(bytes_of("mpegts", 4, "h265", "mp3"), "video/mp2t")) as device:
        origin = Origin(f"http://127.0.0.1:{device.port}/", allow_local=True)
        found = await probe(origin, timeout_s=30)
    assert (found.ok, found.codec, found.audio, found.audio_recordable) == (True, "h265", "MP3", False)


async def test_a_picture_that_cannot_be_recorded_is_refused_with_its_name() -> None:
    async with web(Web(bytes_of("matroska", 4, "mpeg4", "aac"), "video/x-matroska")) as device:
        found = await probe(Origin(f"http://127.0.0.1:{device.port}/", allow_local=True), timeout_s=30)
    assert (found.problem, found.detail) == (Problem.UNSUPPORTED_CODEC, "video is mpeg4")


async def test_audio_is_left_out_where_it_may_not_be_recorded() -> None:
    frames = Frames()
    async with web(Web(bytes_of("mpegts"), "video/mp2t")) as device:
        origin = Origin(f"http://127.0.0.1:{device.port}/", allow_local=True, audio=False)
        await record(origin, frames, lambda: len(frames.video) > 5)
    assert frames.tracks[0].audio is None
    assert not frames.audio


async def test_motion_jpeg_is_recorded_as_h264_with_a_key_every_two_seconds() -> None:
    frames = Frames()
    device = Web(bytes_of("mpjpeg"), "multipart/x-mixed-replace; boundary=ffmpeg")
    async with web(device):
        origin = Origin(f"http://127.0.0.1:{device.port}/mjpg/video.mjpg", allow_local=True)
        with pytest.raises(SourceError) as caught:
            await record(origin, frames, lambda: False)
    assert caught.value.problem is Problem.CLOSED
    assert len(frames.video) == 4 * FPS
    assert frames.tracks[0].video.codec == "h264"
    assert 2 <= sum(key for _, key, _ in frames.video) <= 4
    lasted = (frames.video[-1][0] - frames.video[0][0]) / 90_000
    assert 2 < lasted < 20, "the times are those of arrival"


async def test_trying_such_a_stream_describes_it() -> None:
    async with web(Web(bytes_of("mpegts"), "video/mp2t")) as device:
        found = await probe(Origin(f"http://127.0.0.1:{device.port}/", allow_local=True), timeout_s=30)
    assert (found.ok, found.codec, found.width, found.height) == (True, "h264", 320, 180)
    assert (found.audio, found.server) == ("AAC", "WebCam")


@pytest.mark.parametrize(
    ("status", "problem"),
    [
        ("301 Moved\r\nLocation: http://169.254.169.254/", Problem.PROTOCOL),
        ("302 Found\r\nLocation: rtsp://127.0.0.1/", Problem.PROTOCOL),
        ("401 Unauthorized", Problem.AUTH_FAILED),
        ("404 Not Found", Problem.NOT_FOUND),
        ("500 Oh", Problem.PROTOCOL),
    ],
)
async def test_answers_other_than_a_stream_are_told_apart_and_redirects_are_not_followed(
    status: str, problem: Problem
) -> None:
    device = Web(b"", "text/html")
    device.status = status
    async with web(device):
        with pytest.raises(SourceError) as caught:
            await record(
                Origin(f"http://127.0.0.1:{device.port}/", allow_local=True), Frames(), lambda: False
            )
    assert caught.value.problem is problem
    assert len(device.heads) == 1


@pytest.mark.parametrize("challenge", ['Basic realm="c"', 'Digest realm="c", nonce="n", qop="auth"'])
async def test_the_password_goes_only_to_who_asks_for_it(challenge: str) -> None:
    device = Web(b"", "text/html")
    device.status, device.headers = "401 Unauthorized", f"WWW-Authenticate: {challenge}\r\n"
    async with web(device):
        with pytest.raises(SourceError) as caught:
            origin = Origin(f"http://127.0.0.1:{device.port}/a?b=1", "quay", "secret", allow_local=True)
            await record(origin, Frames(), lambda: False)
    assert caught.value.problem is Problem.AUTH_FAILED
    assert ["Authorization" in head for head in device.heads] == [False, True]
    assert "secret" not in "".join(device.heads)


@pytest.mark.parametrize("url", ["http://{}/", "rtmp://{}/live/a", "srt://{}"])
@pytest.mark.parametrize("host", ["127.0.0.1:1", "169.254.169.254:80", "[::1]:80", "localhost:80"])
async def test_no_scheme_leads_to_this_machine_or_its_link(url: str, host: str) -> None:
    with pytest.raises(SourceError) as caught:
        await record(Origin(url.format(host)), Frames(), lambda: False)
    assert caught.value.problem is Problem.ADDRESS_REFUSED


@pytest.mark.parametrize(
    "url", ["file://host/etc/passwd", "concat:a|b", "data:,x", "pipe:0", "udp://0.0.0.0:1", "hls+http://h/"]
)
async def test_other_schemes_of_libav_are_no_addresses(url: str) -> None:
    with pytest.raises(SourceError) as caught:
        await record(Origin(url, allow_local=True), Frames(), lambda: False)
    assert caught.value.problem is Problem.BAD_URL


@pytest.mark.parametrize(
    "body",
    [
        b"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nfile:///etc/passwd\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"<html>" + b"x" * 5000,
        bytes(200_000),
        b"",
    ],
    ids=["playlist", "concat", "page", "zeros", "nothing"],
)
async def test_what_is_no_stream_is_a_protocol_error_and_opens_nothing_else(body: bytes) -> None:
    device = Web(body, "video/mp2t")
    device.seconds = 0.1
    async with web(device):
        with pytest.raises(SourceError) as caught:
            await record(
                Origin(f"http://127.0.0.1:{device.port}/", allow_local=True), Frames(), lambda: False
            )
    assert caught.value.problem in (Problem.PROTOCOL, Problem.CLOSED, Problem.NO_VIDEO)


async def test_a_stream_that_stops_is_a_stall_and_one_that_ends_is_closed() -> None:
    for stays, problem in ((True, Problem.STALLED), (False, Problem.CLOSED)):
        frames, device = Frames(), Web(bytes_of("mpegts"), "video/mp2t")
        device.stays, device.seconds = stays, 1.0
        async with web(device):
            with pytest.raises(SourceError) as caught:
                origin = Origin(f"http://127.0.0.1:{device.port}/", allow_local=True)
                await record(origin, frames, lambda: False, Limits(stall_s=2.0))
        assert caught.value.problem is problem
        assert len(frames.video) > 3 * FPS, "what came before was delivered"


async def test_a_stream_that_floods_is_ended_in_bounded_memory() -> None:
    device = Web(bytes_of("mpegts") * 50, "video/mp2t")
    device.seconds = 0.5
    async with web(device):
        with pytest.raises(SourceError) as caught:
            origin = Origin(f"http://127.0.0.1:{device.port}/", allow_local=True)
            await record(origin, Frames(), lambda: False, Limits(bytes_per_s=100_000))
    assert caught.value.problem is Problem.FLOOD


async def test_an_encrypted_stream_is_believed_by_its_fingerprint_alone(tmp_path) -> None:  # type: ignore[no-untyped-def]
    who, frames = identity("web"), Frames()
    device = Web(bytes_of("mpegts"), "video/mp2t")
    async with web(device, who.context(tmp_path)):
        origin = Origin(f"https://127.0.0.1:{device.port}/", allow_local=True)
        found = await probe(origin)
        assert found.problem is Problem.CERTIFICATE_UNTRUSTED
        assert found.certificate is not None
        assert found.certificate.fingerprint == who.fingerprint
        assert device.heads == []
        other = Origin(origin.url, allow_local=True, trust=Trust("0" * 64))
        assert (await probe(other)).problem is Problem.CERTIFICATE_CHANGED
        assert device.heads == []
        pinned = Origin(origin.url, allow_local=True, trust=Trust(who.fingerprint))
        await record(pinned, frames, lambda: len(frames.video) > 5)
    assert len(frames.video) > 5
