"""The pace of life, for what could be read at once; again and again, on one time that goes on."""

import time
from collections.abc import Iterable, Iterator
from fractions import Fraction

from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

_ALONE = Fraction(1)  # seconds of sound without a picture, which are played
_RATE = Fraction(25)  # pictures a second, of a file that does not tell


class Pace:
    """Of a file that is played from its beginning whenever its pictures have ended."""

    def __init__(self) -> None:
        self._begun: float | None = None
        self.end = Fraction(0)  # seconds of pictures that were played
        self._heard = Fraction(0)  # seconds until which sound was played

    def paced(self, packets: "Iterable[Packet[Stream]]", video: VideoStream) -> "Iterator[Packet[Stream]]":
        """One turn: each packet when it is due, with times that follow those of the turn before. Sound that
        would overlap with it, or is left over without pictures, is left out."""
        shift = self.end - (video.start_time or 0) * (video.time_base or 0)
        step = 1 / (video.average_rate or _RATE)
        for packet in packets:
            base, at = packet.time_base, packet.pts if packet.pts is not None else packet.dts
            if not base or at is None:
                continue  # libav ends with an empty one
            ticks = round(shift / base)
            shown = (at + ticks) * base
            ends = shown + (packet.duration * base if packet.duration else step)
            if packet.stream is video:
                self.end = max(self.end, ends)
            elif shown < self._heard or shown > self.end + _ALONE:
                continue
            else:
                self._heard = ends
            self._wait(float((packet.dts + ticks) * base if packet.dts is not None else shown))
            if packet.pts is not None:
                packet.pts += ticks
            if packet.dts is not None:
                packet.dts += ticks
            yield packet

    def _wait(self, due: float) -> None:
        if self._begun is None:
            self._begun = time.monotonic() - due
        # What is late, because the machine was, is not waited for, nor is anything left out.
        time.sleep(max(0.0, self._begun + due - time.monotonic()))
