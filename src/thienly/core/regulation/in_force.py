"""Which regulation holds in which version, on any day: read from the database, kept in each process.

`today` is asked at every decision of the gate. So the table is looked at no oftener than once a second, or
when the access epoch was seen to move, and each text is read once. As long as the table is empty, what
`thienly.toml` names holds.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from uuid import UUID

from django.db import DatabaseError
from django.utils import timezone

from thienly.core.regulation import shelf
from thienly.core.regulation.models import Version
from thienly.rules.activation import Validity, latest
from thienly.rules.profile import Profile

LOOK_EVERY_S = 1.0
_DAYS_KEPT = 16


@dataclass(frozen=True, slots=True)
class _Row:
    id: UUID
    profile: str
    number: int
    begins: date | None
    settled_from: date | None
    sha256: str


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was found at the last look. Replaced whole, so that threads need no lock."""

    rows: tuple[_Row, ...] | None = None
    at: float = float("-inf")
    days: dict[date, Mapping[str, Profile]] = field(default_factory=dict)


_seen = _Seen()
_epoch = -1
_texts: dict[str, Profile] = {}


def today() -> Mapping[str, Profile]:
    """Raises BrokenProfileError, UnknownRegulationError."""
    return on(timezone.localdate())


def at_start() -> Mapping[str, Profile]:
    """As `today`, before the database is known to be there and up to date: until it is, what comes with the
    program counts. Raises BrokenProfileError, UnknownRegulationError."""
    try:
        return today()
    except DatabaseError:
        return shelf.first()


def on(day: date) -> Mapping[str, Profile]:
    """The regulations by id in the version that counts on `day`, cut to the days on which it counts.

    A regulation that has not begun is there, not in force. Raises BrokenProfileError, UnknownRegulationError.
    """
    seen = _look()
    found = seen.days.get(day)
    if found is None:
        if len(seen.days) >= _DAYS_KEPT:
            seen.days.clear()
        found = seen.days[day] = _on(seen.rows or (), day)
    return found


def versions(day: date) -> dict[str, int]:
    """The version of each regulation that is in force on `day`."""
    return {
        name: profile.profile.version for name, profile in sorted(on(day).items()) if profile.in_force(day)
    }


def version(name: str, number: int) -> Profile:
    """What a version says, whether or not it still counts. Raises BrokenProfileError."""
    for row in _look().rows or ():
        if (row.profile, row.number) == (name, number):
            return _read(row)
    known = shelf.first().get(name)
    if known is not None and known.profile.version == number:
        return known
    book = shelf.shelf().book(name, number)
    if book is None:
        raise shelf.BrokenProfileError(f"{name}@{number}")
    return book.profile


def seen(epoch: int) -> None:
    """Another epoch than before: whatever a process knows of the regulations may be out of date."""
    global _epoch  # noqa: PLW0603 - one per process, as the rest of what is kept here
    if epoch != _epoch:
        _epoch = epoch
        forget()


def forget() -> None:
    """The next question looks at the table."""
    global _seen  # noqa: PLW0603
    _seen = _Seen()


def _look() -> _Seen:
    global _seen  # noqa: PLW0603
    now, known = time.monotonic(), _seen
    if known.rows is not None and now - known.at < LOOK_EVERY_S:
        return known
    rows = tuple(
        _Row(*row)
        for row in Version.objects.filter(decided_at__isnull=False, withdrawn_at=None)
        .order_by("profile", "number")
        .values_list("id", "profile", "number", "begins", "settled_from", "sha256")
    )
    _seen = _Seen(rows, now, known.days if rows == known.rows else {})
    return _seen


def _on(rows: tuple[_Row, ...], day: date) -> Mapping[str, Profile]:
    if not rows:
        return shelf.first()
    by_name: dict[str, list[_Row]] = {}
    for row in rows:
        by_name.setdefault(row.profile, []).append(row)
    return MappingProxyType({name: _cut(own, day) for name, own in by_name.items()})


def _cut(rows: list[_Row], day: date) -> Profile:
    """The version that counts, from the day on which it began here to that on which the next one begins."""
    chosen = latest([Validity(row.number, row.begins) for row in rows], day)
    row = next(row for row in rows if chosen and row.number == chosen.number)
    later = [other.begins for other in rows if other.number > row.number and other.begins]
    profile = _read(row)
    head = profile.profile
    begins = max((one for one in (head.effective_from, row.begins) if one), default=None)
    ends = min((one for one in (head.effective_to, *later) if one), default=None)
    if (begins, ends) == (head.effective_from, head.effective_to):
        return profile
    changed = head.model_copy(update={"effective_from": begins, "effective_to": ends})
    return profile.model_copy(update={"profile": changed})


def _read(row: _Row) -> Profile:
    key = f"{row.sha256} {row.settled_from or ''}"
    if key not in _texts:
        text = Version.objects.values_list("text", flat=True).get(pk=row.id)
        profile = shelf.read(text, name=f"{row.profile}@{row.number}")
        if profile.profile.effective_from is None and row.settled_from is not None:
            head = profile.profile.model_copy(update={"effective_from": row.settled_from})
            profile = profile.model_copy(update={"profile": head})
        _texts[key] = profile
    return _texts[key]
