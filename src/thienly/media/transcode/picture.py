"""Any picture as H.264, small and at once: no B-frames, no look-ahead (ITU-T H.264)."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import av
from av.video.codeccontext import VideoCodecContext

from thienly.media.codecs import h264
from thienly.media.frames import VideoTrack

MOST_PIXELS = 1280 * 720
"""What a slot of one core converts in time, at 25 frames a second."""
_MICROS = Fraction(1, 1_000_000)
_GOP_FRAMES = 50
_OPTIONS = {
    "preset": "ultrafast",
    "tune": "zerolatency",
    "profile": "main",
    "crf": "25",
    "maxrate": "3M",
    "bufsize": "3M",
    "x264-params": "scenecut=0:threads=1",
}


@dataclass(frozen=True, slots=True)
class Encoded:
    """An access unit as length-prefixed NAL units. `when_us` as it was given."""

    when_us: int
    key: bool
    data: bytes


def fitting(width: int, height: int) -> tuple[int, int]:
    """The size, even numbers of pixels, in which a picture is encoded."""
    scale = min(1.0, (MOST_PIXELS / (width * height)) ** 0.5)
    return max(2, int(width * scale) // 2 * 2), max(2, int(height * scale) // 2 * 2)


class ToH264:
    """Takes decoded pictures of one size, gives H.264."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = fitting(width, height)
        encoder = av.CodecContext.create("libx264", "w")
        assert isinstance(encoder, VideoCodecContext)  # noqa: S101 - what PyAV makes of this name
        encoder.width, encoder.height, encoder.pix_fmt = self.width, self.height, "yuv420p"
        encoder.time_base = _MICROS
        encoder.framerate = Fraction(25)
        encoder.gop_size = _GOP_FRAMES
        encoder.max_b_frames = 0
        encoder.options = dict(_OPTIONS)
        encoder.flags |= 1 << 22  # AV_CODEC_FLAG_GLOBAL_HEADER: parameter sets beside the stream
        encoder.open()
        self._encoder = encoder
        sets = [nal for nal in nals(bytes(encoder.extradata or b"")) if nal]
        sps = next(nal for nal in sets if nal[0] & 0x1F == 7)
        pps = next(nal for nal in sets if nal[0] & 0x1F == 8)
        size = h264.parse_sps(sps)
        self.track = VideoTrack("h264", sps, pps, size.width, size.height)

    def feed(self, frame: av.VideoFrame, when_us: int, *, key: bool) -> list[Encoded]:
        """`key`: decoding may begin at this picture."""
        small = frame.reformat(self.width, self.height, "yuv420p")
        small.pts, small.time_base = when_us, _MICROS
        small.pict_type = 1 if key else 0
        out: list[Encoded] = []
        for packet in self._encoder.encode(small):
            data = b"".join(len(nal).to_bytes(4, "big") + nal for nal in nals(bytes(packet)))
            out.append(Encoded(packet.pts or 0, packet.is_keyframe, data))
        return out


def nals(data: bytes) -> Iterator[bytes]:
    """NAL units of a byte stream (H.264 Annex B)."""
    at = data.find(b"\x00\x00\x01")
    while at >= 0:
        begin = at + 3
        at = data.find(b"\x00\x00\x01", begin)
        yield (data[begin:] if at < 0 else data[begin:at]).rstrip(b"\x00")
