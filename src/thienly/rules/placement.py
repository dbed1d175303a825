"""On which disk a camera's recording goes."""

from collections.abc import Sequence
from dataclasses import dataclass

_ROOMY = 10
"""While a disk still has a tenth of itself free, free space decides; later all are as full as retention lets
them be, and their size does."""


@dataclass(frozen=True, slots=True)
class Disk:
    """A disk that can be written. `free`, `total`: bytes; `rate`: what its cameras write, bytes a second."""

    name: str
    free: int
    total: int
    rate: float


def choose(disks: Sequence[Disk], rate: float) -> str | None:
    """The disk that would last longest with one more camera of `rate` bytes a second; None without disks."""
    roomy = any(disk.free * _ROOMY > disk.total for disk in disks)

    def lasts(disk: Disk) -> tuple[float, str]:
        room = disk.free if roomy else disk.total
        return room / (disk.rate + max(rate, 1.0)), disk.name

    return max(disks, key=lasts).name if disks else None
