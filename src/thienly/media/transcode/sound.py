"""Any sound as AAC (ISO/IEC 14496-3), on the time axis of what it was."""

from fractions import Fraction

import av
from av.audio.codeccontext import AudioCodecContext
from av.audio.fifo import AudioFifo
from av.audio.resampler import AudioResampler

from thienly.media.frames import AudioTrack

SAMPLES = 1024  # in one AAC frame
_TOLERANCE_US = 100_000
_MICROS = Fraction(1, 1_000_000)


class ToAac:
    """Takes decoded sound of one stream, gives AAC frames of the same rate and one or two channels."""

    def __init__(self, rate: int, channels: int) -> None:
        layout = "stereo" if channels > 1 else "mono"
        encoder = av.CodecContext.create("aac", "w")
        assert isinstance(encoder, AudioCodecContext)  # noqa: S101 - what PyAV makes of this name
        encoder.sample_rate, encoder.layout, encoder.format = rate, layout, "fltp"
        encoder.bit_rate = 32_000 if layout == "mono" else 64_000
        encoder.time_base = Fraction(1, rate)
        encoder.open()
        self._encoder = encoder
        self._resampler = AudioResampler(format="fltp", layout=layout, rate=rate)
        self._fifo = AudioFifo()
        self._rate = rate
        self._next_us: float | None = None  # time of the first sample that waits in the fifo
        self._starts: list[int] = []  # time of each frame that the encoder still holds, µs
        self.track = AudioTrack("aac", bytes(encoder.extradata or b""), rate, 2 if channels > 1 else 1)

    def feed(self, frame: av.AudioFrame, when_us: int) -> list[tuple[int, bytes]]:
        """Time (µs) and bytes of each AAC frame that is complete now."""
        waiting_us = self._fifo.samples * 1_000_000 / self._rate
        if self._next_us is None or abs(self._next_us + waiting_us - when_us) > _TOLERANCE_US:
            self._next_us = when_us - waiting_us
        frame.pts = None
        for part in self._resampler.resample(frame):
            part.pts = None
            self._fifo.write(part)
        out: list[tuple[int, bytes]] = []
        while (ready := self._fifo.read(SAMPLES)) is not None:
            assert isinstance(ready, av.AudioFrame)  # noqa: S101 - a fifo of frames gives frames
            ready.pts = None
            self._starts.append(round(self._next_us))
            self._next_us += SAMPLES * 1_000_000 / self._rate
            out += [(self._starts.pop(0), bytes(packet)) for packet in self._encoder.encode(ready)]
        return out
