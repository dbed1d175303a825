"""H.264 and AAC, encoded once a test run."""

from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import av
import numpy as np

FPS = 25
AUDIO_RATE = 16_000


@dataclass(frozen=True)
class Picture:
    """One access unit as NAL units without start codes."""

    nals: tuple[bytes, ...]

    @property
    def key(self) -> bool:
        return any(nal[0] & 31 == 5 for nal in self.nals)

    @property
    def stored(self) -> bytes:
        """As it must stand in an mdat."""
        return b"".join(len(nal).to_bytes(4, "big") + nal for nal in self.nals)


@dataclass(frozen=True)
class Clip:
    """`pictures` in decoding order, with the presentation index of each."""

    sps: bytes
    pps: bytes
    width: int
    height: int
    pictures: tuple[Picture, ...]
    shown: tuple[int, ...]
    audio_config: bytes
    sounds: tuple[bytes, ...]


def split_annex_b(data: bytes) -> tuple[bytes, ...]:
    """NAL units of a byte stream with start codes."""
    return tuple(nal.rstrip(b"\0") for nal in data.split(b"\0\0\1")[1:])


@cache
def clip(
    *,
    width: int = 160,
    height: int = 90,
    frames: int = 50,
    gop: int = 25,
    bframes: int = 0,
    profile: str = "high",
) -> Clip:
    """Noise that moves, so that pictures are larger than a packet."""
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.time_base, encoder.framerate = Fraction(1, FPS), Fraction(FPS, 1)
    encoder.options = {
        "preset": "ultrafast",
        "profile": profile,
        "qp": "24",
        "x264-params": f"keyint={gop}:min-keyint={gop}:scenecut=0:bframes={bframes}"
        ":repeat-headers=1:annexb=1",
    }
    rng = np.random.default_rng(7)
    noise = rng.integers(0, 255, (height, width, 3), dtype=np.uint8)
    packets = []
    for index in range(frames):
        frame = av.VideoFrame.from_ndarray(np.roll(noise, index, axis=1), format="rgb24")
        frame.pts = index
        packets += encoder.encode(frame)
    packets += encoder.encode(None)
    pictures = tuple(Picture(split_annex_b(bytes(packet))) for packet in packets)
    sps = next(nal for nal in pictures[0].nals if nal[0] & 31 == 7)
    pps = next(nal for nal in pictures[0].nals if nal[0] & 31 == 8)
    shown = tuple(int(packet.pts or 0) for packet in packets)
    config, sounds = _sound(frames / FPS)
    return Clip(sps, pps, width, height, pictures, shown, config, sounds)


def _sound(seconds: float) -> tuple[bytes, tuple[bytes, ...]]:
    encoder = av.CodecContext.create("aac", "w")
    encoder.sample_rate, encoder.layout, encoder.format = AUDIO_RATE, "mono", "fltp"
    encoder.time_base = Fraction(1, AUDIO_RATE)
    encoder.open()
    sounds = []
    for index in range(int(seconds * AUDIO_RATE) // 1024):
        wave = np.sin(np.arange(index * 1024, index * 1024 + 1024) * 0.1).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(wave.reshape(1, -1), format="fltp", layout="mono")
        frame.sample_rate, frame.pts = AUDIO_RATE, index * 1024
        sounds += [bytes(packet) for packet in encoder.encode(frame)]
    return bytes(encoder.extradata or b""), tuple(sounds)
