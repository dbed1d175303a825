"""RTP packets to whole access units: what H.264 and H.265 have in common (RFC 6184, RFC 7798).

The hot path of the recorder: some 400 packets a second for each camera. `interleaved` makes one slice for a
packet and hardly anything else; slices are joined once a GOP, by the muxer.
"""

from abc import ABC, abstractmethod
from functools import lru_cache
from struct import Struct
from typing import ClassVar, Protocol

from thienly.media.frames import Part, SourceError, VideoTrack
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
"""So many more are not counted: a usual key frame has fewer, and the largest packets fill 16 MB with them."""
_parse_header = HEADER.unpack_from
_parse_source = Struct(">Q").unpack_from
_DOLLAR = 0x24
NO_FRAGMENT = -1


@lru_cache(maxsize=2048)
def _frame_of(stride: int, fragment_format: str) -> Struct:
    """Takes a plain interleaved frame of `stride` bytes apart in one call: `$`, channel, length, first two
    bytes and sequence number of the RTP header as one number; timestamp and SSRC; the fragment's headers;
    the payload."""
    front = Struct(f">QQ{fragment_format}")
    return Struct(f"{front.format}{stride - front.size}s")


class FrameHandler(Protocol):
    """Takes what the depacketiser makes. `ts` is unwrapped; `parts` become the receiver's."""

    def on_parameters(self, track: VideoTrack) -> None:
        """The parameter sets of the frames that follow; only when they are new."""

    def on_video(self, ts: int, key: bool, size: int, parts: list[Part]) -> None:
        """A whole access unit of length-prefixed NAL units (4 bytes)."""

    def on_lost(self, packets: int) -> None:
        """Packets that never came."""


class VideoDepacketiser(ABC):
    """One video track. Frames come out only from the first key frame with known parameter sets on.

    A frame of which a packet is missing is dropped, and so is all that depends on it, up to the next key
    frame. A gap between frames is reported and nothing is dropped.
    """

    fragment_headers: ClassVar[int]
    """Bytes of the NAL unit's and the fragment's header in front of a piece of a NAL unit."""
    fragment_format: ClassVar[str]
    """These headers as one value, in the words of `struct`."""

    def __init__(self, handler: FrameHandler) -> None:
        self._handler = handler
        self.timestamps = Unwrapper()
        self.malformed = 0
        self._expected = -1
        self._ts = -1
        self._parts: list[Part] = []
        self._counted = 0  # parts when their bytes were last counted
        self._key = False
        self._picture = False  # a slice of a picture is among the parts
        self._damaged = False
        self._resuming = False  # after a gap
        self._waiting = True  # for a key frame
        self._needs_past = False  # the picture refers to pictures from before its key frame
        self._without_past = False  # frames came out from the last key frame on, none before it
        self._fu_at = -1  # index in _parts that awaits the length and header of the open fragmented NAL unit
        self._fu_header = b""
        # The first two bytes and the fragment's headers that a packet has from the middle of that NAL unit.
        self._middle_head = 0
        self._source = 0  # and its timestamp and SSRC
        self._middle_fu: int | bytes = NO_FRAGMENT
        self._new_parameters = self._known = False

    @property
    def newest(self) -> int:
        """The timestamp of the last packet (32 bits); -1 before the first."""
        return self._ts

    @property
    def sequence(self) -> int:
        """The sequence number that is expected next (16 bits); -1 before the first."""
        return self._expected

    @property
    @abstractmethod
    def track(self) -> VideoTrack | None:
        """As far as its parameter sets are known."""

    @abstractmethod
    def _payload(self, buffer: Buffer, payload: int, end: int) -> None:
        """Take a payload of at least two bytes by its kind. Raises SourceError."""

    @abstractmethod
    def _note_parameters(self, nal: bytes) -> None:
        """Remember a parameter set that came in-band; one that cannot be parsed is counted and left out."""

    @abstractmethod
    def _is_parameters(self, header: int) -> bool:
        """Whether the NAL unit with this first byte is a parameter set."""

    def packet(self, buffer: Buffer, start: int, end: int) -> None:
        """Take the RTP packet `buffer[start:end]`.

        Raises SourceError: FLOOD for an endless frame, UNSUPPORTED_CODEC for what cannot be understood.
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
            self._middle_head = first << 8 | marker if first == PLAIN else NO_FRAGMENT
            self._source = _parse_source(buffer, start + 4)[0]
            self._bound()

    def interleaved(self, buffer: Buffer, position: int, end: int, number: int) -> tuple[int, int]:
        """Take the frames of RFC 2326 section 10.12 from `position` on, as long as they are plain.

        Plain is: whole, on channel `number`, and the next middle of the NAL unit that is open. At 4 Mbit/s
        four of five packets are that; they are taken in one loop, without a call for each. Returns where
        the first other one begins, and how many were taken. Raises SourceError(FLOOD).
        """
        head = 4 + HEADER_LENGTH + self.fragment_headers
        if self._fu_at < 0 or end - position < head or self._middle_head < 0:
            return position, 0
        length = buffer[position + 2] << 8 | buffer[position + 3]
        stride = 4 + length
        if stride < head:
            return position, 0  # the headers that would be read are not its own
        parts, before = self._parts, len(self._parts)
        append, unpack = parts.append, _frame_of(stride, self.fragment_format).unpack_from
        wanted = (_DOLLAR << 8 | number) << 48 | length << 32 | self._middle_head << 16 | self._expected
        source, middle = self._source, self._middle_fu
        last = end - stride
        # A sequence number that wraps ends the run, as does everything else that is not as before.
        while position <= last:
            first, whence, fragment, payload = unpack(buffer, position)
            if first != wanted or whence != source or fragment != middle:
                break
            append(payload)
            wanted += 1
            position += stride
        taken = len(parts) - before
        self._expected = (self._expected + taken) & 0xFFFF
        self._bound()
        return position, taken

    def forget(self) -> None:
        """Let go of the open access unit; there will be no more packets."""
        self._parts = []

    def _bound(self) -> None:
        """Raises SourceError(FLOOD) when the open access unit is larger than any camera's."""
        parts = self._parts
        if len(parts) - self._counted > _FEW_PARTS:
            self._counted = len(parts)
            if len(parts) > MAX_PARTS or sum(map(len, parts)) > MAX_FRAME:
                raise SourceError(Problem.FLOOD, "a frame without end")

    def _nal(self, nal: Part) -> None:
        """Add a whole NAL unit to the access unit."""
        self._parts += (len(nal).to_bytes(4, "big"), nal)
        if self._is_parameters(nal[0]):
            self._note_parameters(bytes(nal))

    def _begin_fragmented(self, header: bytes, middle: int | bytes) -> None:
        """The first piece of a NAL unit comes; its length is known only with the last."""
        self._damaged = self._damaged or self._fu_at >= 0
        self._fu_header, self._middle_fu = header, middle
        self._fu_at = len(self._parts)
        self._parts.append(b"")

    def _piece(self, piece: Part, *, last: bool) -> None:
        """A piece of a NAL unit."""
        if self._fu_at < 0:
            self._damaged = True
        self._parts.append(piece)
        if last and self._fu_at >= 0:
            self._end_fragmented()

    def _end_fragmented(self) -> None:
        """The last piece came: put length and header in front."""
        at = self._fu_at
        header = self._fu_header
        size = len(header) + sum(map(len, self._parts[at:]))
        self._parts[at] = size.to_bytes(4, "big") + header
        if self._is_parameters(header[0]):
            self._note_parameters(b"".join(self._parts[at:])[4:])
        self._fu_at, self._middle_fu = -1, NO_FRAGMENT

    def _slice(self, *, first: bool, key: bool) -> None:
        """A slice begins. After a gap it must be the `first` of its picture."""
        if self._resuming and not self._picture and not first:
            self._damaged = True
        self._resuming = False
        self._picture = True
        self._key = self._key or key

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
        parts, key, needs_past = self._parts, self._key, self._needs_past
        damaged = self._damaged or self._fu_at >= 0
        self._parts = []
        self._counted = 0
        self._key = self._picture = self._damaged = self._needs_past = False
        self._fu_at, self._middle_fu = -1, NO_FRAGMENT
        ts = self.timestamps.unwrap(self._ts)
        if damaged:
            self._waiting = True
            return
        if key and self._announced():
            self._without_past = self._waiting
            self._waiting = False
        if not self._waiting and not (needs_past and self._without_past):
            self._handler.on_video(ts, key, sum(map(len, parts)), parts)

    def _announced(self) -> bool:
        """Whether the parameter sets are known; new ones are handed on first."""
        if self._new_parameters and (track := self.track) is not None:
            self._new_parameters = False
            self._known = True
            self._handler.on_parameters(track)
        return self._known
