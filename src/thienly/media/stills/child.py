"""The process that decodes key frames: what libav does with a camera's bytes happens here and nowhere near a
recording. Run by `decoder`; speaks only through its pipes.

Request: width (0: only try), number of bytes, fMP4 (init segment and a fragment). Answer: 1 and a JPEG (empty
when it was only tried), or 0 and why there is no picture. Numbers are big-endian, 32 bits.
"""

import ctypes
import io
import resource
import select
import signal
import struct
import sys
from fractions import Fraction

import av
import av.logging
from av.error import FFmpegError

MEMORY = 1 << 30
"""Bytes of address space."""
IDLE_S = 30.0
"""Then it ends; it is started again when a picture is wanted."""
QUALITY = "6"
"""Of the JPEG, 2 (best) to 31."""
_PR_SET_PDEATHSIG = 1  # prctl(2)


class _NoPictureError(Exception):
    pass


def main() -> None:
    """Answers until its input ends or nothing was asked for `IDLE_S`."""
    for what, limit in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        resource.setrlimit(what, (limit, limit))
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    av.logging.set_level(av.logging.PANIC)
    asked, answers = sys.stdin.buffer, sys.stdout.buffer
    while select.select([asked], [], [], IDLE_S)[0]:
        head = asked.read(8)
        if len(head) < 8:
            return
        width, size = struct.unpack(">II", head)
        try:
            ok, answer = 1, picture(asked.read(size), width)
        except _NoPictureError as error:
            ok, answer = 0, str(error).encode()
        answers.write(struct.pack(">BI", ok, len(answer)) + answer)
        answers.flush()


def picture(data: bytes, width: int) -> bytes:
    """A JPEG of the first picture, `width` pixels wide."""
    try:
        with av.open(io.BytesIO(data), "r", format="mp4") as container:
            if not container.streams.video:
                raise _NoPictureError("no video")
            stream = container.streams.video[0]
            stream.codec_context.thread_count = 1  # one picture: more threads only wait for more pictures
            stream.codec_context.skip_frame = "NONKEY"
            frame = next(container.decode(stream))
            if not width:
                return b""
            height = max(2, round(width * frame.height / frame.width / 2) * 2)
            small = frame.reformat(width=width, height=height, format="yuvj420p")
            encoder = av.CodecContext.create("mjpeg", "w")
            encoder.width, encoder.height = width, height
            encoder.pix_fmt, encoder.time_base = "yuvj420p", Fraction(1, 25)
            encoder.options = {"qmin": QUALITY, "qmax": QUALITY}
            small.pts = 0
            return b"".join(bytes(packet) for packet in [*encoder.encode(small), *encoder.encode(None)])
    except (FFmpegError, StopIteration, ValueError, MemoryError) as error:
        raise _NoPictureError(f"not decoded: {type(error).__name__}") from error


if __name__ == "__main__":
    main()
