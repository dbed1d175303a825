"""AAC in RTP: several units a packet, units larger than a packet, lies."""

from struct import pack

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.media.camera.packets import Packetiser
from thienly.media.frames import Part
from thienly.media.rtp.aac import AacDepacketiser, HeaderWidths


class Got:
    def __init__(self, widths: HeaderWidths | None = None) -> None:
        self.units: list[tuple[int, bytes]] = []
        self.lost = 0
        self.depacketiser = AacDepacketiser(widths or HeaderWidths(), self._audio, self._lost)

    def feed(self, *packets: bytes) -> "Got":
        for packet in packets:
            self.depacketiser.packet(bytearray(packet), 0, len(packet))
        return self

    def _audio(self, ts: int, sizes: list[int], parts: list[Part]) -> None:
        assert [len(part) for part in parts] == sizes
        self.units += [(ts + 1024 * index, bytes(part)) for index, part in enumerate(parts)]

    def _lost(self, packets: int) -> None:
        self.lost += packets


def test_one_or_many_units_a_packet_come_out_alike() -> None:
    packetiser = Packetiser(97)
    got = Got().feed(packetiser.sounds([b"one"], 0), packetiser.sounds([b"two2", b"three"], 1024))
    assert got.units == [(0, b"one"), (1024, b"two2"), (2048, b"three")]


def test_a_unit_larger_than_a_packet_is_put_together() -> None:
    packetiser, unit = Packetiser(97), bytes(range(250)) * 3
    header = pack(">HH", 16, len(unit) << 3)
    pieces = [unit[:400], unit[400:700], unit[700:]]
    packets = [packetiser.packet(0, header + piece, piece is pieces[-1]) for piece in pieces]
    assert Got().feed(*packets).units == [(0, unit)]
    lossy = Got().feed(packets[0], packets[2])
    assert (lossy.units, lossy.lost) == ([], 1)


def test_other_widths_of_the_headers_are_obeyed() -> None:
    widths = HeaderWidths(size=6, index=2, index_delta=2)
    packet = Packetiser(97).packet(0, pack(">HH", 16, 3 << 10 | 4 << 2) + b"abcdefg")
    assert [unit for _, unit in Got(widths).feed(packet).units] == [b"abc", b"defg"]


def test_lying_lengths_are_counted_and_passed_over() -> None:
    packetiser = Packetiser(97)
    got = Got().feed(
        packetiser.packet(0, pack(">H", 65535) + bytes(4)),
        packetiser.packet(0, pack(">HHH", 32, 100 << 3, 100 << 3) + bytes(150)),
        packetiser.packet(0, b""),
        packetiser.sounds([b"good"], 5),
    )
    assert [unit for _, unit in got.units] == [b"good"]
    assert got.depacketiser.malformed == 3


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.binary(max_size=60), max_size=20),
    st.sampled_from([(13, 3, 3), (6, 2, 2), (1, 0, 0), (32, 32, 32)]),
)
def test_any_bytes_are_taken_or_counted(packets: list[bytes], widths: tuple[int, int, int]) -> None:
    got = Got(HeaderWidths(*widths)).feed(*packets)
    got.feed(*(Packetiser(97).packet(0, packet, True) for packet in packets))
    assert sum(len(unit) for _, unit in got.units) <= 2 * sum(map(len, packets))
