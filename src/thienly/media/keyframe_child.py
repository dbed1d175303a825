"""The process that decodes for `keyframe.Keyframes`.

    python -m thienly.media.keyframe_child

It reads a length (4 bytes) and an fMP4 of so many bytes, and answers a length and a JPEG, or the length 0 and
what was wrong, again behind its length; until its input ends or it was idle for a while.
"""

import io
import select
import sys
from fractions import Fraction

import av
import av.logging

from thienly.media.confined import confine
from thienly.media.keyframe import LENGTH, NoPicture

WIDTH = 240
"""Pixels of the picture."""
IDLE_S = 60.0
"""Then it ends, and its memory is free for recordings; the next question begins another."""
QUALITY = "6"
"""Of the JPEG, 2 (best) to 31."""


def main() -> None:
    """Answers until the input ends, or nothing was asked for `IDLE_S`."""
    confine()
    av.logging.set_level(av.logging.PANIC)
    given, out = sys.stdin.buffer, sys.stdout.buffer
    while select.select([given], [], [], IDLE_S)[0] and len(head := given.read(LENGTH.size)) == LENGTH.size:
        try:
            answer = decoded(given.read(LENGTH.unpack(head)[0]))
            out.write(LENGTH.pack(len(answer)) + answer)
        except (NoPicture, MemoryError) as error:
            said = (str(error) or "memory").encode()
            out.write(LENGTH.pack(0) + LENGTH.pack(len(said)) + said)
        out.flush()


def decoded(data: bytes) -> bytes:
    """The first picture of an fMP4, `WIDTH` pixels wide. Raises NoPicture."""
    try:
        with av.open(io.BytesIO(data), "r", format="mp4") as container:
            if not container.streams.video:
                raise NoPicture("no video")
            stream = container.streams.video[0]
            stream.codec_context.thread_count = 1  # one picture: more threads only wait for more pictures
            stream.codec_context.skip_frame = "NONKEY"
            frame = next(container.decode(stream))
            height = max(2, round(WIDTH * frame.height / frame.width / 2) * 2)
            small = frame.reformat(width=WIDTH, height=height, format="yuvj420p")
            encoder = av.CodecContext.create("mjpeg", "w")
            encoder.width, encoder.height = WIDTH, height
            encoder.pix_fmt, encoder.time_base = "yuvj420p", Fraction(1, 25)
            encoder.options = {"qmin": QUALITY, "qmax": QUALITY}
            small.pts = 0
            return b"".join(bytes(packet) for packet in [*encoder.encode(small), *encoder.encode(None)])
    except (av.FFmpegError, StopIteration, ValueError) as error:
        raise NoPicture(f"not decoded: {type(error).__name__}") from error


if __name__ == "__main__":
    main()
