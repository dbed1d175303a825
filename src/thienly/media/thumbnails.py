"""Small pictures of what is recorded: the key frame of a fragment, decoded once and kept on disk.

Kept by (segment, ordinal) in a directory of their own beside the index, so that they are at hand whatever
store the segment lies in; bounded in bytes, the longest unused go first; gone with their segment. They can
always be made again.
"""

import threading
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path

import structlog

from thienly.bus import subjects
from thienly.bus.questions import FragmentRef, ReadBytes
from thienly.media.archive import Archive
from thienly.media.keyframe import Keyframes, NoPicture

log = structlog.get_logger(__name__)

MAX_BYTES = 256 * 1024 * 1024
"""About 40,000 pictures."""
_LARGEST_GOP = 2 * subjects.PART


class Thumbnails:
    """Blocks: for threads of its own. `max_bytes` bounds what is kept on disk."""

    def __init__(self, directory: Path, archive: Archive, *, max_bytes: int = MAX_BYTES) -> None:
        self._directory = directory
        self._archive = archive
        self._max_bytes = max_bytes
        self._keyframes = Keyframes()
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
        data = self._keyframes.jpeg(self._bytes_of(ref))
        self._keep(key, data)
        return data

    @property
    def pid(self) -> int | None:
        """Of the process that decodes, while there is one."""
        return self._keyframes.pid

    def close(self) -> None:
        """Ends that process."""
        self._keyframes.close()

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
