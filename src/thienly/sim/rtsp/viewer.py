"""One playing session: where it stands in the tracks of its camera, and what faults have shifted."""

import secrets
import time
from dataclasses import dataclass
from typing import Protocol

from thienly.sim.rtsp.packets import LoopTrack, Slice, rewrite
from thienly.sim.rtsp.playout import Due, Kind, Playout
from thienly.sim.rtsp.rtcp import sender_report

REPORT_EVERY_S = 5.0


@dataclass
class Lane:
    """A track set up by a client."""

    channel: int
    cursor: int = 0  # next unit to send
    seq_shift: int = 0
    next_seq: int = 0
    packets: int = 0
    octets: int = 0
    report_at: float = 0.0  # Unix time of the next sender report


class Out(Protocol):
    """Where packets go: a TCP transport, or datagrams."""

    def write(self, data: bytes) -> None: ...
    def get_write_buffer_size(self) -> int: ...
    def abort(self) -> None: ...


class Viewer:
    """Delivers due packets to one transport. Bounded: a client that does not read is cut off."""

    def __init__(self, transport: Out, playout: Playout, *, buffer_limit: int) -> None:
        self.id = secrets.token_hex(8)
        self.lanes: dict[Kind, Lane] = {}
        self.clock_shift_s = 0.0
        self.held = False  # stalled or flooded: nothing regular goes out
        self.cut_off = False
        self._transport, self._playout, self._buffer_limit = transport, playout, buffer_limit
        self._next: tuple[Playout, int] | None = None

    def track(self, kind: Kind) -> LoopTrack:
        """KeyError when the camera has no sound."""
        return self._playout.tracks[kind]

    def start(self, *, on_key_frame: bool) -> None:
        """Take a place in the loop from now on; RTP-Info may be asked for afterwards."""
        self._take_place(on_key_frame=on_key_frame)
        self._playout.attach(self)

    def stop(self) -> None:
        self._playout.detach(self)
        if self._next:
            self._next[0].detach(self)

    def _take_place(self, *, on_key_frame: bool) -> None:
        now = time.time()
        unit = self._playout.next_key_unit(now) if on_key_frame else self._playout.next_unit(now)
        for kind, lane in self.lanes.items():
            track = self.track(kind)
            lane.cursor = unit if kind == "video" else -int(-unit / self._playout.clip.fps // track.unit_s)
            lane.next_seq = track.seq(lane.cursor) + lane.seq_shift & 0xFFFF

    def rtp_info(self, kind: Kind) -> tuple[int, int]:
        """Sequence number and timestamp of the first packet to come (RFC 2326 section 12.33)."""
        lane, track = self.lanes[kind], self.track(kind)
        return lane.next_seq, track.timestamp(lane.cursor) + self._ts_shift(track) & 0xFFFFFFFF

    def resume(self) -> None:
        """After being held: what was missed is lost, the next key frame comes."""
        self.held = False
        self._take_place(on_key_frame=True)

    def switch(self, playout: Playout) -> None:
        """Go over to another clip of the same rate at its next key frame, numbering unbroken."""
        if self._next:
            self._next[0].detach(self)
            self._next = None
        if playout is self._playout:
            return
        self._next = (playout, playout.next_key_unit(time.time()))
        playout.attach(self)

    def deliver(self, due: Due) -> None:
        if due.playout is not self._playout or self.held or self.cut_off:
            return
        if self._transport.get_write_buffer_size() > self._buffer_limit:
            self.cut_off = True
            self._transport.abort()
            return
        video = self.lanes.get("video")
        upto = due.last_video
        if self._next and video and self._next[1] <= upto:
            upto = self._next[1]
        self._send(due, upto)
        self._report(due.now)
        if self._next and upto >= self._next[1]:
            self._go_over(video)

    def _send(self, due: Due, upto_video: int) -> None:
        pieces: list[bytes | memoryview] = []
        shared = 0
        for kind, lane in self.lanes.items():
            first, last, ready = (
                (due.first_video, upto_video, due.last_video == upto_video)
                if kind == "video"
                else (due.first_sound, due.last_sound, True)
            )
            if lane.cursor >= last:
                continue
            track = self.track(kind)
            whole = ready and lane.cursor == first
            slices = (
                (due.video if kind == "video" else due.sound) if whole else track.slices(lane.cursor, last)
            )
            shift = self._ts_shift(track)
            if lane.channel == track.channel and not lane.seq_shift and not shift:
                pieces += [piece.data for piece in slices]
                shared += whole
            else:
                pieces += [
                    rewrite(piece, channel=lane.channel, seq_shift=lane.seq_shift, ts_shift=shift)
                    for piece in slices
                ]
            self._count(lane, slices)
            lane.cursor = last
        if shared == 2 or (shared and not due.sound):
            self._transport.write(due.joined)
        elif pieces:
            self._transport.write(b"".join(pieces))

    @staticmethod
    def _count(lane: Lane, slices: list[Slice]) -> None:
        for piece in slices:
            lane.packets += piece.packets
            lane.octets += piece.octets
        lane.next_seq = slices[-1].first_seq + slices[-1].packets + lane.seq_shift & 0xFFFF

    def _go_over(self, lane: Lane | None) -> None:
        if self._next is None:
            return
        self._playout.detach(self)
        self._playout, unit = self._next
        self._next = None
        if lane:
            lane.cursor = unit
            lane.seq_shift = lane.next_seq - self._playout.video.seq(unit) & 0xFFFF

    def _ts_shift(self, track: LoopTrack) -> int:
        return round(self.clock_shift_s * track.clock)

    def report_now(self) -> None:
        """The next tick brings sender reports: after a change of the clock."""
        for lane in self.lanes.values():
            lane.report_at = 0.0

    def _report(self, now: float) -> None:
        """True time of sending; the clip stands on the wall clock, so RTP time is clock times Unix time."""
        for kind, lane in self.lanes.items():
            if now < lane.report_at or not lane.packets:
                continue
            track = self.track(kind)
            report = sender_report(
                channel=lane.channel + 1,
                ssrc=track.ssrc,
                now=now + self.clock_shift_s,
                timestamp=int(now * track.clock) + self._ts_shift(track),
                packets=lane.packets,
                octets=lane.octets,
            )
            self._transport.write(report)
            lane.report_at = now + REPORT_EVERY_S
