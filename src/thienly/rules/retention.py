"""Which recordings go, and why. Ages come from the caller (a profile or the installation), never from
here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

DAY_US = 86_400 * 1_000_000

Reason = Literal["ceiling", "space"]


@dataclass(frozen=True, slots=True)
class Stored:
    """A closed segment. `end_us`: Unix microseconds; `size`: bytes; `here`: its file is on the disk, so
    deleting it makes room there."""

    id: int
    camera: str
    end_us: int
    size: int
    here: bool = True


@dataclass(frozen=True, slots=True)
class Deletion:
    segment: int
    reason: Reason


def decide(
    oldest_first: Iterable[Stored], *, keep_days: Mapping[str, int], now_us: int, free: int, reserve: int
) -> list[Deletion]:
    """The segments to delete, in this order.

    First whatever is older than its camera's ceiling (`keep_days`; a camera that is not in the mapping has
    none, because a recorder that does not know a camera's duty must not judge it). Then, while less than
    `reserve` bytes would be `free`, the oldest of what is left, of every camera alike.
    """
    deletions: list[Deletion] = []
    rest: list[Stored] = []
    for segment in oldest_first:
        days = keep_days.get(segment.camera)
        if days is not None and segment.end_us < now_us - days * DAY_US:
            deletions.append(Deletion(segment.id, "ceiling"))
            free += segment.size if segment.here else 0
        else:
            rest.append(segment)
    for segment in rest:
        if free >= reserve:
            break
        if not segment.here:
            continue
        deletions.append(Deletion(segment.id, "space"))
        free += segment.size
    return deletions
