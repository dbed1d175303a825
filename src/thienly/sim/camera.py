"""A simulated camera at work: its specification, what it plays, who watches, what is wrong with it."""

import asyncio
from typing import TYPE_CHECKING

from thienly.sim.clip import SoundClip
from thienly.sim.faults import CLOCK_JUMP_S, FLOOD_S, Fault
from thienly.sim.rtsp.flood import flood
from thienly.sim.rtsp.playout import Playout
from thienly.sim.spec import CameraSpec

if TYPE_CHECKING:
    from thienly.sim.rtsp.connection import Connection

_LEAST_BUFFER = 1_000_000


class SimCamera:
    def __init__(self, spec: CameraSpec, playout: Playout, sound: SoundClip | None) -> None:
        self.spec, self.sound = spec, sound
        self.playout = playout  # what it shows now
        self.clock_shift_s = 0.0
        self.fault: Fault | None = None
        self.buffer_limit = max(_LEAST_BUFFER, spec.bitrate // 2)  # four seconds
        self._healthy = playout
        self._connections: set[Connection] = set()
        self._floods: dict[Connection, asyncio.Task[None]] = {}
        self._timer: asyncio.TimerHandle | None = None

    @property
    def viewers(self) -> int:
        return len(self._connections)

    def admit(self, connection: "Connection") -> None:
        """A client begins to play; it gets the fault of the hour."""
        self._connections.add(connection)
        if self.fault in ("stall", "flood") and connection.viewer:
            connection.viewer.held = True
        if self.fault == "flood":
            self._flood(connection)

    def dismiss(self, connection: "Connection") -> None:
        self._connections.discard(connection)
        if task := self._floods.pop(connection, None):
            task.cancel()

    def begin(
        self, fault: Fault, seconds: float | None, amount: float | None, playout: Playout | None
    ) -> None:
        """Start a fault; `playout` is what the lens shows under it, for faults of the picture."""
        self.end()
        self.fault = fault
        if fault == "flood":
            seconds = FLOOD_S if seconds is None else seconds
        if playout:
            self._show(playout)
        elif fault in ("drop", "refuse"):
            self._cut()
        elif fault == "clock_jump":
            self._shift_clock(CLOCK_JUMP_S if amount is None else amount)
        elif fault in ("stall", "flood"):
            for connection in list(self._connections):
                self.admit(connection)
        if fault == "drop" and seconds is None:
            self.fault = None
        elif seconds is not None:
            self._timer = asyncio.get_running_loop().call_later(seconds, self.end)

    def end(self) -> None:
        """Healthy again."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        fault, self.fault = self.fault, None
        for task in self._floods.values():
            task.cancel()
        self._floods.clear()
        if fault in ("stall", "flood"):
            for connection in self._connections:
                if connection.viewer:
                    connection.viewer.resume()
        if self.clock_shift_s:
            self._shift_clock(0.0)
        if self.playout is not self._healthy:
            self._show(self._healthy)

    def _show(self, playout: Playout) -> None:
        self.playout = playout
        for connection in self._connections:
            if connection.viewer:
                connection.viewer.switch(playout)

    def _shift_clock(self, seconds: float) -> None:
        self.clock_shift_s = seconds
        for connection in self._connections:
            if connection.viewer:
                connection.viewer.clock_shift_s = seconds
                connection.viewer.report_now()

    def _cut(self) -> None:
        for connection in list(self._connections):
            connection.transport.abort()

    def _flood(self, connection: "Connection") -> None:
        viewer = connection.viewer
        if viewer is None or "video" not in viewer.lanes:
            return
        seq, stamp = viewer.rtp_info("video")
        self._floods[connection] = asyncio.get_running_loop().create_task(
            flood(
                connection.out,
                codec=self.spec.codec,
                channel=viewer.lanes["video"].channel,
                ssrc=viewer.track("video").ssrc,
                seq=seq,
                timestamp=stamp,
            )
        )
