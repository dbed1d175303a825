"""Which recordings go, and why. Ages come from the caller (a profile or the installation), never from
here.

What exists elsewhere makes room first (`rules.copies`). The order after that, when a disk is full, is written
down here and nowhere else:

1. `ceiling`: footage older than its ceiling goes always, room or no room.
2. `target`: for room, footage older than its target, the oldest first.
3. `space`: for room, footage older than its floor, the oldest first.
4. `below_floor`: when nothing else is left, the oldest of all. What is promised is broken then, and that is
   an alarm; not recording what happens now would break it as well, and leave the duty officer blind.

Footage under a hold is never among what is offered here. When only held footage is left, recording pauses
with the gap reason `store_full`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

DAY_US = 86_400 * 1_000_000

Reason = Literal["ceiling", "target", "space", "below_floor"]


@dataclass(frozen=True, slots=True)
class Keep:
    """Days for which footage of a camera is kept: promised (`floor`), wanted (`target`), at most
    (`ceiling`)."""

    floor: int
    target: int
    ceiling: int

    def __post_init__(self) -> None:
        if not 0 <= self.floor <= self.target <= self.ceiling:
            raise ValueError("floor, target and ceiling must follow each other")


@dataclass(frozen=True, slots=True)
class Stored:
    """A closed segment on disk, not held. Times: Unix microseconds; `size`: bytes."""

    id: int
    camera: str
    start_us: int
    end_us: int
    size: int


@dataclass(frozen=True, slots=True)
class Deletion:
    segment: int
    camera: str
    end_us: int
    reason: Reason


def decide(
    by_camera: Mapping[str, Iterable[Stored]],
    *,
    keeps: Mapping[str, Keep],
    now_us: int,
    free: int,
    reserve: int,
    more: frozenset[str] = frozenset(),
) -> list[Deletion]:
    """The segments to delete, in this order; see above.

    `by_camera`: what may be deleted, each camera's oldest first. While less than `reserve` bytes would be
    `free`, footage goes for room. A camera that `keeps` does not know has no ceiling, and its footage goes
    last: a recorder that does not know a camera's duty must not judge it. `more`: cameras that have further
    footage after what is offered; when for room the last offered of one is taken, the answer ends there, and
    the caller asks again: what follows may be older than anything else.
    """
    lists = {camera: list(stored) for camera, stored in by_camera.items()}
    at = dict.fromkeys(lists, 0)
    deletions: list[Deletion] = []
    levels: tuple[Reason, ...] = ("ceiling", "target", "space", "below_floor")
    exhausted = False
    for reason in levels:
        due = [
            segment
            for camera, stored in lists.items()
            for segment in stored[at[camera] :]
            if _reached(reason, keeps.get(camera), segment, now_us)
        ]
        for segment in sorted(due, key=lambda one: (one.end_us, one.id)):
            if reason != "ceiling" and free >= reserve:
                return deletions
            deletions.append(Deletion(segment.id, segment.camera, segment.end_us, reason))
            at[segment.camera] += 1
            free += segment.size
            if segment.camera in more and at[segment.camera] == len(lists[segment.camera]):
                if reason != "ceiling":
                    return deletions
                exhausted = True
        if exhausted:
            return deletions
    return deletions


def _reached(reason: Reason, keep: Keep | None, segment: Stored, now_us: int) -> bool:
    if reason == "below_floor":
        return True
    if keep is None:
        return False
    days = {"ceiling": keep.ceiling, "target": keep.target, "space": keep.floor}[reason]
    return segment.end_us < now_us - days * DAY_US


# --- forecast ---------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Writes:
    """What one camera writes to a disk: `rate` in bytes a second, its `floor` in days, and the age in days of
    its oldest footage there that is not held."""

    rate: float
    floor: int
    oldest: float


def floor_breaks_in(writes: Iterable[Writes], *, free: int, reserve: int, horizon: int = 60) -> float | None:
    """Days until footage younger than its floor will have to go from a disk; 0: now; None: not within
    `horizon` days.

    From the measured rate, taken as constant, also for what is stored: room shrinks by what is written and
    grows by what passes its floor.
    """
    cameras = list(writes)
    room = free - reserve
    room += sum(round(c.rate * 86_400 * max(0.0, c.oldest - c.floor)) for c in cameras)
    for day in range(horizon):
        # What is younger than its floor passes it after `floor - oldest` days, at the rate of its writing.
        change = sum(c.rate * 86_400 * (min(1.0, max(0.0, day + 1 - _first_day(c))) - 1.0) for c in cameras)
        if room + change < 0:
            return day + (max(0.0, room) / -change if change < 0 else 0.0)
        room += round(change)
    return None


def _first_day(camera: Writes) -> float:
    """Days from now until the first of its footage passes the floor."""
    return max(0.0, camera.floor - min(camera.oldest, camera.floor))
