"""RTP packets to access units: every packing, every kind of damage."""

from struct import pack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.media.camera.clip import Clip, Picture, clip
from tests.media.camera.packets import Packetiser, fragments, interleave
from thienly.media.frames import Part, SourceError, VideoTrack
from thienly.media.rtp.h264 import H264Depacketiser
from thienly.rules.problems import Problem


class Got:
    """A FrameHandler that remembers."""

    def __init__(self) -> None:
        self.parameters: list[tuple[bytes, bytes]] = []
        self.frames: list[tuple[int, bool, bytes]] = []
        self.lost = 0

    def on_parameters(self, track: VideoTrack) -> None:
        self.parameters.append((track.sps, track.pps))

    def on_video(self, ts: int, key: bool, size: int, parts: list[Part]) -> None:
        data = b"".join(parts)
        assert len(data) == size
        self.frames.append((ts, key, data))

    def on_lost(self, packets: int) -> None:
        self.lost += packets


def feed(packets: list[bytes], *, sps: bytes = b"", pps: bytes = b"") -> Got:
    got = Got()
    depacketiser = H264Depacketiser(got, sps, pps)
    for packet in packets:
        buffer = bytearray(b"$\0\0\0" + packet + b"next")
        depacketiser.packet(buffer, 4, 4 + len(packet))
        buffer[:] = bytes(len(buffer))  # what is kept must have been copied
    return got


def packets_of(
    source: Clip, *, mtu: int = 300, aggregate: bool = False, count: int = 50
) -> list[list[bytes]]:
    packetiser = Packetiser(mtu=mtu)
    return [packetiser.picture(p, i * 3600, aggregate) for i, p in enumerate(source.pictures[:count])]


def feed_interleaved(packets: list[bytes], cut: int) -> Got:
    """As a connection does: many packets in a buffer, which is read in pieces of `cut` bytes."""
    got = Got()
    depacketiser = H264Depacketiser(got)
    stream = b"".join(interleave(4, packet) for packet in packets)
    carry, taken = b"", 0
    for at in range(0, len(stream), cut):
        buffer = bytearray(carry + stream[at : at + cut])
        end, position = len(buffer), 0
        while end - position >= 4:
            following = position + 4 + int.from_bytes(buffer[position + 2 : position + 4], "big")
            if following > end:
                break
            depacketiser.packet(buffer, position + 4, following)
            position, more = depacketiser.interleaved(buffer, following, end, 4)
            taken += 1 + more
        carry = bytes(buffer[position:])
    assert taken == len(packets)
    return got


def pictures(frame: bytes) -> tuple[bytes, ...]:
    """The slices of an access unit, without parameter sets and SEI."""
    found, position = [], 0
    while position < len(frame):
        size = int.from_bytes(frame[position : position + 4], "big")
        found.append(frame[position + 4 : position + 4 + size])
        position += 4 + size
    assert position == len(frame)
    return tuple(nal for nal in found if nal[0] & 31 <= 5)


def flat(packets: list[list[bytes]]) -> list[bytes]:
    return [packet for frame in packets for packet in frame]


def stored(source: Clip) -> list[bytes]:
    return [picture.stored for picture in source.pictures]


@pytest.mark.parametrize("mtu", [2, 60, 300, 1400, 60_000])
@pytest.mark.parametrize("aggregate", [False, True])
def test_every_packing_gives_the_same_bytes(mtu: int, aggregate: bool) -> None:
    got = feed(flat(packets_of(clip(), mtu=mtu, aggregate=aggregate)))
    assert [data for *_, data in got.frames] == stored(clip())
    assert [ts for ts, *_ in got.frames] == [i * 3600 for i in range(50)]
    assert got.parameters == [(clip().sps, clip().pps)]
    assert got.lost == 0


@pytest.mark.parametrize("cut", [500, 7919, 1 << 20])
@pytest.mark.parametrize("extended", [False, True])
def test_packets_in_one_buffer_give_the_same_bytes(cut: int, extended: bool) -> None:
    packets = flat(packets_of(clip(), mtu=100))
    if extended:  # an extension whose bytes look like the middle of a NAL unit
        middle = b"\x5c\x01\x00\x01\x5c\x01\x5c\x01"
        packets = [bytes((0x90,)) + packet[1:12] + middle + packet[12:] for packet in packets]
    got = feed_interleaved(packets, cut)
    assert [data for *_, data in got.frames] == stored(clip())
    assert got.lost == 0


def test_a_loss_inside_one_buffer_is_noticed() -> None:
    packets = packets_of(clip(), mtu=100)
    del packets[10][2]
    got = feed_interleaved(flat(packets), 1 << 20)
    assert [data for *_, data in got.frames] == stored(clip())[:10] + stored(clip())[25:]
    assert got.lost == 1


def test_headers_with_padding_extension_and_sources_are_understood() -> None:
    nal = clip().pictures[0].nals[-1][:200]
    plain = Packetiser().packet(0, nal, True)
    dressed = bytes((0xB2,)) + plain[1:12] + bytes(8) + b"\xbe\xde\0\1" + bytes(4) + plain[12:] + b"\0\0\3"
    got = feed([dressed], sps=clip().sps, pps=clip().pps)
    assert [data for *_, data in got.frames] == [len(nal).to_bytes(4, "big") + nal]


def test_frames_before_the_first_key_frame_are_left_out() -> None:
    packets = packets_of(clip())
    got = feed(flat(packets[10:]), sps=clip().sps, pps=clip().pps)
    assert got.frames[0][1]
    assert [data for *_, data in got.frames] == stored(clip())[25:]


@pytest.mark.parametrize("which", [0, 1, 2, -1])
def test_a_frame_with_a_missing_packet_is_dropped_with_all_that_need_it(which: int) -> None:
    packets = packets_of(clip(), mtu=100)
    assert len(packets[30]) > 4
    del packets[30][which]
    got = feed(flat(packets))
    assert got.lost == 1
    # The last packet's loss shows only in the next frame; nothing after it is shown until a key frame.
    assert [data for *_, data in got.frames] == stored(clip())[:30]


def test_recording_goes_on_with_the_next_key_frame() -> None:
    packets = packets_of(clip(), mtu=100)
    del packets[10][1]
    got = feed(flat(packets))
    assert [data for *_, data in got.frames] == stored(clip())[:10] + stored(clip())[25:]


def test_a_gap_between_frames_is_reported_and_nothing_is_dropped() -> None:
    packets = packets_of(clip(), mtu=100)
    missing = packets.pop(10)
    got = feed(flat(packets))
    assert got.lost == len(missing)
    assert len(got.frames) == 49


def test_a_camera_that_begins_its_numbers_anew_loses_no_frame() -> None:
    first, second = packets_of(clip()), packets_of(clip())
    got = feed(flat(first) + flat(second))
    assert len(got.frames) == 100
    assert got.lost == 1


def test_a_camera_that_forgets_the_marker_is_cut_at_the_timestamps() -> None:
    packets = [packet[:1] + bytes((packet[1] & 0x7F,)) + packet[2:] for packet in flat(packets_of(clip()))]
    got = feed(packets)
    assert [data for *_, data in got.frames] == stored(clip())[:-1]


def test_parameter_sets_with_a_marker_of_their_own_stay_with_their_picture() -> None:
    packetiser = Packetiser()
    picture = clip().pictures[0]
    packets = [packetiser.packet(0, nal, True) for nal in picture.nals[:-1]]
    packets += packetiser.picture(Picture(picture.nals[-1:]), 0)
    assert [data for *_, data in feed(packets).frames] == [picture.stored]


def test_new_parameter_sets_are_announced_once_and_stay_in_the_stream() -> None:
    large = clip(width=320, height=180)
    packetiser = Packetiser()
    pictures = clip().pictures + large.pictures + large.pictures
    got = feed([p for i, picture in enumerate(pictures) for p in packetiser.picture(picture, i * 3600)])
    assert got.parameters == [(clip().sps, clip().pps), (large.sps, large.pps)]
    assert large.sps in got.frames[50][2]


def test_alternating_picture_parameter_sets_are_no_change() -> None:
    packetiser = Packetiser()
    other = b"\x68" + bytes((0b01011000,)) + clip().pps[2:]  # id 1
    packets = []
    for index, picture in enumerate(clip().pictures):
        nals = (*picture.nals[:-1], other, picture.nals[-1]) if picture.key else picture.nals
        packets += packetiser.picture(Picture(nals), index * 3600)
    assert len(feed(packets).parameters) == 1


def test_parameter_sets_that_make_no_sense_are_left_out() -> None:
    packetiser = Packetiser()
    packets = [packetiser.packet(0, b"\x67\xff\xff\xff\xff\xff", False)]
    packets += packetiser.picture(clip().pictures[0], 0)
    assert feed(packets).parameters == [(clip().sps, clip().pps)]


@pytest.mark.parametrize("kind", [25, 26, 27, 29])
def test_the_interleaved_kinds_are_refused(kind: int) -> None:
    with pytest.raises(SourceError) as caught:
        feed([Packetiser().packet(0, bytes((kind,)) + bytes(20), True)])
    assert caught.value.problem is Problem.UNSUPPORTED_CODEC


def test_lying_aggregates_cost_their_frame_only() -> None:
    packets = packets_of(clip())
    header = packets[20][0][:12]
    packets[20] = [
        header[:1] + bytes((header[1] | 0x80,)) + header[2:] + b"\x78" + pack(">H", 5000) + bytes(30)
    ]
    assert [data for *_, data in feed(flat(packets)).frames][:20] == stored(clip())[:20]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 65535),
            st.integers(0, 3),
            st.booleans(),
            st.integers(0, 255),
            st.binary(max_size=40),
        ),
        max_size=60,
    )
)
def test_any_packets_raise_only_the_declared_error(packets: list[tuple[int, int, bool, int, bytes]]) -> None:
    data = [
        pack(">BBHII", 0x80 | sequence & 0x3F, marker << 7 | 96, sequence, ts * 3600, 1)
        + bytes((kind,))
        + body
        for sequence, ts, marker, kind, body in packets
    ]
    try:
        feed([*data, *(piece[: len(piece) % 17] for piece in data)])
    except SourceError as error:
        assert error.problem in (Problem.FLOOD, Problem.UNSUPPORTED_CODEC)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_whatever_is_lost_or_swapped_only_whole_pictures_come_out(data: st.DataObject) -> None:
    packets = flat(packets_of(clip(), mtu=150, count=40))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(packets) - 2))
        if data.draw(st.booleans()):
            del packets[at]
        else:
            packets[at], packets[at + 1] = packets[at + 1], packets[at]
    # A parameter set or SEI that is lost in front of a picture is reported, and costs no picture.
    whole = {pictures(frame) for frame in stored(clip())}
    assert all(pictures(frame) in whole for *_, frame in feed(packets).frames)


def test_fragments_of_the_helper_are_those_of_the_rfc() -> None:
    assert fragments(b"\x65abcdef", 3) == [b"\x7c\x85abc", b"\x7c\x45def"]
