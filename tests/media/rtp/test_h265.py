"""H.265 packets to access units (RFC 7798): every packing, every kind of damage."""

from struct import pack

import pytest

from tests.media.camera.clip import Clip, Picture, clip
from tests.media.camera.packets import Packetiser, interleave
from thienly.media.codecs import h265
from thienly.media.frames import Part, SourceError, VideoTrack
from thienly.media.rtp.h265 import H265Depacketiser
from thienly.rules.problems import Problem


class Got:
    """A FrameHandler that remembers."""

    def __init__(self) -> None:
        self.tracks: list[VideoTrack] = []
        self.frames: list[tuple[int, bool, bytes]] = []
        self.lost = 0

    def on_parameters(self, track: VideoTrack) -> None:
        self.tracks.append(track)

    def on_video(self, ts: int, key: bool, size: int, parts: list[Part]) -> None:
        data = b"".join(parts)
        assert len(data) == size
        self.frames.append((ts, key, data))

    def on_lost(self, packets: int) -> None:
        self.lost += packets

    @property
    def stored(self) -> list[bytes]:
        return [data for *_, data in self.frames]


def feed(packets: list[bytes], *, sets: tuple[bytes, ...] = ()) -> Got:
    got = Got()
    depacketiser = H265Depacketiser(got, *sets)
    for packet in packets:
        buffer = bytearray(b"$\0\0\0" + packet + b"next")
        depacketiser.packet(buffer, 4, 4 + len(packet))
        buffer[:] = bytes(len(buffer))  # what is kept must have been copied
    return got


def packets_of(source: Clip, *, mtu: int = 300, aggregate: bool = False) -> list[list[bytes]]:
    packetiser = Packetiser(mtu=mtu)
    return [
        packetiser.picture(picture, shown * 3600, aggregate)
        for picture, shown in zip(source.pictures, source.shown, strict=True)
    ]


def flat(packets: list[list[bytes]]) -> list[bytes]:
    return [packet for frame in packets for packet in frame]


def stored(source: Clip) -> list[bytes]:
    return [picture.stored for picture in source.pictures]


PLAIN = clip(codec="h265")


@pytest.mark.parametrize("mtu", [2, 60, 300, 1400, 60_000])
@pytest.mark.parametrize("aggregate", [False, True])
def test_every_packing_gives_the_same_bytes(mtu: int, aggregate: bool) -> None:
    got = feed(flat(packets_of(PLAIN, mtu=mtu, aggregate=aggregate)))
    assert got.stored == stored(PLAIN)
    assert [key for _, key, _ in got.frames] == [picture.key for picture in PLAIN.pictures]
    assert [(t.codec, t.vps, t.sps, t.pps, t.width, t.height) for t in got.tracks] == [
        ("h265", PLAIN.vps, PLAIN.sps, PLAIN.pps, PLAIN.width, PLAIN.height)
    ]
    assert got.lost == 0


@pytest.mark.parametrize("cut", [500, 7919, 1 << 20])
def test_packets_in_one_buffer_give_the_same_bytes_by_the_short_way(cut: int) -> None:
    packets = flat(packets_of(PLAIN, mtu=100))
    got, carry, taken = Got(), b"", 0
    depacketiser = H265Depacketiser(got)
    stream = b"".join(interleave(4, packet) for packet in packets)
    for at in range(0, len(stream), cut):
        buffer = bytearray(carry + stream[at : at + cut])
        end, position = len(buffer), 0
        while end - position >= 4:
            following = position + 4 + int.from_bytes(buffer[position + 2 : position + 4], "big")
            if following > end:
                break
            depacketiser.packet(buffer, position + 4, following)
            position, more = depacketiser.interleaved(buffer, following, end, 4)
            taken += more
        carry = bytes(buffer[position:])
    assert got.stored == stored(PLAIN)
    assert taken > len(packets) / 2 or cut == 500, "most packets take the short way"


def test_parameter_sets_of_the_description_are_enough() -> None:
    packetiser = Packetiser()
    bare = [
        Picture(tuple(nal for nal in picture.nals if h265.kind_of(nal) <= h265.LAST_SLICE), "h265")
        for picture in PLAIN.pictures
    ]
    packets = [packet for i, picture in enumerate(bare) for packet in packetiser.picture(picture, i * 3600)]
    assert feed(packets).frames == []
    got = feed(packets, sets=(PLAIN.vps, PLAIN.sps, PLAIN.pps))
    assert len(got.frames) == 50
    assert got.tracks[0].sps == PLAIN.sps


def test_the_streams_own_parameter_sets_win_over_the_description() -> None:
    other = clip(codec="h265", width=320, height=180)
    got = feed(flat(packets_of(PLAIN)), sets=(other.vps, other.sps, other.pps))
    assert [(track.width, track.height) for track in got.tracks] == [(PLAIN.width, PLAIN.height)]


def test_new_parameter_sets_are_announced_before_their_picture() -> None:
    other = clip(codec="h265", width=320, height=180)
    packetiser = Packetiser()
    pictures = PLAIN.pictures + other.pictures
    packets = [
        packet for i, picture in enumerate(pictures) for packet in packetiser.picture(picture, i * 3600)
    ]
    got = feed(packets)
    assert [(track.width, track.height) for track in got.tracks] == [(160, 90), (320, 180)]


@pytest.mark.parametrize("which", [0, 1, 2, -1])
def test_a_frame_with_a_missing_packet_is_dropped_with_all_that_need_it(which: int) -> None:
    packets = packets_of(PLAIN, mtu=100)
    del packets[10][which]
    got = feed(flat(packets))
    assert got.lost == 1
    assert got.stored == stored(PLAIN)[:10] + stored(PLAIN)[25:]


def test_recording_begins_with_any_picture_that_decoding_can_begin_with() -> None:
    """A CRA picture is one; the pictures that follow it and refer to those before it are left out."""
    source = clip(codec="h265", gop=27, frames=81, bframes=3, open_gop=True)
    kinds = [picture.kinds[-1] for picture in source.pictures]
    assert h265.CRA in kinds
    assert {h265.RASL_N, h265.RASL_R} & set(kinds)
    whole = feed(flat(packets_of(source)))
    assert whole.stored == stored(source), "in the midst of a stream they are wanted"
    begun = kinds.index(h265.CRA)
    wanted = [
        data
        for index, (data, kind) in enumerate(zip(stored(source), kinds, strict=True))
        if index >= begun
        and not (kind in (h265.RASL_N, h265.RASL_R) and index < kinds.index(h265.CRA, begun + 1))
    ]
    late = feed(flat(packets_of(source))[3:])
    assert late.frames[0][1]
    assert late.stored == wanted


@pytest.mark.parametrize(
    "payload",
    [
        b"\x60\x01" + pack(">H", 5000) + bytes(30),  # an aggregate that lies about a length
        b"\x60\x01" + pack(">H", 1) + b"\x02",  # a NAL unit without a header
        b"\x62\x01",  # a fragment without its header
        bytes((51 << 1, 1)) + bytes(20),  # a kind that is not specified
        b"\x02\x01",  # a NAL unit without content
    ],
)
def test_packets_that_make_no_sense_cost_their_frame_only(payload: bytes) -> None:
    packets = packets_of(PLAIN)
    number = int.from_bytes(packets[20][0][2:4], "big")
    packets[20] = [Packetiser(sequence=number).packet(20 * 3600, payload, True)]
    got = feed(flat(packets))
    assert got.stored == stored(PLAIN)[:20] + stored(PLAIN)[25:]


def test_payload_content_information_is_refused_cleanly() -> None:
    with pytest.raises(SourceError) as caught:
        feed([Packetiser().packet(0, bytes((50 << 1, 1)) + bytes(20), True)])
    assert caught.value.problem is Problem.UNSUPPORTED_CODEC


def test_parameter_sets_of_other_layers_and_nonsense_are_left_out() -> None:
    packetiser = Packetiser()
    layered = bytes((PLAIN.sps[0], PLAIN.sps[1] | 8)) + PLAIN.sps[2:]
    packets = [packetiser.packet(0, nal) for nal in (layered, b"\x42\x01" + b"\xff" * 9, b"\x44\x01\0\0")]
    packets += packetiser.picture(PLAIN.pictures[0], 0)
    assert [track.sps for track in feed(packets).tracks] == [PLAIN.sps]


def test_a_frame_without_end_is_a_flood() -> None:
    packetiser = Packetiser()
    with pytest.raises(SourceError) as caught:
        for index in range(1 << 20):
            flags = 0x80 if index == 0 else 0
            feed_one = packetiser.packet(0, bytes((0x62, 1, flags | 19)) + bytes(1400))
            if index == 0:
                got = Got()
                depacketiser = H265Depacketiser(got)
            depacketiser.packet(feed_one, 0, len(feed_one))
    assert caught.value.problem is Problem.FLOOD
