"""Whatever comes is taken, counted or refused: no other error, and no memory without bound.

The corpus is damaged by hypothesis; `corpus.py` says how it is made and how a find is added.
"""

import io
from functools import partial
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.media.camera.clip import Sound, clip
from tests.media.camera.fragmenting import sound_track, tracks_of
from tests.media.camera.packets import Packetiser, interleave
from tests.media.camera.sinks import Segments
from tests.media.fuzz.corpus import read, segments
from tests.media.fuzz.mutation import damaged, disordered
from thienly.media.codecs import aac, h264, h265, sound
from thienly.media.fragmenter import Fragmenter
from thienly.media.frames import Part, SourceError, Tracks, VideoTrack
from thienly.media.mp4.mime import mime_of
from thienly.media.mp4.reader import scan
from thienly.media.rtp.aac import AacDepacketiser, HeaderWidths
from thienly.media.rtp.h264 import H264Depacketiser
from thienly.media.rtp.h265 import H265Depacketiser
from thienly.media.rtp.sound import SoundDepacketiser
from thienly.rules.problems import Problem

Video = Literal["h264", "h265"]
DEPACKETISERS = {"h264": H264Depacketiser, "h265": H265Depacketiser}


class Recording:
    """Everything behind the depacketisers: what they let through must be something that can be muxed."""

    def __init__(self) -> None:
        self.sink = Segments()
        self.fragmenter = Fragmenter(self.sink)
        self.bytes = 0

    def on_parameters(self, track: VideoTrack) -> None:
        assert 0 < track.width <= 16384
        assert 0 < track.height <= 16384
        self.fragmenter.on_tracks(Tracks(track, sound_track("pcma")))

    def on_video(self, ts: int, key: bool, size: int, parts: list[Part]) -> None:
        assert sum(map(len, parts)) == size
        self.bytes += size
        self.fragmenter.on_video(ts, key, size, parts)

    def on_audio(self, ts: int, sizes: list[int], parts: list[Part]) -> None:
        assert [len(part) for part in parts] == sizes
        self.bytes += sum(sizes)

    def on_lost(self, packets: int) -> None:
        assert 0 < packets <= 3000

    def check(self) -> None:
        """What was written can be read back."""
        self.fragmenter.finish()
        for file in self.sink.files:
            info = scan(io.BytesIO(bytes(file)))
            assert info.complete
            assert info.good_bytes == len(file)


def feed(depacketiser: H264Depacketiser | H265Depacketiser, packets: list[bytes]) -> None:
    """As a connection does, the short way included."""
    buffer = bytearray(b"".join(interleave(0, packet) for packet in packets))
    position, end = 0, len(buffer)
    while end - position >= 4:
        following = position + 4 + int.from_bytes(buffer[position + 2 : position + 4], "big")
        depacketiser.packet(buffer, position + 4, following)
        position, _ = depacketiser.interleaved(buffer, following, end, 0)
    assert position == end


@pytest.mark.parametrize("codec", ["h264", "h265"])
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_damaged_pictures_are_recorded_or_refused(codec: Video, data: st.DataObject) -> None:
    packets = data.draw(st.sampled_from(read(f"{codec}.rtp")))
    recording = Recording()
    try:
        feed(DEPACKETISERS[codec](recording), data.draw(disordered(packets)))
    except SourceError as error:
        assert error.problem in (Problem.UNSUPPORTED_CODEC, Problem.FLOOD)
    recording.check()
    assert recording.bytes <= 4 * sum(map(len, packets)) + 10_000


@pytest.mark.parametrize("codec", ["h264", "h265"])
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_damaged_parameter_sets_are_parsed_or_refused(codec: Video, data: st.DataObject) -> None:
    nals = [nal for sets in read(f"{codec}.sets") for nal in sets]
    nal = data.draw(damaged(data.draw(st.sampled_from(nals))))
    parsers = [h264.parse_sps, h264.pps_id] if codec == "h264" else [h265.parse_sps, h265.pps_id, h265.vps_id]
    for parse in parsers:
        try:
            found = parse(nal)
        except ValueError:
            continue
        if isinstance(found, h264.SequenceParameters | h265.SequenceParameters):
            assert 0 < found.width <= 16384
            assert 0 < found.height <= 16384
    recording = Recording()
    depacketiser = DEPACKETISERS[codec](recording)
    for packet in Packetiser().picture(clip(codec=codec).pictures[0], 0):
        depacketiser.packet(packet, 0, len(packet))
    # In front of a healthy picture it is taken for what it says, left out, or refused; either can be written.
    late = Packetiser(sequence=100)
    try:
        feed(depacketiser, [late.packet(3600, nal)] if len(nal) > 1 else [])
        feed(depacketiser, late.picture(clip(codec=codec).pictures[25], 3600))
    except SourceError as error:
        assert error.problem is Problem.UNSUPPORTED_CODEC
    recording.check()


@pytest.mark.parametrize("codec", ["aac", "pcma", "opus"])
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_damaged_sound_is_taken_or_counted(codec: Sound, data: st.DataObject) -> None:
    packets = data.draw(st.sampled_from(read(f"{codec}.rtp")))
    recording = Recording()
    if codec == "aac":
        widths = data.draw(st.sampled_from([HeaderWidths(), HeaderWidths(6, 2, 2), HeaderWidths(32, 32, 32)]))
        depacketiser: AacDepacketiser | SoundDepacketiser = AacDepacketiser(
            widths, recording.on_audio, recording.on_lost
        )
    else:
        check = partial(sound.samples, sound_track(codec))
        depacketiser = SoundDepacketiser(check, recording.on_audio, recording.on_lost)
    for packet in data.draw(disordered(packets)):
        depacketiser.packet(packet, 0, len(packet))
    assert recording.bytes <= 13 * (sum(map(len, packets)) + 1000)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=70))
def test_any_audio_configuration_is_parsed_or_refused(data: bytes) -> None:
    try:
        assert 1 <= aac.parse_config(data).channels <= 8
    except ValueError:
        return


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_a_damaged_segment_is_read_up_to_its_damage(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from(segments()))
    file = data.draw(damaged(whole))
    info = scan(io.BytesIO(file))
    assert 0 <= info.good_bytes <= len(file)
    assert all(f.offset + f.length <= len(file) for f in info.fragments)
    assert mime_of(info.init).startswith("video/mp4")
    assert mime_of(file[:2000]).startswith("video/mp4")


@pytest.mark.parametrize(
    ("codec", "payload"),
    [
        ("h264", b"\x67" + bytes(1300)),  # parameter sets and nothing else
        ("h264", b"\x7c\x05" + bytes(1300)),  # the middle of a picture that never began
        ("h264", b"\x78" + b"\0\1\x06" * 400),  # aggregates of the smallest NAL units
        ("h265", b"\x42\1" + bytes(1300)),
        ("h265", b"\x62\1\x13" + bytes(1300)),
        ("h265", b"\x60\1" + b"\0\3\x4e\1\0" * 260),
    ],
)
def test_a_camera_that_never_ends_a_frame_is_cut_off_before_it_fills_the_memory(
    codec: Video, payload: bytes
) -> None:
    packetiser, depacketiser = Packetiser(), DEPACKETISERS[codec](Recording())
    taken = 0
    with pytest.raises(SourceError) as caught:
        while taken < 64 << 20:
            packet = packetiser.packet(0, payload)
            depacketiser.packet(packet, 0, len(packet))
            taken += len(packet)
    assert caught.value.problem is Problem.FLOOD
    assert taken < 12 << 20


def test_pictures_that_are_held_back_are_bounded() -> None:
    """A camera that says forever that its next picture belongs before its key frame."""
    source = clip(codec="h265")
    sink = Segments()
    fragmenter = Fragmenter(sink)
    fragmenter.on_tracks(tracks_of(source, audio=False))
    big = bytes(1 << 20)
    fragmenter.on_video(90_000, True, 4, [big[:4]])
    fragmenter.on_video(86_400, False, 4, [big[:4]])  # B-frames are seen
    with pytest.raises(SourceError) as caught:
        for index in range(200):
            fragmenter.on_video(180_000 - index, index == 0, len(big), [big])
    assert caught.value.problem is Problem.FLOOD
    assert sum(map(len, sink.files)) < 40 << 20
