"""RTP packets of a loop, made once; each pass of the loop is a copy with numbers and timestamps patched in.

Packets stand in the buffer as they go over the wire: `$`, channel, length, packet (RFC 2326 section 10.12).
"""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thienly.sim.clip import SoundClip, VideoClip
from thienly.sim.spec import SoundCodec

VIDEO_TYPE = 96
AUDIO_TYPES: dict[SoundCodec, int] = {"aac": 97, "pcma": 8, "pcmu": 0, "opus": 97}
VIDEO_CLOCK = 90_000
_LARGEST_PAYLOAD = 1400
_PREFIX = 4  # interleaved frame header
_HEADER = 12  # RTP header without extensions
_FU_A = 28  # RFC 6184 section 5.8
_FU = 49  # RFC 7798 section 4.4.3


@dataclass(frozen=True)
class Slice:
    """Consecutive packets of a track as sent by default: default channel, the track's own numbering."""

    data: bytes | memoryview
    offsets: NDArray[np.int64]  # of each packet from the beginning of `data`
    first_seq: int  # 16 bits
    packets: int
    octets: int  # RTP payload, for sender reports


class LoopTrack:
    """One endless track made of a loop of units (frames of video, AAC access units).

    Unit n of the loop's pass p has the number `p * units + n`, counted from the Unix epoch; its timestamp and
    sequence numbers follow from that number alone, so every client of a clip gets the same bytes.
    """

    def __init__(
        self,
        payloads: list[list[bytes]],
        *,
        payload_type: int,
        clock: int,
        ticks: int,
        channel: int,
        ssrc: int,
        shown: Sequence[int] = (),
    ) -> None:
        """`payloads`: of each unit; `clock`: RTP ticks a second; `ticks`: RTP ticks of a unit; `shown`: the
        place of each unit in the order of time, when that is another one than the order of sending."""
        self.clock, self.ticks, self.channel, self.ssrc = clock, ticks, channel, ssrc
        self.units = len(payloads)
        self.unit_s = ticks / clock
        pieces: list[bytes] = []
        for unit in payloads:
            for number, payload in enumerate(unit):
                marker = 0x80 if number == len(unit) - 1 else 0
                pieces.append(
                    struct.pack(
                        ">BBHBBHII",
                        0x24,
                        channel,
                        _HEADER + len(payload),
                        0x80,
                        marker | payload_type,
                        0,
                        0,
                        ssrc,
                    )
                    + payload
                )
        self._template = np.frombuffer(b"".join(pieces), np.uint8)
        sizes = np.array([len(piece) for piece in pieces], np.int64)
        self._offsets = np.concatenate([[0], np.cumsum(sizes)])
        counts = np.array([len(unit) for unit in payloads], np.int64)
        self._first = np.concatenate([[0], np.cumsum(counts)])  # first packet of each unit
        self._unit_of_packet = np.repeat(np.arange(self.units), counts)
        place = np.array(shown or range(self.units), np.int64)
        # A unit is sent when it is encoded, and captured at its time or before.
        self._captured = place - max(0, int((place - np.arange(self.units)).max()))
        self._passes: dict[int, memoryview] = {}

    @property
    def packets(self) -> int:
        """Packets of one pass."""
        return len(self._unit_of_packet)

    def seq(self, unit: int) -> int:
        """Sequence number of the first packet of a unit."""
        turn, place = divmod(unit, self.units)
        return int(turn * self.packets + self._first[place]) & 0xFFFF

    def timestamp(self, unit: int) -> int:
        turn, place = divmod(unit, self.units)
        return (turn * self.units + int(self._captured[place])) * self.ticks & 0xFFFFFFFF

    def slices(self, first: int, last: int) -> list[Slice]:
        """The packets of units first…last-1; two or more slices when they cross the seam of the loop."""
        found = []
        while first < last:
            turn, place = divmod(first, self.units)
            upto = min(last, (turn + 1) * self.units)
            found.append(self._slice(turn, place, place + upto - first))
            first = upto
        return found

    def prepare_next_pass(self, unit: int) -> None:
        """Patch the pass after the one of `unit`, so that the seam of the loop costs nothing."""
        self._pass(unit // self.units + 1)

    def _slice(self, turn: int, begin: int, end: int) -> Slice:
        first, last = int(self._first[begin]), int(self._first[end])
        offsets = self._offsets[first : last + 1]
        start, stop = int(offsets[0]), int(offsets[-1])
        packets = last - first
        return Slice(
            self._pass(turn)[start:stop],
            offsets[:-1] - start,
            turn * self.packets + first & 0xFFFF,
            packets,
            stop - start - packets * (_PREFIX + _HEADER),
        )

    def _pass(self, turn: int) -> memoryview:
        """A copy of its own for each pass: a slow client may still hold a slice of the last one."""
        if turn not in self._passes:
            buffer = self._template.copy()
            numbers = turn * self.packets + np.arange(self.packets)
            stamps = (turn * self.units + self._captured[self._unit_of_packet]) * self.ticks
            _write(buffer, self._offsets[:-1] + _PREFIX + 2, numbers, 2)
            _write(buffer, self._offsets[:-1] + _PREFIX + 4, stamps, 4)
            self._passes = {kept: self._passes[kept] for kept in (turn - 1,) if kept in self._passes}
            self._passes[turn] = buffer.data.toreadonly()
        return self._passes[turn]


def _write(buffer: NDArray[np.uint8], at: NDArray[np.int64], values: NDArray[np.int64], width: int) -> None:
    """Big-endian integers of `width` bytes at many places."""
    for place in range(width):
        buffer[at + place] = values >> 8 * (width - 1 - place) & 0xFF


def rewrite(piece: Slice, *, channel: int, seq_shift: int, ts_shift: int) -> bytes:
    """A copy for one client that asked for other channels or whose numbering was shifted by a fault."""
    buffer = np.frombuffer(piece.data, np.uint8).copy()
    at = piece.offsets
    buffer[at + 1] = channel
    if seq_shift:
        _write(buffer, at + _PREFIX + 2, piece.first_seq + seq_shift + np.arange(piece.packets), 2)
    if ts_shift:
        stamps = np.zeros(piece.packets, np.int64)
        for place in range(4):
            stamps = stamps << 8 | buffer[at + _PREFIX + 4 + place]
        _write(buffer, at + _PREFIX + 4, stamps + ts_shift, 4)
    return buffer.tobytes()


def video_track(clip: VideoClip, ssrc: int) -> LoopTrack:
    packed = _packed if clip.codec == "h264" else _packed_h265
    payloads = [[payload for nal in nal_units(unit) for payload in packed(nal)] for unit in clip.units]
    return LoopTrack(
        payloads,
        payload_type=VIDEO_TYPE,
        clock=VIDEO_CLOCK,
        ticks=VIDEO_CLOCK // clip.fps,
        channel=0,
        ssrc=ssrc,
        shown=clip.shown,
    )


def sound_track(clip: SoundClip, ssrc: int) -> LoopTrack:
    """One frame a packet; AAC-hbr has a header of its own (RFC 3640 section 3.3.6)."""
    if clip.codec == "aac":
        payloads = [[struct.pack(">HH", 16, len(unit) << 3) + unit] for unit in clip.units]
    else:
        payloads = [[unit] for unit in clip.units]
    return LoopTrack(
        payloads,
        payload_type=AUDIO_TYPES[clip.codec],
        clock=clip.rate,
        ticks=clip.samples,
        channel=2,
        ssrc=ssrc,
    )


def nal_units(unit: bytes) -> list[bytes]:
    """Split Annex B (ITU-T H.264 annex B) at its start codes."""
    parts = unit.split(b"\x00\x00\x01")[1:]
    return [part[:-1] if part.endswith(b"\x00") else part for part in parts]


def _packed(nal: bytes) -> Iterable[bytes]:
    """Single NAL unit packet or FU-A fragments (RFC 6184 sections 5.6 and 5.8)."""
    if len(nal) <= _LARGEST_PAYLOAD:
        yield nal
        return
    indicator, kind = nal[0] & 0xE0 | _FU_A, nal[0] & 0x1F
    for start in range(1, len(nal), _LARGEST_PAYLOAD - 2):
        part = nal[start : start + _LARGEST_PAYLOAD - 2]
        edge = (0x80 if start == 1 else 0) | (0x40 if start + len(part) == len(nal) else 0)
        yield bytes((indicator, edge | kind)) + part


def _packed_h265(nal: bytes) -> Iterable[bytes]:
    """Single NAL unit packet or FU fragments (RFC 7798 sections 4.4.1 and 4.4.3)."""
    if len(nal) <= _LARGEST_PAYLOAD:
        yield nal
        return
    header, kind = bytes((nal[0] & 0x81 | _FU << 1, nal[1])), nal[0] >> 1 & 0x3F
    for start in range(2, len(nal), _LARGEST_PAYLOAD - 3):
        part = nal[start : start + _LARGEST_PAYLOAD - 3]
        edge = (0x80 if start == 2 else 0) | (0x40 if start + len(part) == len(nal) else 0)
        yield header + bytes((edge | kind,)) + part
