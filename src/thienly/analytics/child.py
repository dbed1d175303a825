"""The process that measures pictures: reads them from its standard input, answers on its standard output,
until either ends.

    python -m thienly.analytics.child

It is a process of its own because libav decodes what a stranger sent: a crash or a leak costs one picture, a
call that hangs is ended by killing it. It runs behind everything else on the machine.

Each message is a length (4 bytes, big-endian) and JSON; a question's JSON is followed by as many bytes of
fMP4 as its `bytes` says. Question: `camera`, `bytes`, `looks` (base64 by mode). Answer: `measures`, `mode`,
`look` (what would be usual after this picture), or `problem`.
"""

import base64
import ctypes
import io
import json
import os
import resource
import signal
from collections import OrderedDict
from struct import Struct

import av.logging

from thienly.analytics.decoding import NoPicture, decode
from thienly.analytics.picture import Look, Plane, is_mono, learn, look_of, measure, still_of

MEMORY = 2 << 30
"""Bytes of address space; the libraries alone map a quarter of it."""
MOST_REMEMBERED = 2000
"""Cameras of which the last picture is kept, about 37 kB each."""
LENGTH = Struct(">I")
MOST_JSON = 1 << 20
_PR_SET_PDEATHSIG = 1


class Measurer:
    """Remembers the last picture of each camera, to see whether anything moves."""

    def __init__(self) -> None:
        self._before: OrderedDict[str, Plane] = OrderedDict()

    def answer(self, camera: str, looks: dict[str, bytes], data: bytes) -> dict[str, object]:
        """Raises NoPicture; ValueError when a look is none."""
        picture = decode(data)
        seen = look_of(picture)
        still, before = still_of(picture), self._before.pop(camera, None)
        self._before[camera] = still
        while len(self._before) > MOST_REMEMBERED:
            self._before.popitem(last=False)
        mode = "mono" if is_mono(picture) else "colour"
        usual = Look.unpack(looks[mode]) if mode in looks else None
        measured = measure(picture, seen, still, usual=usual, before=before)
        return {
            "measures": measured.model_dump(),
            "mode": mode,
            "look": base64.b64encode(learn(usual, seen).pack()).decode(),
        }


def main() -> None:
    """Serves until its input ends."""
    _be_small()
    source, out, measurer = io.FileIO(0, closefd=False), io.FileIO(1, "w", closefd=False), Measurer()
    while True:
        head = _read(source, LENGTH.size)
        if head is None:
            return
        (size,) = LENGTH.unpack(head)
        question = _read(source, size) if size <= MOST_JSON else None
        if question is None:
            return
        asked = json.loads(question)
        data = _read(source, int(asked["bytes"]))
        if data is None:
            return
        looks = {mode: base64.b64decode(look) for mode, look in asked["looks"].items()}
        try:
            answer = measurer.answer(asked["camera"], looks, data)
        except (NoPicture, ValueError, MemoryError) as error:
            answer = {"problem": str(error)[:80] or type(error).__name__}
        text = json.dumps(answer).encode()
        try:
            _write(out, LENGTH.pack(len(text)) + text)
        except BrokenPipeError:
            return


def _be_small() -> None:
    for what, limit in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),  # it writes to pipes only
        (resource.RLIMIT_NOFILE, 64),
    ):
        resource.setrlimit(what, (limit, limit))
    # Also when the recorder is killed without a word.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    os.nice(19)
    av.logging.set_level(av.logging.PANIC)


def _read(source: io.FileIO, size: int) -> bytes | None:
    """None when the input ends before."""
    parts: list[bytes] = []
    while size > 0:
        part = source.read(size)
        if not part:
            return None
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _write(out: io.FileIO, data: bytes) -> None:
    """All of it: a raw pipe takes what it has room for."""
    view = memoryview(data)
    while view:
        view = view[out.write(view) or 0 :]


if __name__ == "__main__":
    main()
