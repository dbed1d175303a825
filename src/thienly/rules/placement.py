"""On which disk a camera's recording goes."""

from collections.abc import Callable, Sequence
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


_MARGIN = 1.25
"""A camera moves only where it would last so much longer, so that none goes to and fro."""


def choose(disks: Sequence[Disk], rate: float) -> str | None:
    """The disk that would last longest with one more camera of `rate` bytes a second; None without disks."""
    room = _room(disks)
    return (
        max(disks, key=lambda disk: (_lasts(room(disk), disk.rate + rate), disk.name)).name if disks else None
    )


def better(disks: Sequence[Disk], current: str, rate: float) -> str | None:
    """Where a camera of `rate` that is written to `current` should go with its next segment, so that disks
    fill evenly although nothing that is stored moves; None: it stays."""
    room = _room(disks)
    own = next((disk for disk in disks if disk.name == current), None)
    others = [disk for disk in disks if disk.name != current]
    name = choose(others, rate)
    if own is None or name is None:
        return None
    best = next(disk for disk in others if disk.name == name)
    gains = _lasts(room(best), best.rate + rate) > _MARGIN * _lasts(room(own), own.rate)
    return name if gains else None


def _room(disks: Sequence[Disk]) -> Callable[[Disk], int]:
    """What counts as a disk's room, beside the others."""
    roomy = any(disk.free * _ROOMY > disk.total for disk in disks)
    return lambda disk: disk.free if roomy else disk.total


def _lasts(room: int, rate: float) -> float:
    """Seconds."""
    return room / max(rate, 1.0)
