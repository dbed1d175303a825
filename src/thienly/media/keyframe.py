"""The first picture of a recording, decoded in a process of its own.

A camera's bytes are a stranger's, and libav is C code: what crashes or hangs in it costs this picture, and
not the recorder, which records hundreds of other cameras.

That process is `keyframe_child`.
"""

import select
import struct
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import IO

PATIENCE_S = 10.0
_COMMAND = (sys.executable, "-I", "-m", "thienly.media.keyframe_child")
LENGTH = struct.Struct(">I")
"""Of a question, an answer, and what was wrong instead of an answer of no length."""
_PIECE = 1 << 16


class NoPicture(Exception):
    """Nothing can be shown for this recording; the text is technical and free of secrets."""


class Keyframes:
    """Asks the process, which is begun with the first question and begun anew when it has died or was ended
    because it hung. Blocks: for threads."""

    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = False

    @property
    def pid(self) -> int | None:
        """Of the process, while there is one."""
        return self._process.pid if self._process else None

    def jpeg(self, data: bytes) -> bytes:
        """The first picture of an fMP4, 240 pixels wide. Raises NoPicture."""
        with self._lock:
            if self._closed:
                raise NoPicture("ended")
            if self._process is None or self._process.poll() is not None:
                self._process = _begun()
            try:
                return _asked(self._process, data, time.monotonic() + self._patience_s)
            except (OSError, EOFError, TimeoutError) as error:
                self._end()
                raise NoPicture(f"libav broke off: {type(error).__name__}") from error

    def close(self) -> None:
        """Ends the process, also in the middle of a question; there is no other after it."""
        self._closed = True
        if (process := self._process) is not None:
            process.kill()
        with self._lock:
            self._end()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()


def _begun() -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603 - our own module
        _COMMAND,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        env={"LANG": "C.UTF-8"},
    )


def _asked(process: "subprocess.Popen[bytes]", data: bytes, deadline: float) -> bytes:
    """Raises NoPicture; OSError, EOFError, TimeoutError when the process is of no use any more."""
    assert process.stdin is not None and process.stdout is not None  # noqa: S101 - pipes
    view = memoryview(LENGTH.pack(len(data)) + data)
    while view:
        _, ready, _ = select.select([], [process.stdin], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            raise TimeoutError
        # A pipe that is ready takes at least so much without making us wait (PIPE_BUF, pipe(7)).
        view = view[process.stdin.write(view[: select.PIPE_BUF]) or 0 :]
    answer = _part(process.stdout, deadline)
    if not answer:
        raise NoPicture(_part(process.stdout, deadline).decode("ascii", "replace")[:80])
    return answer


def _part(out: IO[bytes], deadline: float) -> bytes:
    (length,) = LENGTH.unpack(_exactly(out, LENGTH.size, deadline))
    return _exactly(out, min(length, 1 << 20), deadline)


def _exactly(out: IO[bytes], size: int, deadline: float) -> bytes:
    data = b""
    while len(data) < size:
        ready, _, _ = select.select([out], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            raise TimeoutError
        piece = out.read(min(size - len(data), _PIECE))
        if not piece:
            raise EOFError
        data += piece
    return data
