"""Files of each codec, read by programs not written here: no warning, and every frame in its place."""

from itertools import pairwise
from pathlib import Path

import av
import pytest

from tests.media.camera.clip import Clip, Codec, Sound, clip
from tests.media.camera.fragmenting import mux, sound_track
from tests.media.camera.readers import ffmpeg_decodes, ffprobe, mpv_plays
from thienly.media.mp4.mime import mime_of
from thienly.media.mp4.reader import read_segment

NAMES = {
    "h264": "h264",
    "h265": "hevc",
    "aac": "aac",
    "pcma": "pcm_alaw",
    "pcmu": "pcm_mulaw",
    "opus": "opus",
}
MIME = {"aac": ",mp4a.40.2", "pcma": ",alaw", "pcmu": ",ulaw", "opus": ",opus", None: ""}
EVERY = [
    (codec, sound, bframes)
    for codec in ("h264", "h265")
    for sound, bframes in ((None, 3), ("aac", 0), ("pcma", 3), ("pcmu", 0), ("opus", 3))
]


def source(codec: Codec, bframes: int) -> Clip:
    return clip(codec=codec, bframes=bframes, profile="main")


@pytest.mark.parametrize(("codec", "sound", "bframes"), EVERY)
def test_ffmpeg_and_mpv_read_the_file_without_a_warning(
    tmp_path: Path, codec: Codec, sound: Sound | None, bframes: int
) -> None:
    path = tmp_path / "segment.mp4"
    sink = mux(source(codec, bframes), sound)
    path.write_bytes(bytes(sink.files[0]))
    found = ffprobe(path)
    assert [stream["codec_name"] for stream in found["streams"]] == [
        NAMES[codec],
        *([NAMES[sound]] if sound else []),
    ]
    packets = [packet for packet in found["packets"] if packet["codec_type"] == "video"]
    decoding = [int(packet["dts"]) for packet in packets]
    shown = sorted(int(packet["pts"]) for packet in packets)
    assert len(packets) == 50
    assert decoding == sorted(set(decoding))
    assert {b - a for a, b in pairwise(shown)} <= {*range(3500, 3700)}
    assert [packet["flags"][0] for packet in packets].count("K") == 2
    if sound:
        heard = [int(packet["pts"]) for packet in found["packets"] if packet["codec_type"] == "audio"]
        step = {"aac": 1024, "opus": 960}.get(sound, 160)
        assert {b - a for a, b in pairwise(heard)} == {step}
        assert len(heard) * step / sound_track(sound).sample_rate == pytest.approx(2.0, abs=0.15)
    ffmpeg_decodes(path)
    mpv_plays(path)


@pytest.mark.parametrize(("codec", "sound", "bframes"), EVERY)
def test_pyav_decodes_every_frame_and_the_bytes_are_the_cameras(
    tmp_path: Path, codec: Codec, sound: Sound | None, bframes: int
) -> None:
    clip_, path = source(codec, bframes), tmp_path / "segment.mp4"
    path.write_bytes(bytes(mux(clip_, sound).files[0]))
    with av.open(str(path)) as container:
        assert (container.streams.video[0].width, container.streams.video[0].height) == (160, 90)
        stored = [bytes(packet) for packet in container.demux(video=0) if packet.size]
    assert stored == [picture.stored for picture in clip_.pictures]
    with av.open(str(path)) as container:
        times = [float(frame.pts * frame.time_base) for frame in container.decode(video=0)]
    assert [time - times[0] for time in times] == pytest.approx([i / 25 for i in range(50)], abs=0.002)
    if sound:
        with av.open(str(path)) as container:
            heard = sum(frame.samples for frame in container.decode(audio=0))
        assert heard / sound_track(sound).sample_rate == pytest.approx(2.0, abs=0.15)


@pytest.mark.parametrize(("codec", "sound", "bframes"), EVERY)
def test_our_own_reader_finds_every_fragment_and_the_mime_type(
    tmp_path: Path, codec: Codec, sound: Sound | None, bframes: int
) -> None:
    path = tmp_path / "segment.mp4"
    sink = mux(source(codec, bframes), sound)
    path.write_bytes(bytes(sink.files[0]))
    info = read_segment(path)
    assert info.complete
    assert [fragment.frames for fragment in info.fragments] == [25, 25]
    assert mime_of(info.init) == sink.mime
    begin = 'video/mp4; codecs="' + ("avc1.4" if codec == "h264" else "hvc1.1.6.L")
    assert sink.mime.startswith(begin)
    assert sink.mime.endswith(MIME[sound] + '"')


def test_a_mime_type_is_made_of_any_bytes() -> None:
    init = mux(source("h265", 0), "aac").files[0]
    for cut in range(0, 1200, 7):
        damaged = bytes(init[:cut]) + b"\xff\0\0" + bytes(init[cut + 3 : 1200])
        assert mime_of(damaged).startswith('video/mp4; codecs="')
