"""Zips that the product never writes: cut, lying, bombs, names from hell."""

import io
import zipfile
from collections.abc import Iterator
from struct import pack

from tests.evidence.case import Case


def zips(good: bytes, files: dict[str, bytes]) -> Iterator[Case]:
    def refused(name: str, data: bytes, kind: str) -> Case:
        return Case(name, data, [(kind, "", None, None)])

    yield refused("truncated", good[: len(good) * 2 // 3], "truncated")
    yield refused("its last byte missing", good[:-1], "zip_lies")
    yield refused("no zip", b"GIF89a" * 100, "not_a_package")
    yield refused("a picture in front", b"GIF89a" + good, "zip_lies")
    yield refused("empty", b"", "not_a_package")
    yield refused("bytes behind the end", good + b"\0", "zip_lies")
    yield refused("a program in front", b"PK\3\4" + b"x" * 100 + good, "zip_lies")
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", b"0" * 50_000_000)
    yield refused("a zip bomb", bomb.getvalue(), "compressed")
    for name in _HELL:
        yield refused(f"a name from hell: {name!r}", _with_name(files, name), "bad_name")
    yield refused("the same name twice", _with_name(files, b"readme.TXT"), "same_name")
    offset = good.index(b"PK\1\2")
    lying = good[: offset + 20] + pack("<II", 5, 5) + good[offset + 28 :]
    yield refused("a directory that lies about a size", lying, "zip_lies")
    swapped = good.replace(b"README.txt", b"README.tyt", 1)
    yield refused("a directory that lies about a name", swapped, "zip_lies")
    overlapping = good[: offset + 42] + pack("<I", 1) + good[offset + 46 :]
    yield refused("entries that overlap", overlapping, "zip_lies")


_HELL = [
    b"../../etc/cron.d/x",
    b"/etc/passwd",
    b"clips/../../x",
    b"C:\\x.mp4",
    b"clips/a\0.mp4",
    b"a\nb",
    b"a\n",
    "clips/đ.mp4".encode(),
    b"clips/",
]


def _with_name(files: dict[str, bytes], name: bytes) -> bytes:
    """A zip with one more file, under a name that nothing would write by itself."""
    out, mark = io.BytesIO(), b"\1" * len(name)
    with zipfile.ZipFile(out, "w") as archive:
        for known, data in files.items():
            archive.writestr(known, data)
        archive.writestr(mark.decode(), b"")
    return out.getvalue().replace(mark, name)
