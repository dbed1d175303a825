"""Whether a directory lies on an encrypted block device (LUKS, by dm-crypt), proven from what Linux shows.

A device of the mapper that encrypts has a UUID that begins with `CRYPT-` (cryptsetup, `dm/uuid` in sysfs).
What is stacked above it (LVM, MD RAID, a partition) is followed down through `slaves`; every device below
must be encrypted. What cannot be followed, such as a network file system, is not proven.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SYS = Path("/sys")
MOUNTS = Path("/proc/self/mountinfo")


@dataclass(frozen=True, slots=True)
class Encryption:
    """`detail`: the device that decided, short and technical."""

    proven: bool
    detail: str


def encryption_of(directory: Path) -> Encryption:
    """Blocks, on a disk that hangs for long. Raises OSError."""
    device = directory.stat().st_dev
    if os.major(device) == 0:  # a file system without a device of its own, as btrfs
        return _of_mount(device)
    return of_device(device)


def of_device(device: int) -> Encryption:
    """`device`: its number, as of `os.stat`."""
    place = SYS / "dev" / "block" / f"{os.major(device)}:{os.minor(device)}"
    if not place.exists():
        return Encryption(False, f"{os.major(device)}:{os.minor(device)} is no block device")
    return _of_block(place.resolve(), frozenset())


def _of_block(place: Path, seen: frozenset[Path]) -> Encryption:
    name = place.name
    if place in seen:
        return Encryption(False, f"{name} lies on itself")
    if _read(place / "dm" / "uuid").startswith("CRYPT-"):
        return Encryption(True, f"{name}: dm-crypt")
    if (place / "partition").exists():
        return _of_block(place.parent, seen | {place})
    below = sorted((place / "slaves").iterdir()) if (place / "slaves").is_dir() else []
    found = [_of_block(one.resolve(), seen | {place}) for one in below]
    if not found:
        return Encryption(False, f"{name} is not encrypted")
    return next((one for one in found if not one.proven), found[0])


def _of_mount(device: int) -> Encryption:
    """By the device that was mounted there, of whatever file system."""
    number = f"{os.major(device)}:{os.minor(device)}"
    kind = ""
    for kind, source in _mounts(number):
        pool = _btrfs(source) if kind == "btrfs" else []
        found = [of_device(one) for one in pool]
        if found:
            return next((one for one in found if not one.proven), found[0])
    return Encryption(False, f"{kind or 'file system'} without a block device")


def _mounts(number: str) -> Iterator[tuple[str, str]]:
    """(type, source) of what is mounted from the device (proc_pid_mountinfo(5))."""
    for line in _read(MOUNTS).splitlines():
        front, _, back = line.partition(" - ")
        if front.split()[2:3] == [number] and len(back.split()) >= 2:
            kind, source = back.split()[:2]
            yield kind, source


def _btrfs(source: str) -> list[int]:
    """Every device of the file system of which `source` is one."""
    try:
        device = Path(source).stat().st_rdev
    except OSError:
        return []
    wanted = f"{os.major(device)}:{os.minor(device)}"
    for pool in (SYS / "fs" / "btrfs").glob("*/devices"):
        numbers = [_read(one / "dev").strip() for one in pool.iterdir()]
        if wanted in numbers:
            pairs = [number.split(":") for number in numbers if number.count(":") == 1]
            return [os.makedev(int(major), int(minor)) for major, minor in pairs]
    return [device]


def _read(path: Path) -> str:
    """Empty when there is no such file."""
    try:
        return path.read_text()
    except OSError:
        return ""
