"""AAC in LATM (RFC 6416) to access units."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.media.camera.clip import AUDIO_RATE, clip
from tests.media.camera.packets import Packetiser
from thienly.media.codecs import aac
from thienly.media.frames import Part
from thienly.media.rtp.latm import LatmDepacketiser


class Got:
    """Remembers access units, and counts what is missing."""

    def __init__(self) -> None:
        self.units: list[tuple[int, bytes]] = []
        self.lost = 0
        self.depacketiser = LatmDepacketiser(self._take, self._miss)

    def feed(self, *packets: bytes) -> "Got":
        for packet in packets:
            self.depacketiser.packet(bytearray(packet), 0, len(packet))
        return self

    def _take(self, ts: int, sizes: list[int], parts: list[Part]) -> None:
        assert sizes == [len(part) for part in parts]
        self.units += [(ts + 1024 * index, bytes(part)) for index, part in enumerate(parts)]

    def _miss(self, packets: int) -> None:
        self.lost += packets


def element(unit: bytes) -> bytes:
    return b"\xff" * (len(unit) // 255) + bytes((len(unit) % 255,)) + unit


UNITS = [bytes((index + 1,)) * size for index, size in enumerate((1, 254, 255, 256, 510, 900))]


def test_one_several_and_parts_of_access_units_come_out_whole() -> None:
    packetiser = Packetiser(97)
    alone = [packetiser.packet(at * 1024, element(unit), True) for at, unit in enumerate(UNITS)]
    together = packetiser.packet(6 * 1024, b"".join(map(element, UNITS)), True)
    data = element(UNITS[5])
    pieces = [packetiser.packet(12 * 1024, data[:300]), packetiser.packet(12 * 1024, data[300:], True)]
    got = Got().feed(*alone, together, *pieces)
    assert got.units == [(at * 1024, unit) for at, unit in enumerate([*UNITS, *UNITS, UNITS[5]])]
    assert (got.lost, got.depacketiser.malformed) == (0, 0)


def test_a_missing_piece_costs_its_access_unit_only() -> None:
    packetiser, data = Packetiser(97), element(UNITS[5])
    pieces = [packetiser.packet(0, data[:300]), packetiser.packet(0, data[300:600])]
    pieces += [packetiser.packet(0, data[600:], True), packetiser.packet(1024, element(UNITS[0]), True)]
    got = Got().feed(pieces[0], *pieces[2:])
    assert (got.units, got.lost) == ([(1024, UNITS[0])], 1)


@pytest.mark.parametrize("payload", [b"", b"\xff", b"\0", b"\x05abc", b"\xff\xff\x10abc"])
def test_lengths_that_lie_are_counted_and_left_out(payload: bytes) -> None:
    got = Got().feed(Packetiser(97).packet(0, payload, True), b"\x80")
    assert (got.units, got.depacketiser.malformed) == ([], 2)


def test_an_element_without_end_is_bounded() -> None:
    packetiser = Packetiser(97)
    got = Got().feed(*(packetiser.packet(0, bytes(1400)) for _ in range(500)))
    assert got.units == []
    assert got.depacketiser.malformed == 10


def test_the_configuration_is_that_of_the_encoder() -> None:
    value = 0b0_1_000000_0000_000 << 16 | int.from_bytes(clip().audio_config[:2], "big")
    mux = (value << 1).to_bytes(4, "big") + b"\x3f\xc0"  # frameLengthType 0, buffer fullness 255
    found = aac.parse_config(aac.config_of_latm(mux))
    assert (found.sample_rate, found.channels, found.mime) == (AUDIO_RATE, 1, "mp4a.40.2")
    for other in (b"\x80" + mux[1:], b"\x41" + mux[1:], b"\x40", b""):
        with pytest.raises(ValueError):
            aac.config_of_latm(other)


@given(st.lists(st.tuples(st.binary(max_size=60), st.booleans()), max_size=20), st.binary(max_size=40))
def test_any_bytes_are_taken_or_counted(payloads: list[tuple[bytes, bool]], mux: bytes) -> None:
    packetiser = Packetiser(97)
    got = Got().feed(*(packetiser.packet(0, payload, marker) for payload, marker in payloads), mux)
    assert sum(len(unit) for _, unit in got.units) <= sum(len(payload) for payload, _ in payloads)
    try:
        assert aac.parse_config(aac.config_of_latm(mux)).object_type == 2
    except ValueError:
        return
