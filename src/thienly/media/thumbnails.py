"""Small pictures of what is recorded: the key frame of a fragment, decoded once and kept on disk.

Kept by (segment, ordinal) in a directory of their own beside the index, so that they are at hand whatever
store the segment lies in; bounded in bytes, the longest unused go first; gone with their segment. They can
always be made again.
"""

import io
import threading
from collections import OrderedDict
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import av
import structlog
from av.error import FFmpegError

from thienly.bus import subjects
from thienly.bus.questions import FragmentRef, ReadBytes
from thienly.media.archive import Archive

log = structlog.get_logger(__name__)

WIDTH = 240
"""Pixels."""
QUALITY = "6"
"""Of the JPEG, 2 (best) to 31."""
MAX_BYTES = 256 * 1024 * 1024
"""About 40,000 pictures."""
_LARGEST_GOP = 2 * subjects.PART


class NoPicture(Exception):
    """Nothing can be shown for this fragment; the text is technical and free of secrets."""


class Thumbnails:
    """Blocks: for threads of its own. `max_bytes` bounds what is kept on disk."""

    def __init__(self, directory: Path, archive: Archive, *, max_bytes: int = MAX_BYTES) -> None:
        self._directory = directory
        self._archive = archive
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[int, int], int] = OrderedDict()  # sizes, the longest unused first
        self._bytes = 0
        self.look()

    def of(self, ref: FragmentRef) -> bytes:
        """A JPEG of the fragment's first picture. Raises NoPicture; what `Archive.read` raises."""
        key = ref.segment, ref.ordinal
        with suppress(OSError):
            data = self._path(*key).read_bytes()
            self._use(key, len(data))
            return data
        data = _jpeg(self._bytes_of(ref))
        self._keep(key, data)
        return data

    def forget(self, segments: list[int]) -> None:
        """The pictures of segments that are deleted."""
        gone = set(segments)
        with self._lock:
            for key in [key for key in self._kept if key[0] in gone]:
                self._drop(key)

    # --- on disk ----------------------------------------------------------------------------------------
    def look(self) -> None:
        """Takes into account what an earlier process left."""
        found: list[tuple[float, tuple[int, int], int]] = []
        for path in self._directory.glob("*/*.jpg"):
            with suppress(OSError, ValueError):
                segment, ordinal = path.stem.split("-")
                known = path.stat()
                found.append((known.st_mtime, (int(segment), int(ordinal)), known.st_size))
        with self._lock:
            for _, key, size in sorted(found):
                self._bytes += size - self._kept.pop(key, 0)
                self._kept[key] = size
            self._make_room()

    def _path(self, segment: int, ordinal: int) -> Path:
        return self._directory / f"{segment % 256:02x}" / f"{segment}-{ordinal}.jpg"

    def _use(self, key: tuple[int, int], size: int) -> None:
        with self._lock:
            self._bytes += size - self._kept.pop(key, 0)
            self._kept[key] = size

    def _keep(self, key: tuple[int, int], data: bytes) -> None:
        """A full disk costs the picture its place, not the viewer the picture."""
        path = self._path(*key)
        part = path.with_suffix(f".{threading.get_ident()}.part")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            part.touch(mode=0o600)
            part.write_bytes(data)
            part.replace(path)
        except OSError as error:
            log.info("thumbnail_not_kept", error=str(error))
            with suppress(OSError):
                part.unlink()
            return
        self._use(key, len(data))
        with self._lock:
            self._make_room()

    def _make_room(self) -> None:
        while self._bytes > self._max_bytes and self._kept:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: tuple[int, int]) -> None:
        self._bytes -= self._kept.pop(key)
        with suppress(OSError):
            self._path(*key).unlink()

    # --- made -------------------------------------------------------------------------------------------
    def _bytes_of(self, ref: FragmentRef) -> bytes:
        """The init segment and the fragment. Raises NoPicture, RefusedError."""
        if ref.bytes > _LARGEST_GOP:
            raise NoPicture("the fragment is too long")
        parts = [self._archive.read(ReadBytes(segment=ref.segment, offset=0, length=ref.init_bytes))]
        offset, end = ref.offset, ref.offset + ref.bytes
        while offset < end:
            length = min(end - offset, subjects.PART)
            parts.append(self._archive.read(ReadBytes(segment=ref.segment, offset=offset, length=length)))
            offset += length
        return b"".join(parts)


def _jpeg(data: bytes) -> bytes:
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
    except (FFmpegError, StopIteration, ValueError) as error:
        raise NoPicture(f"not decoded: {type(error).__name__}") from error
