"""The files of a package, in its zip or unpacked into a folder."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from thienly.evidence.container import Malformed, printable, read_directory, safe

_OF_THE_SYSTEM = frozenset({"thumbs.db", "desktop.ini", ".ds_store"})
"""What file managers leave in a folder by themselves."""


class Members(Protocol):
    """`sizes`: of each file by name, in bytes."""

    sizes: dict[str, int]

    def read(self, name: str, offset: int, length: int) -> bytes:
        """At most `length` bytes. Raises OSError."""


@dataclass(slots=True)
class _Zip:
    file: BinaryIO
    sizes: dict[str, int]
    offsets: dict[str, int]

    def read(self, name: str, offset: int, length: int) -> bytes:
        self.file.seek(self.offsets[name] + offset)
        return self.file.read(max(0, min(length, self.sizes[name] - offset)))


@dataclass(slots=True)
class _Folder:
    path: Path
    sizes: dict[str, int]

    def read(self, name: str, offset: int, length: int) -> bytes:
        descriptor = os.open(self.path / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            return os.pread(descriptor, length, offset)
        finally:
            os.close(descriptor)


@contextmanager
def opened(path: Path) -> Iterator[Members]:
    """Raises Malformed, OSError."""
    if path.is_dir():
        yield _Folder(path, dict(_found(path)))
        return
    with path.open("rb") as file:
        entries = read_directory(file)
        yield _Zip(file, {e.name: e.size for e in entries}, {e.name: e.data_offset for e in entries})


def _found(folder: Path) -> Iterator[tuple[str, int]]:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() or (not path.is_dir() and not path.is_file()):
            raise Malformed("bad_name", printable(name))
        if path.is_dir() or path.name.lower() in _OF_THE_SYSTEM or path.name.startswith("._"):
            continue
        if not safe(name):
            raise Malformed("bad_name", printable(name))
        yield name, path.stat().st_size


def is_package(path: Path) -> bool:
    """Whether it is worth being looked at as one. Raises OSError."""
    if path.is_dir():
        return (path / "manifest.json").exists() or (path / "clips").is_dir()
    if path.suffix.lower() == ".zip":
        return True
    with path.open("rb") as file:
        return file.read(4) == b"PK\3\4"
