"""The zip around a package: nothing compressed, every header as this module writes it, nothing between the
files.

What is read must be what would have been written for the same files, byte for byte. So a directory that
lies, a compressed bomb, overlapping entries, bytes in front, between or behind are all refused before a
file is looked at, and no byte outside the files can be changed. (APPNOTE 6.3.10 sections 4.3 and 4.5.3.)
"""

import re
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from struct import Struct, error, pack
from typing import BinaryIO

SAFE_NAME = re.compile(r"^(?:(?:clips|proofs)/)?[A-Za-z0-9][A-Za-z0-9._-]{0,119}$")
MAX_FILES = 100_000
LARGE = "clips/"
"""Files below it may be larger than 4 GB: their local header has room for such a size."""

_LOCAL, _CENTRAL = Struct("<4s5H3I2H"), Struct("<4s6H3I5H2I")
_END, _END64, _LOCATOR = Struct("<4s4H2IH"), Struct("<4sQ2H2I4Q"), Struct("<4sIQI")
_DATE = 0x0021  # 1 January 1980: the times that count stand in the manifest
_MODE = 0o100644 << 16
_FULL, _FULL16 = 0xFFFFFFFF, 0xFFFF


class Malformed(Exception):
    """`kind` is a code of words.json; `name`: the file it concerns."""

    def __init__(self, kind: str, name: str = "") -> None:
        super().__init__(f"{kind} {name}".rstrip())
        self.kind = kind
        self.name = name


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in the zip. `offset` (bytes) of its local header."""

    name: str
    size: int
    crc: int
    offset: int

    @property
    def data_offset(self) -> int:
        return self.offset + len(local_header(self.name, self.size, self.crc))


def local_header(name: str, size: int, crc: int) -> bytes:
    encoded = name.encode("ascii")
    large = name.startswith(LARGE)
    extra = pack("<2H2Q", 1, 16, size, size) if large else b""
    told = _FULL if large else size
    fields = (45 if large else 20, 0, 0, 0, _DATE, crc, told, told, len(encoded), len(extra))
    return _LOCAL.pack(b"PK\3\4", *fields) + encoded + extra


def central_header(entry: Entry) -> bytes:
    encoded = entry.name.encode("ascii")
    extra = b""
    size, offset = entry.size, entry.offset
    if size >= _FULL:
        extra, size = pack("<2Q", size, size), _FULL
    if offset >= _FULL:
        extra, offset = extra + pack("<Q", offset), _FULL
    if extra:
        extra = pack("<2H", 1, len(extra)) + extra
    made = (3 << 8 | 45, 45 if entry.name.startswith(LARGE) or extra else 20, 0, 0, 0, _DATE)
    lengths = (len(encoded), len(extra), 0, 0, 0, _MODE, offset)
    return _CENTRAL.pack(b"PK\1\2", *made, entry.crc, size, size, *lengths) + encoded + extra


def end_records(count: int, size: int, offset: int) -> bytes:
    """What follows the central directory of `count` entries and `size` bytes at `offset`."""
    records = b""
    if count >= _FULL16 or size >= _FULL or offset >= _FULL:
        made = 3 << 8 | 45
        records = _END64.pack(b"PK\6\6", 44, made, 45, 0, 0, count, count, size, offset)
        records += _LOCATOR.pack(b"PK\6\7", 0, offset + size, 1)
    told = min(count, _FULL16)
    return records + _END.pack(b"PK\5\6", 0, 0, told, told, min(size, _FULL), min(offset, _FULL), 0)


# --- writing ----------------------------------------------------------------------------------------------
class Stream:
    """A file being written; `size`, `sha256` and `crc` of what was written so far."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = 0
        self.crc = 0
        self.digest = sha256()

    def write(self, data: bytes) -> None:
        """Raises OSError."""
        self._file.write(data)
        self.size += len(data)
        self.crc = zlib.crc32(data, self.crc)
        self.digest.update(data)


class Writer:
    """Writes into a file that is empty and can be sought in. `names`, sizes and digests of what stands in
    it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._names: set[str] = set()
        self.entries: list[Entry] = []
        self.digests: dict[str, str] = {}

    def add(self, name: str, data: bytes) -> None:
        """Raises ValueError for a name that is not safe or stands there already, OSError."""
        with self.stream(name) as stream:
            stream.write(data)

    @contextmanager
    def stream(self, name: str) -> Iterator[Stream]:
        """As `add`, for a file that is written piece by piece."""
        if not safe(name) or name.lower() in self._names:
            raise ValueError(f"not a name for a file of a package, or there already: {name!r}")
        self._names.add(name.lower())
        offset = self._file.tell()
        self._file.write(local_header(name, 0, 0))
        stream = Stream(self._file)
        yield stream
        end = self._file.tell()
        self._file.seek(offset)
        self._file.write(local_header(name, stream.size, stream.crc))
        self._file.seek(end)
        self.entries.append(Entry(name, stream.size, stream.crc, offset))
        self.digests[name] = stream.digest.hexdigest()

    def finish(self) -> None:
        """Raises OSError."""
        offset = self._file.tell()
        directory = b"".join(central_header(entry) for entry in self.entries)
        self._file.write(directory + end_records(len(self.entries), len(directory), offset))


# --- reading ----------------------------------------------------------------------------------------------
def safe(name: str) -> bool:
    return SAFE_NAME.match(name) is not None and ".." not in name and "\n" not in name


def read_directory(file: BinaryIO) -> list[Entry]:
    """The files of a package, in their order. Raises Malformed, OSError; see the module."""
    size = file.seek(0, 2)
    count, length, offset = _end(file, size)
    if count > MAX_FILES or length > MAX_FILES * 256 or offset + length > size:
        raise Malformed("zip_lies")
    directory = _at(file, offset, length)
    entries = list(_entries(directory, count))
    _named_well(entries)
    at = 0
    for entry in entries:
        header = local_header(entry.name, entry.size, entry.crc)
        if entry.offset != at or _at(file, at, len(header)) != header:
            raise Malformed("zip_lies", entry.name)
        at += len(header) + entry.size
    rebuilt = b"".join(central_header(entry) for entry in entries)
    tail = end_records(count, length, offset)
    if at != offset or rebuilt != directory or _at(file, offset + length, len(tail) + 1) != tail:
        raise Malformed("zip_lies")
    return entries


def _end(file: BinaryIO, size: int) -> tuple[int, int, int]:
    """(number of entries, bytes, offset) of the central directory."""
    record = _at(file, max(0, size - _END.size), _END.size)
    if len(record) < _END.size or record[:4] != b"PK\5\6":
        if _at(file, 0, 4) != b"PK\3\4":
            raise Malformed("not_a_package")
        raise Malformed("zip_lies" if b"PK\5\6" in _at(file, max(0, size - 70_000), 70_000) else "truncated")
    _, _, _, _, count, length, offset, _ = _END.unpack(record)
    if count == _FULL16 or _FULL in (length, offset):
        wide = _at(file, max(0, size - _END.size - _LOCATOR.size - _END64.size), _END64.size)
        if wide[:4] != b"PK\6\6":
            raise Malformed("zip_lies")
        *_, count, length, offset = _END64.unpack(wide)
    return count, length, offset


def _entries(directory: bytes, count: int) -> Iterator[Entry]:
    at = 0
    try:
        for _ in range(count):
            fields = _CENTRAL.unpack_from(directory, at)
            method, crc, size, name_length, extra_length = fields[4], fields[7], fields[9], *fields[10:12]
            offset = fields[16]
            raw = directory[at + _CENTRAL.size : at + _CENTRAL.size + name_length]
            extra = directory[at + _CENTRAL.size + name_length :][:extra_length]
            name = raw.decode("latin-1")
            if fields[0] != b"PK\1\2":
                raise Malformed("zip_lies")
            if method or fields[8] != size:
                raise Malformed("compressed", printable(name))
            numbers = [int.from_bytes(extra[n : n + 8], "little") for n in range(4, len(extra) - 7, 8)]
            if size == _FULL:
                size, numbers = numbers[0], numbers[2:]
            if offset == _FULL:
                offset = numbers[0]
            yield Entry(name, size, crc, offset)
            at += _CENTRAL.size + name_length + extra_length
    except (error, IndexError) as short:
        raise Malformed("zip_lies") from short


def _named_well(entries: Sequence[Entry]) -> None:
    seen: set[str] = set()
    for entry in entries:
        if not safe(entry.name):
            raise Malformed("bad_name", printable(entry.name))
        if entry.name.lower() in seen:
            raise Malformed("same_name", entry.name)
        seen.add(entry.name.lower())


def printable(name: str) -> str:
    """A name from outside, for a message: never a control character."""
    return "".join(c if " " <= c <= "~" else "?" for c in name)[:80]


def _at(file: BinaryIO, offset: int, length: int) -> bytes:
    file.seek(offset)
    return file.read(length)
