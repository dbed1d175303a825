"""Turns a specification into encoded loops. Pure work, no cache: see `cache`."""

from fractions import Fraction

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
from thienly.sim.sound import SAMPLE_RATE, scene_sound
from thienly.sim.spec import CameraSpec, PictureFault, SceneName

_NOISE_PLANES = 8
_AAC_FRAME = 1024


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
    units: list[bytes] = []
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
        units += [bytes(packet) for packet in encoder.encode(picture)]
    units += [bytes(packet) for packet in encoder.encode(None)]
    if len(units) != spec.loop_frames:
        raise RuntimeError(f"the encoder gave {len(units)} access units for {spec.loop_frames} frames")
    return VideoClip(spec.width, spec.height, spec.fps, spec.gop_frames, units)


def _sensor_noise(spec: CameraSpec, strength: int) -> list[NDArray[np.uint8]]:
    """Two's-complement steps to add to the luma; pictures keep enough head-room not to wrap."""
    chance = np.random.default_rng(7)
    shape = (spec.height, spec.width)
    return [
        chance.integers(-strength, strength + 1, shape, dtype=np.int8).view(np.uint8)
        for _ in range(_NOISE_PLANES)
    ]


def _encoder(spec: CameraSpec) -> av.VideoCodecContext:
    """As an IP camera encodes: no B-frames, fixed GOP, one slice, parameter sets before every key frame."""
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = spec.width, spec.height, "yuv420p"
    encoder.time_base, encoder.framerate = Fraction(1, spec.fps), Fraction(spec.fps)
    encoder.gop_size, encoder.bit_rate, encoder.thread_count = spec.gop_frames, spec.bitrate, 1
    kilobits = spec.bitrate // 1000
    encoder.options = {
        "preset": "superfast",
        "tune": "zerolatency",
        "x264-params": (
            f"threads=1:slices=1:bframes=0:scenecut=0:keyint={spec.gop_frames}:min-keyint={spec.gop_frames}"
            f":repeat-headers=1:annexb=1:vbv-maxrate={kilobits * 5 // 4}:vbv-bufsize={kilobits * 2}"
            ":colormatrix=bt709:colorprim=bt709:transfer=bt709:fullrange=off"
        ),
    }
    return encoder


def render_sound(scene: SceneName) -> SoundClip:
    """The loop of a scene's sound. It is encoded twice over and the second round kept, so that it joins."""
    samples = scene_sound(scene)
    encoder = av.CodecContext.create("aac", "w")
    encoder.sample_rate, encoder.layout, encoder.format = SAMPLE_RATE, "mono", "fltp"
    encoder.bit_rate = 32_000
    frames = len(samples) // _AAC_FRAME
    units: list[bytes] = []
    for number in range(2 * frames + 2):
        start = number % frames * _AAC_FRAME
        block = av.AudioFrame.from_ndarray(
            samples[None, start : start + _AAC_FRAME], format="fltp", layout="mono"
        )
        block.sample_rate, block.pts = SAMPLE_RATE, number * _AAC_FRAME
        units += [bytes(packet) for packet in encoder.encode(block)]
    return SoundClip(SAMPLE_RATE, bytes(encoder.extradata or b"")[:2], units[frames : 2 * frames])
