"""The key frame of a fragment, decoded and reduced. libav: only ever in a process that may die."""

import io

import av
import numpy as np
from av.error import FFmpegError

from thienly.analytics.picture import DETAIL_WIDTH, LEAST_HEIGHT, LEAST_WIDTH, Picture, Plane

MOST_PIXELS = 8192 * 4320


class NoPicture(Exception):
    """Nothing could be decoded; the text is technical and free of secrets."""


def decode(data: bytes) -> Picture:
    """The first picture of an fMP4 (init segment and a fragment that holds its key frame). Raises
    NoPicture."""
    try:
        with av.open(io.BytesIO(data), "r", format="mp4") as container:
            if not container.streams.video:
                raise NoPicture("no video")
            stream = container.streams.video[0]
            context = stream.codec_context
            context.thread_count = 1
            context.skip_frame = "NONKEY"
            if context.width * context.height > MOST_PIXELS:
                raise NoPicture("too large")
            # What the filter smooths is smaller than a reduced pixel, and it costs a fifth of the work.
            context.options = {"skip_loop_filter": "all"}
            return _reduced(next(container.decode(stream)))
    except (FFmpegError, StopIteration, ValueError, MemoryError) as error:
        raise NoPicture(f"not decoded: {type(error).__name__}") from error


def _reduced(frame: av.VideoFrame) -> Picture:
    if frame.width < LEAST_WIDTH or frame.height < LEAST_HEIGHT:
        raise NoPicture("too small")
    width = min(DETAIL_WIDTH, frame.width) // 2 * 2
    height = max(LEAST_HEIGHT, round(width * frame.height / frame.width / 2) * 2)
    small = frame.reformat(width=width, height=height, format="yuvj420p", interpolation="AREA")
    return Picture(*(_plane(small, number) for number in range(3)))


def _plane(frame: av.VideoFrame, number: int) -> Plane:
    plane = frame.planes[number]
    lines: Plane = np.frombuffer(memoryview(plane), np.uint8)[: plane.height * plane.line_size]
    return lines.reshape(plane.height, plane.line_size)[:, : plane.width]
