"""Turns a specification into encoded loops. Pure work, no cache: see `cache`."""

from fractions import Fraction
from typing import Literal, cast

import av
import numpy as np
from numpy.typing import NDArray

from thienly.sim.clip import SoundClip, VideoClip
from thienly.sim.osd import Osd
from thienly.sim.picture_faults import FaultyLens
from thienly.sim.scenes import build_scene
from thienly.sim.scenes.scene import Performance
from thienly.sim.scenes.stage import Stage
from thienly.sim.scenes.yuv import Frame
from thienly.sim.sound import SAMPLE_RATE, Samples, scene_sound
from thienly.sim.spec import CameraSpec, PictureFault, SceneName, SoundCodec

_NOISE_PLANES = 8
_X264 = "threads=1:slices=1:fullrange=off:open-gop=0"
_X265 = "pools=1:frame-threads=1:slices=1:range=limited:open-gop=0:info=0:log-level=none"
_SOUND: dict[SoundCodec, tuple[str, int, int, Literal["fltp", "s16"]]] = {
    "aac": ("aac", SAMPLE_RATE, 1024, "fltp"),
    "pcma": ("pcm_alaw", 8_000, 160, "s16"),
    "pcmu": ("pcm_mulaw", 8_000, 160, "s16"),
    "opus": ("libopus", 48_000, 960, "s16"),
}
"""Encoder, rate in Hz, samples of a frame, and how they are given to it."""


def render_video(spec: CameraSpec, fault: PictureFault | None = None) -> VideoClip:
    """The loop of a camera, or the loop as a fault shows it."""
    stage = Stage(spec.width, spec.height, spec.variant, spec.loop_s)
    scene = build_scene(spec.scene, stage)
    performance = Performance(scene, stage)
    osd = Osd(spec.name, spec.width, spec.height)
    lens = FaultyLens(fault, spec.width, spec.height) if fault else None
    noise = _sensor_noise(spec, scene.noise)
    encoder = _encoder(spec)
    frame = Frame(spec.width, spec.height)
    packets = []
    for number in range(spec.loop_frames):
        if fault != "frozen" or number == 0:
            position_ms = number * 1000 // spec.fps
            performance.draw(frame, position_ms / 1000)
            if lens:
                lens.apply(frame)
            frame.y += noise[number % _NOISE_PLANES]
            osd.draw(frame, position_ms)
        picture = av.VideoFrame.from_ndarray(frame.packed(), format="yuv420p")
        picture.pts = number
        packets += encoder.encode(picture)
    packets += encoder.encode(None)
    shown = [packet.pts or 0 for packet in packets]
    if sorted(shown) != list(range(spec.loop_frames)):
        raise RuntimeError(f"the encoder gave {len(packets)} access units for {spec.loop_frames} frames")
    units = [bytes(packet) for packet in packets]
    return VideoClip(spec.width, spec.height, spec.fps, spec.gop_frames, units, spec.codec, shown)


def _sensor_noise(spec: CameraSpec, strength: int) -> list[NDArray[np.uint8]]:
    """Two's-complement steps to add to the luma; pictures keep enough head-room not to wrap."""
    chance = np.random.default_rng(7)
    shape = (spec.height, spec.width)
    return [
        chance.integers(-strength, strength + 1, shape, dtype=np.int8).view(np.uint8)
        for _ in range(_NOISE_PLANES)
    ]


def _encoder(spec: CameraSpec) -> av.VideoCodecContext:
    """As an IP camera encodes: closed GOPs of one length, one slice, parameter sets before each key frame."""
    name, parameters = ("libx264", _X264) if spec.codec == "h264" else ("libx265", _X265)
    encoder = cast(av.VideoCodecContext, av.CodecContext.create(name, "w"))
    encoder.width, encoder.height, encoder.pix_fmt = spec.width, spec.height, "yuv420p"
    encoder.time_base, encoder.framerate = Fraction(1, spec.fps), Fraction(spec.fps)
    encoder.gop_size, encoder.bit_rate, encoder.thread_count = spec.gop_frames, spec.bitrate, 1
    kilobits = spec.bitrate // 1000
    encoder.options = {
        "preset": "superfast" if spec.codec == "h264" else "ultrafast",
        "tune": "zerolatency",
        f"{name.removeprefix('lib')}-params": (
            f"{parameters}:bframes={spec.bframes}:b-adapt=0:rc-lookahead={2 * spec.bframes}:scenecut=0"
            f":keyint={spec.gop_frames}:min-keyint={spec.gop_frames}"
            f":repeat-headers=1:annexb=1:vbv-maxrate={kilobits * 5 // 4}:vbv-bufsize={kilobits * 2}"
            ":colormatrix=bt709:colorprim=bt709:transfer=bt709"
        ),
    }
    return encoder


def render_sound(scene: SceneName, codec: SoundCodec = "aac") -> SoundClip:
    """The loop of a scene's sound. It is encoded twice over and the second round kept, so that it joins."""
    name, rate, step, form = _SOUND[codec]
    samples = _resampled(scene_sound(scene), rate)
    if form == "s16":
        samples = (samples * 32767).astype(np.int16)
    encoder = cast(av.AudioCodecContext, av.CodecContext.create(name, "w"))
    encoder.sample_rate, encoder.layout, encoder.format = rate, "mono", form
    encoder.time_base = Fraction(1, rate)
    if codec in ("aac", "opus"):
        encoder.bit_rate = 32_000
    frames = len(samples) // step
    units: list[bytes] = []
    for number in range(2 * frames + 2):
        start = number % frames * step
        block = av.AudioFrame.from_ndarray(samples[None, start : start + step], format=form, layout="mono")
        block.sample_rate, block.pts = rate, number * step
        units += [bytes(packet) for packet in encoder.encode(block)]
    config = bytes(encoder.extradata or b"")[:2] if codec == "aac" else b""
    return SoundClip(rate, config, units[frames : 2 * frames], codec, step)


def _resampled(samples: Samples, rate: int) -> Samples:
    """At another rate; exact, for the sound is periodic."""
    count = len(samples) * rate // SAMPLE_RATE
    if count == len(samples):
        return samples
    wave = np.fft.irfft(np.fft.rfft(samples), count) * (count / len(samples))
    return np.asarray(wave, np.float32)
