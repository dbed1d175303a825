"""H.264 over RTP (RFC 6184, non-interleaved mode) to whole access units.

The hot path of the recorder: some 400 packets a second for each camera. `interleaved` makes one slice for a
packet and hardly anything else; slices are joined once a GOP, by the muxer.
"""

from collections.abc import Callable
from functools import lru_cache
from struct import Struct
from typing import Protocol

from thienly.media.codecs import h264
from thienly.media.frames import Part, SourceError
from thienly.media.rtp.packet import (
    HEADER,
    HEADER_LENGTH,
    PLAIN,
    Buffer,
    MalformedPacketError,
    payload_bounds,
)
from thienly.media.rtp.sequence import missing
from thienly.media.rtp.timestamps import Unwrapper
from thienly.rules.problems import Problem

MAX_FRAME = 8 << 20
"""Bytes of one access unit; 4K intra frames of good cameras stay below 2 MB."""
MAX_PARTS = 50_000
"""Slices of one access unit; bounds memory when a camera sends one byte a packet."""

_FEW_PARTS = 256
"""So many are not counted: a usual key frame has fewer, and the largest packets fill 16 MB with them."""

_STAP_A, _FU_A = 24, 28
_INTERLEAVED_KINDS = {
    25,
    26,
    27,
    29,
}  # STAP-B, MTAP16, MTAP24, FU-B: only in the interleaved mode (section 5.4)
_parse_header = HEADER.unpack_from
_DOLLAR = 0x24
_parse_source = Struct(">Q").unpack_from  # timestamp and SSRC
_FRAGMENT_HEADERS = HEADER_LENGTH + 2
_FRAME_AND_HEADERS = 4 + _FRAGMENT_HEADERS
_NO_FRAGMENT = -1


@lru_cache(maxsize=2048)
def _middle_of(length: int) -> Callable[[Buffer, int], tuple[int, int, int, bytes]] | None:
    """Takes a plain interleaved frame of `length` bytes apart in one call: its first 8 bytes, timestamp and
    SSRC, FU indicator and header, and the rest as the payload."""
    if length < _FRAGMENT_HEADERS:
        return None
    return Struct(f">QQH{length - _FRAGMENT_HEADERS}s").unpack_from


class FrameHandler(Protocol):
    """Takes what the depacketiser makes. `ts` is unwrapped; `parts` become the receiver's."""

    def on_parameters(self, sps: bytes, pps: bytes) -> None:
        """The parameter sets of the frames that follow; only when they are new."""

    def on_video(self, ts: int, key: bool, size: int, parts: list[Part]) -> None:
        """A whole access unit of length-prefixed NAL units (4 bytes)."""

    def on_lost(self, packets: int) -> None:
        """Packets that never came."""


class H264Depacketiser:
    """One video track. Frames come out only from the first IDR frame with known parameter sets on.

    A frame of which a packet is missing is dropped, and so is all that depends on it, up to the next IDR
    frame. A gap between frames is reported and nothing is dropped.
    """

    def __init__(self, handler: FrameHandler, sps: bytes = b"", pps: bytes = b"") -> None:
        self._handler = handler
        self.timestamps = Unwrapper()
        self.malformed = 0
        self._expected = -1
        self._ts = -1
        self._parts: list[Part] = []
        self._key = False
        self._picture = False  # a slice of a picture is among the parts
        self._damaged = False
        self._resuming = False  # after a gap
        self._waiting = True  # for an IDR frame
        self._fu_at = -1  # index in _parts that awaits the length and header of the open fragmented NAL unit
        self._fu_header = 0
        # The first two bytes and the FU bytes that a packet has from the middle of that NAL unit.
        self._middle_head = 0
        self._source = 0
        self._middle_fu = _NO_FRAGMENT
        self._sps = self._pps = b""
        self._pps_id: int | None = None
        self._new_parameters = False
        for nal in (sps, pps):
            if nal:
                self._note_parameters(nal)

    @property
    def parameters(self) -> tuple[bytes, bytes] | None:
        """SPS and PPS as far as both are known."""
        return (self._sps, self._pps) if self._sps and self._pps else None

    def packet(self, buffer: Buffer, start: int, end: int) -> None:
        """Take the RTP packet `buffer[start:end]`.

        Raises SourceError: FLOOD for an endless frame, UNSUPPORTED_CODEC for the interleaved mode.
        """
        payload = start + HEADER_LENGTH
        if end - payload < 2 or buffer[start] != PLAIN:
            try:
                payload, end = payload_bounds(buffer, start, end)
                if end - payload < 2:
                    raise MalformedPacketError("empty NAL unit")
            except MalformedPacketError:
                self._spoil()
                return
        first, marker, sequence, ts = _parse_header(buffer, start)
        if sequence != self._expected:
            self._gap(sequence)
        if ts != self._ts:
            if self._picture:
                self._finish()
            self._ts = ts
        self._expected = (sequence + 1) & 0xFFFF
        self._payload(buffer, payload, end)
        if marker & 0x80:
            self._finish()
        else:
            # With an extension or padding the FU bytes stand elsewhere: no short way.
            self._middle_head = first << 8 | marker if first == PLAIN else _NO_FRAGMENT
            self._source = _parse_source(buffer, start + 4)[0]
            self._bound()

    def interleaved(self, buffer: Buffer, position: int, end: int, number: int) -> tuple[int, int]:
        """Take the frames of RFC 2326 section 10.12 from `position` on, as long as they are plain.

        Plain is: whole, on channel `number`, and the next middle of the NAL unit that is open. At 4 Mbit/s
        four of five packets are that; they are taken in one loop, without a call for each. Returns where
        the first other one begins, and how many were taken. Raises SourceError(FLOOD).
        """
        if self._fu_at < 0 or end - position < _FRAME_AND_HEADERS or self._middle_head < 0:
            return position, 0
        length = buffer[position + 2] << 8 | buffer[position + 3]
        stride = 4 + length
        unpack = _middle_of(length)
        if unpack is None:
            return position, 0
        parts, before = self._parts, len(self._parts)
        append = parts.append
        wanted = (_DOLLAR << 8 | number) << 48 | length << 32 | self._middle_head << 16 | self._expected
        source, middle = self._source, self._middle_fu
        last = end - stride
        # A sequence number that wraps ends the run, as does everything else that is not as before.
        while position <= last:
            head, whence, fragment, payload = unpack(buffer, position)
            if head != wanted or whence != source or fragment != middle:
                break
            append(payload)
            wanted += 1
            position += stride
        taken = len(parts) - before
        self._expected = (self._expected + taken) & 0xFFFF
        self._bound()
        return position, taken

    def _payload(self, buffer: Buffer, payload: int, end: int) -> None:
        """Take a payload by its kind (table 1). Raises SourceError."""
        kind = buffer[payload] & 31
        if kind == _FU_A:
            self._fragment(buffer, payload, end)
        elif 0 < kind < _STAP_A:
            self._nal(buffer[payload:end])
        elif kind == _STAP_A:
            self._aggregate(buffer, payload + 1, end)
        elif kind in _INTERLEAVED_KINDS:
            raise SourceError(Problem.UNSUPPORTED_CODEC, f"H.264 interleaved mode (packet kind {kind})")
        else:
            self._spoil()

    def _bound(self) -> None:
        """Raises SourceError(FLOOD) when the open access unit is larger than any camera's."""
        parts = self._parts
        if len(parts) > _FEW_PARTS and (len(parts) > MAX_PARTS or sum(map(len, parts)) > MAX_FRAME):
            raise SourceError(Problem.FLOOD, "a frame without end")

    def _nal(self, nal: Part) -> None:
        """Add a whole NAL unit to the access unit."""
        kind = nal[0] & 31
        size = len(nal)
        self._parts += (size.to_bytes(4, "big"), nal)
        if kind <= h264.IDR:
            self._slice(kind, nal[1] if size > 1 else 0)
        elif kind in (h264.SPS, h264.PPS):
            self._note_parameters(bytes(nal))

    def _aggregate(self, buffer: Buffer, position: int, end: int) -> None:
        """STAP-A (section 5.7.1): several NAL units, each behind its length (16 bits)."""
        while position + 2 <= end:
            size = buffer[position] << 8 | buffer[position + 1]
            position += 2
            if not size or position + size > end:
                self._spoil()
                return
            self._nal(buffer[position : position + size])
            position += size

    def _fragment(self, buffer: Buffer, payload: int, end: int) -> None:
        """FU-A (section 5.8): a piece of a NAL unit, whose length is known only with its last piece."""
        indicator, flags = buffer[payload], buffer[payload + 1]
        if flags & 0x80:
            self._damaged = self._damaged or self._fu_at >= 0
            kind = flags & 31
            self._fu_header = indicator & 0xE0 | kind
            self._fu_at = len(self._parts)
            self._parts.append(b"")
            self._middle_fu = indicator << 8 | kind
            if h264.SLICE <= kind <= h264.IDR:
                self._slice(kind, buffer[payload + 2] if payload + 2 < end else 0)
        elif self._fu_at < 0:
            self._damaged = True
        self._parts.append(buffer[payload + 2 : end])
        if flags & 0x40 and self._fu_at >= 0:
            self._end_fragmented()

    def _end_fragmented(self) -> None:
        """The last piece came: put length and header in front."""
        at = self._fu_at
        size = 1 + sum(map(len, self._parts[at:]))
        self._parts[at] = size.to_bytes(4, "big") + bytes((self._fu_header,))
        if self._fu_header & 31 in (h264.SPS, h264.PPS):
            self._note_parameters(b"".join(self._parts[at:])[4:])
        self._fu_at, self._middle_fu = -1, _NO_FRAGMENT

    def _slice(self, kind: int, first_byte: int) -> None:
        """A slice begins. After a gap it must be the first of its picture: first_mb_in_slice 0, coded as a
        1 bit."""
        if self._resuming and not self._picture and not first_byte & 0x80:
            self._damaged = True
        self._resuming = False
        self._picture = True
        self._key = self._key or kind == h264.IDR

    def _gap(self, sequence: int) -> None:
        """A sequence number other than the expected one."""
        if self._expected < 0:
            return
        self._handler.on_lost(missing(self._expected, sequence))
        self._resuming = True
        if self._parts:
            self._damaged = True

    def _spoil(self) -> None:
        """A packet that makes no sense: the frame that it belongs to is lost."""
        self.malformed += 1
        self._damaged = True

    def _finish(self) -> None:
        """The access unit is complete: hand it on or drop it."""
        if not self._picture and not self._damaged:
            # Parameter sets with a timestamp or marker of their own go with the picture that follows.
            return
        parts, key = self._parts, self._key
        damaged = self._damaged or self._fu_at >= 0
        self._parts = []
        self._key = self._picture = self._damaged = False
        self._fu_at, self._middle_fu = -1, _NO_FRAGMENT
        ts = self.timestamps.unwrap(self._ts)
        if damaged:
            self._waiting = True
            return
        if key and self._sps and self._pps:
            self._waiting = False
            if self._new_parameters:
                self._new_parameters = False
                self._handler.on_parameters(self._sps, self._pps)
        if not self._waiting:
            self._handler.on_video(ts, key, sum(map(len, parts)), parts)

    def _note_parameters(self, nal: bytes) -> None:
        """Remember a parameter set that came in-band; one that cannot be parsed is counted and left out.

        Streams may define several picture parameter sets; the first one's id is followed, the others are in
        the stream anyway, and alternating ids must not look like a change.
        """
        if nal in (self._sps, self._pps):
            return
        try:
            if nal[0] & 31 == h264.SPS:
                h264.parse_sps(nal)
                self._sps, self._pps_id = nal, None
            else:
                set_id = h264.pps_id(nal)
                if self._pps_id not in (None, set_id):
                    return
                self._pps, self._pps_id = nal, set_id
        except ValueError:
            self.malformed += 1
            return
        self._new_parameters = True
