"""Pictures out of recorded key frames, decoded in a process of its own (`child`): bytes that bring libav
down, or keep it busy for ever, cost one picture and never a frame of a recording."""

import struct
import subprocess
import sys
import threading
from contextlib import suppress

_COMMAND = (sys.executable, "-I", "-m", "thienly.media.stills.child")
_LONGEST_S = 10.0
"""For one picture, the start of the process included."""


class NoPicture(Exception):
    """Nothing can be shown; the text is technical and free of secrets."""


class StillDecoder:
    """Blocks: for threads of its own, which wait for each other. The process is there only while used."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def jpeg(self, data: bytes, width: int) -> bytes:
        """The first picture of an fMP4 (init segment and fragment), `width` pixels wide. Raises NoPicture."""
        return self._ask(data, width)

    def check(self, data: bytes) -> None:
        """Raises NoPicture when the first picture cannot be decoded."""
        self._ask(data, 0)

    def close(self) -> None:
        """Ends the process, if there is one."""
        with self._lock:
            self._end()

    def _ask(self, data: bytes, width: int) -> bytes:
        with self._lock:
            if self._process is not None and self._process.poll() is not None:
                self._end()
            try:
                return self._answer(data, width)
            except (BrokenPipeError, EOFError):
                # It may have gone to rest in this very moment: that is no reason to show nothing.
                rested = self._process is not None and self._process.wait() == 0
                self._end()
                if not rested:
                    raise NoPicture("the decoder failed") from None
            try:
                return self._answer(data, width)
            except (BrokenPipeError, EOFError):
                self._end()
                raise NoPicture("the decoder failed") from None

    def _answer(self, data: bytes, width: int) -> bytes:
        """Raises BrokenPipeError and EOFError when the process ends or is ended for its slowness."""
        if self._process is None:
            self._process = subprocess.Popen(  # noqa: S603 - our own module, nothing from outside
                _COMMAND,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={"LANG": "C.UTF-8"},
            )
        process = self._process
        assert process.stdin is not None and process.stdout is not None  # noqa: S101 - pipes
        limit = threading.Timer(_LONGEST_S, process.kill)
        limit.daemon = True
        limit.start()
        try:
            process.stdin.write(struct.pack(">II", width, len(data)))
            process.stdin.write(data)
            process.stdin.flush()
            head = process.stdout.read(5)
            if len(head) < 5:
                raise EOFError
            ok, size = struct.unpack(">BI", head)
            answer = process.stdout.read(size)
            if len(answer) < size:
                raise EOFError
        finally:
            limit.cancel()
        if not ok:
            raise NoPicture(answer.decode(errors="replace")[:100])
        return answer

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
