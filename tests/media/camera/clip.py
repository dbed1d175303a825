"""H.264, H.265, AAC, G.711 and Opus, encoded once a test run."""

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Literal

import av
import numpy as np

Codec = Literal["h264", "h265"]
Sound = Literal["aac", "pcma", "pcmu", "opus"]

FPS = 25
AUDIO_RATE = 16_000


@dataclass(frozen=True)
class Picture:
    """One access unit as NAL units without start codes."""

    nals: tuple[bytes, ...]
    codec: Codec = "h264"

    @property
    def kinds(self) -> list[int]:
        """nal_unit_type of each."""
        return [nal[0] & 31 if self.codec == "h264" else nal[0] >> 1 & 63 for nal in self.nals]

    @property
    def key(self) -> bool:
        return any(kind == 5 if self.codec == "h264" else 16 <= kind <= 23 for kind in self.kinds)

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
    codec: Codec = "h264"
    vps: bytes = b""


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
    codec: Codec = "h264",
    open_gop: bool = False,
) -> Clip:
    """Noise that moves, so that pictures are larger than a packet."""
    encoder = av.CodecContext.create("libx264" if codec == "h264" else "libx265", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.time_base, encoder.framerate = Fraction(1, FPS), Fraction(FPS, 1)
    parameters = f"keyint={gop}:min-keyint={gop}:scenecut=0:bframes={bframes}:repeat-headers=1:annexb=1"
    if codec == "h264":
        encoder.options = {"preset": "ultrafast", "profile": profile, "qp": "24", "x264-params": parameters}
    else:
        parameters += f":open-gop={int(open_gop)}:qp=24:pools=1:frame-threads=1:log-level=none:info=0"
        encoder.options = {"preset": "ultrafast", "x265-params": parameters}
    rng = np.random.default_rng(7)
    noise = rng.integers(0, 255, (height, width, 3), dtype=np.uint8)
    packets = []
    for index in range(frames):
        frame = av.VideoFrame.from_ndarray(np.roll(noise, index, axis=1), format="rgb24")
        frame.pts = index
        packets += encoder.encode(frame)
    packets += encoder.encode(None)
    pictures = tuple(Picture(split_annex_b(bytes(packet)), codec) for packet in packets)
    sets = dict(zip(pictures[0].kinds, pictures[0].nals, strict=True))
    vps, sps, pps = (b"", sets[7], sets[8]) if codec == "h264" else (sets[32], sets[33], sets[34])
    shown = tuple(int(packet.pts or 0) for packet in packets)
    config, sounds = _sound(frames / FPS)
    return Clip(sps, pps, width, height, pictures, shown, config, sounds, codec, vps)


@cache
def sounds(codec: Sound, seconds: float = 2.0) -> tuple[bytes, ...]:
    """Frames of 20 ms (AAC: 1,024 samples) of a tone, mono: G.711 at 8 kHz, Opus at 48 kHz."""
    if codec == "aac":
        return _sound(seconds)[1]
    names = {"pcma": "pcm_alaw", "pcmu": "pcm_mulaw", "opus": "libopus"}
    rate = 48_000 if codec == "opus" else 8_000
    encoder = av.CodecContext.create(names[codec], "w")
    encoder.sample_rate, encoder.layout, encoder.format = rate, "mono", "s16"
    encoder.time_base = Fraction(1, rate)
    encoder.open()
    step, found = rate // 50, []
    for index in range(int(seconds * 50)):
        wave = (8000 * np.sin(np.arange(index * step, (index + 1) * step) * 3000 / rate)).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(wave.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.pts = rate, index * step
        found += [bytes(packet) for packet in encoder.encode(frame)]
    return tuple(found)


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
