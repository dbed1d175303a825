"""Motion JPEG to H.264: no browser plays it in a file, and it is ten times as large."""

from collections.abc import Iterator
from fractions import Fraction

import av
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from thienly.media.frames import VideoTrack
from thienly.media.sources.records import VIDEO_RATE
from thienly.media.sources.units import Picture, Pictures

GOP_S = 2
QUALITY = "23"
"""x264's CRF. It is told no rate of pictures, only the unit of time, and then spends about a fifth of what
this number means at ten pictures a second: 39 dB against the JPEGs, in a fifth of their bytes."""
BASE = Fraction(1, VIDEO_RATE)


class Transcoder:
    """One thread, a fast preset; what that costs is measured by `bench/mjpeg.py`."""

    def __init__(self, stream: VideoStream) -> None:
        self._stream = stream
        self._encoder: VideoCodecContext | None = None
        self._pictures: Pictures | None = None
        self._last = -1
        self._key_at = 0

    @property
    def track(self) -> VideoTrack | None:
        return self._pictures.track if self._pictures else None

    def pictures(self, packet: "Packet[VideoStream]") -> Iterator[Picture]:
        """A JPEG that cannot be decoded is left out."""
        try:
            frames = self._stream.codec_context.decode(packet) if packet.size else []
        except av.FFmpegError:
            return
        for frame in frames:
            yield from self._encode(frame)

    def _encode(self, frame: VideoFrame) -> Iterator[Picture]:
        base = frame.time_base or self._stream.time_base
        time = round((frame.pts or 0) * base * VIDEO_RATE) if base else 0
        time = max(time, self._last + 1)
        picture = frame.reformat(format="yuv420p", width=frame.width & ~1, height=frame.height & ~1)
        encoder = self._encoder
        if encoder is None or (encoder.width, encoder.height) != (picture.width, picture.height):
            encoder = self._begin(picture)
            self._key_at = time
        picture.pts, picture.time_base = time, BASE
        picture.pict_type = av.video.frame.PictureType.NONE
        if time >= self._key_at:
            picture.pict_type = av.video.frame.PictureType.I
            self._key_at = time + GOP_S * VIDEO_RATE
        self._last = time
        assert self._pictures is not None  # noqa: S101 - made with the encoder
        for packet in encoder.encode(picture):
            yield from self._pictures.pictures(packet)

    def _begin(self, picture: VideoFrame) -> VideoCodecContext:
        encoder = VideoCodecContext.create("libx264", "w")
        encoder.width, encoder.height = picture.width, picture.height
        encoder.pix_fmt = "yuv420p"
        encoder.time_base = BASE
        encoder.thread_count = 1
        encoder.options = {
            "preset": "superfast",
            "tune": "zerolatency",
            "crf": QUALITY,
            "forced-idr": "1",
            "x264-params": "keyint=infinite:repeat-headers=1:scenecut=0",
        }
        self._encoder = encoder
        self._pictures = Pictures(BASE, self._stream.average_rate, b"")
        return encoder
