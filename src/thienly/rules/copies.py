"""Copies of recordings outside the recorder's disk: what can be wrong with a store, and which recordings may
leave the disk because a copy was verified. Leaving the disk is no deletion: the recording still exists."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from thienly.rules.retention import DAY_US

KEPT_AFTER_RESTORE_DAYS = 7
"""A recording that somebody brought back stays on the disk at least so long."""


class Trouble(StrEnum):
    """Why a store does not take, or not give back, recordings."""

    AWAY = "copies_away"  # no connection, no answer in time, or a server error
    REFUSED = "copies_refused"  # account or secret wrong, or no right to this bucket
    NO_BUCKET = "copies_no_bucket"
    FULL = "copies_full"  # quota or space used up
    LYING = "copies_lying"  # said that it had stored something, and gave back something else
    LOST = "copies_lost"  # a copy that was verified once is not there any more
    NO_SECRET = "copies_no_secret"  # noqa: S105 - a name: the key file is missing, empty or readable by others
    NO_KEY = "copies_no_key"  # the encryption key is missing or another one
    NOT_CONFIGURED = "copies_not_configured"  # thienly.toml no longer knows the store
    FAILED = "copies_failed"  # anything else


A_PERSON_MUST_ACT = {Trouble.REFUSED, Trouble.NO_BUCKET, Trouble.FULL, Trouble.NO_SECRET, Trouble.NO_KEY}
"""Asking again soon changes nothing."""


@dataclass(frozen=True, slots=True)
class OnDisk:
    """A closed segment on the recorder's disk of which a verified copy exists.

    `end_us`, `kept_until_us`: Unix microseconds; `size`: bytes; `archived`: the copy is in the recorder's
    archive, not only in a backup; `held`: it must not be deleted.
    """

    id: int
    end_us: int
    size: int
    archived: bool
    kept_until_us: int = 0
    held: bool = False


def leaving(
    oldest_first: Iterable[OnDisk], *, local_days: int, now_us: int, free: int, reserve: int
) -> list[int]:
    """Ids of the segments whose file may go from the disk, in this order.

    Archived ones older than `local_days` (0: no such limit), then the oldest while less than `reserve` bytes
    would be `free`, those that somebody brought back last of all: a recording that exists elsewhere makes
    room before one that does not is deleted.
    """
    ids: list[int] = []
    rest: list[OnDisk] = []
    kept: list[OnDisk] = []
    for segment in oldest_first:
        if segment.kept_until_us > now_us:
            kept.append(segment)
        elif local_days and segment.archived and segment.end_us < now_us - local_days * DAY_US:
            ids.append(segment.id)
            free += segment.size
        else:
            rest.append(segment)
    for segment in [*rest, *kept]:
        if free >= reserve:
            break
        ids.append(segment.id)
        free += segment.size
    return ids
