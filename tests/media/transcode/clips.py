"""Fragments as a camera with H.265 or G.711 would have left them, by a muxer that is not ours."""

import io
import math
from array import array
from collections.abc import Iterator
from dataclasses import dataclass

import av

FPS = 25
GOP = 25


@dataclass(frozen=True)
class Clip:
    """Init segment and fragments of a second each, with their type."""

    init: bytes
    fragments: list[bytes]
    mime: str


def boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        yield data[at + 4 : at + 8], data[at : at + size]
        at += size


def clip(*, video: str, sound: str, seconds: int = 3, width: int = 320, height: int = 180) -> Clip:
    """`video`: `h264` or `h265`; `sound`: `aac` or `pcmu`. Each frame is lighter than the one before."""
    file = io.BytesIO()
    # QuickTime, because the MP4 muxer of libav has no G.711; the boxes are the same.
    kind = "mov" if sound == "pcmu" else "mp4"
    flags = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
    with av.open(file, "w", format=kind, options=flags) as out:
        name = "libx265" if video == "h265" else "libx264"
        options = {"preset": "ultrafast", "tune": "zerolatency"}
        if video == "h265":
            options["x265-params"] = f"keyint={GOP}:min-keyint={GOP}:scenecut=0:bframes=0:log-level=none"
        pictures = out.add_stream(name, rate=FPS, options={**options, "g": str(GOP)})
        pictures.width, pictures.height, pictures.pix_fmt = width, height, "yuv420p"
        if video == "h265":
            pictures.codec_tag = "hvc1"
        rate = 8000 if sound == "pcmu" else 16000
        tones = out.add_stream("pcm_mulaw" if sound == "pcmu" else "aac", rate=rate, layout="mono")
        samples, form = (160, "s16") if sound == "pcmu" else (1024, "fltp")
        total = seconds * rate
        for number in range(seconds * FPS):
            picture = av.VideoFrame(width, height, "yuv420p")
            for plane in picture.planes:
                plane.update(bytes([20 + number % GOP * 8]) * plane.buffer_size)
            picture.pts = number
            out.mux(pictures.encode(picture))
        for start in range(0, total, samples):
            heard = av.AudioFrame(format=form, layout="mono", samples=samples)
            wave = [math.sin((start + n) / 5) / 2 for n in range(samples)]
            data = array("f", wave) if form == "fltp" else array("h", (int(v * 30_000) for v in wave))
            heard.planes[0].update(data.tobytes())
            heard.sample_rate, heard.pts = rate, start
            out.mux(tones.encode(heard))
        out.mux(pictures.encode(None))
        out.mux(tones.encode(None))
    init, fragments = b"", []
    for name, whole in boxes(file.getvalue()):
        if name in (b"ftyp", b"moov"):
            init += whole
        elif name == b"moof":
            fragments.append(whole)
        elif name == b"mdat":
            fragments[-1] += whole
    codecs = (
        "hvc1.1.6.L60.90" if video == "h265" else "avc1.42c00c",
        "ulaw" if sound == "pcmu" else "mp4a.40.2",
    )
    return Clip(init, fragments, f'video/mp4; codecs="{codecs[0]},{codecs[1]}"')
