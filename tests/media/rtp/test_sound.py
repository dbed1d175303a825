"""G.711 and Opus packets to frames (RFC 3551, RFC 7587)."""

from functools import partial

import pytest

from tests.media.camera.clip import Sound, sounds
from tests.media.camera.fragmenting import sound_track
from tests.media.camera.packets import Packetiser
from thienly.media.codecs import opus, sound
from thienly.media.frames import Part
from thienly.media.rtp.sound import SoundDepacketiser


class Got:
    """Remembers frames, and counts what is missing."""

    def __init__(self, codec: Sound) -> None:
        self.frames: list[tuple[int, bytes]] = []
        self.lost = 0
        self.depacketiser = SoundDepacketiser(
            partial(sound.samples, sound_track(codec)), self._take, self._miss
        )

    def feed(self, *packets: bytes) -> "Got":
        for packet in packets:
            buffer = bytearray(b"$\0\0\0" + packet + b"next")
            self.depacketiser.packet(buffer, 4, 4 + len(packet))
            buffer[:] = bytes(len(buffer))
        return self

    def _take(self, ts: int, sizes: list[int], parts: list[Part]) -> None:
        assert sizes == [len(part) for part in parts]
        self.frames += [(ts, bytes(part)) for part in parts]

    def _miss(self, packets: int) -> None:
        self.lost += packets


@pytest.mark.parametrize("codec", ["pcma", "pcmu", "opus"])
def test_each_packet_is_a_frame(codec: Sound) -> None:
    packetiser, units = Packetiser(0), sounds(codec)
    packets = [packetiser.packet(0xFFFF_FF00 + index * 160, unit) for index, unit in enumerate(units)]
    got = Got(codec).feed(*packets)
    assert [data for _, data in got.frames] == list(units)
    assert {b - a for (a, _), (b, _) in zip(got.frames, got.frames[1:], strict=False)} == {160}
    assert (got.lost, got.depacketiser.malformed) == (0, 0)


def test_what_is_missing_is_counted_and_the_rest_is_kept() -> None:
    packetiser, units = Packetiser(0), sounds("pcma")
    packets = [packetiser.packet(index * 160, unit) for index, unit in enumerate(units)]
    got = Got("pcma").feed(*packets[:10], *packets[13:])
    assert (got.lost, len(got.frames)) == (3, len(units) - 3)


@pytest.mark.parametrize(
    ("codec", "payload"),
    [("pcma", b""), ("opus", b""), ("opus", b"\x03"), ("opus", b"\x03\x00"), ("opus", b"\x1b\x3f"),
     ("pcmu", bytes(20_000))],
)  # fmt: skip
def test_what_cannot_be_a_frame_is_counted_and_left_out(codec: Sound, payload: bytes) -> None:
    got = Got(codec).feed(Packetiser(0).packet(0, payload), b"\x80")
    assert got.frames == []
    assert got.depacketiser.malformed == 2


@pytest.mark.parametrize(
    ("packet", "milliseconds"),
    [(b"\x00\0", 10), (b"\x18\0", 60), (b"\x61\0", 20), (b"\x78\0", 20), (b"\x80\0", 2.5), (b"\xfb\x06", 120),
     (b"\xff\x81\0", 20)],
)  # fmt: skip
def test_an_opus_packet_tells_how_long_it_sounds(packet: bytes, milliseconds: float) -> None:
    assert opus.samples(packet) == milliseconds * 48
