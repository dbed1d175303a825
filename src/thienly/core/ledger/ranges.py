"""Walking the history in the database, in ranges that several processes can share: a range is verified by
itself once the hash of the entry before it is known."""

import multiprocessing
import sys
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings
from django.db import connection

from thienly.core.ledger import rows
from thienly.core.ledger.checkpoints import as_record, checkpoints_file
from thienly.core.ledger.keys import signing_key
from thienly.core.ledger.models import Checkpoint
from thienly.core.ledger.process import begin
from thienly.core.ledger.verification import Fault, Report, Unsound, Walk, lines
from thienly.core.ledger.witness import witness_file
from thienly.rules.hashchain import GENESIS

WORTH_SHARING = 100_000  # rows: another process takes a second to begin


@dataclass(frozen=True, slots=True)
class Walked:
    """What was found in a range. Numbers in `report` are those of history, checkpoints those of the range."""

    report: Report
    hash: str  # of the last good entry
    beyond: tuple[int, ...] = ()  # what each file of checkpoints vouches for next, behind the range


def walk(*, until: int, processes: int, witnessed: tuple[Path, ...] = ()) -> list[Walked]:
    """Walks entries 1 … `until` in ranges that follow one another, each in a process of its own.

    `witnessed`: files of checkpoints besides this installation's own. Raises FileNotFoundError.
    """
    files = [path for path in (checkpoints_file(), witness_file()) if path is not None and path.exists()]
    files += witnessed
    share = max(1, min(processes, until // WORTH_SHARING))
    bounds = [until * part // share for part in range(share + 1)]
    if share == 1:
        return [_range(files, 0, until)]
    spawn = multiprocessing.get_context("spawn")  # a fork would inherit the locks of this process's threads
    name = str(connection.settings_dict["NAME"])
    with ProcessPoolExecutor(share - 1, mp_context=spawn, initializer=begin, initargs=(name,)) as pool:
        others = [pool.submit(_range, files, *bounds[part : part + 2]) for part in range(1, share)]
        return [_range(files, 0, bounds[1]), *(other.result() for other in others)]


def _range(files: list[Path], after: int, until: int) -> Walked:
    before = rows.exactly(after=after - 1) if after else None
    trip = Walk(_key(), seq=after, head=before[rows.HASH] if before else GENESIS)
    try:
        vouchers = _Vouchers(kept=[_Kept(path, after) for path in files])
        while trip.seq < until:
            _batch(trip, vouchers, min(trip.seq + rows.BATCH, until))
        return Walked(trip.report(), trip.hash, tuple(one.due for one in vouchers.kept))
    except Unsound as unsound:
        return Walked(trip.report(unsound), trip.hash)


def _key() -> Ed25519PublicKey | None:
    key = settings.CONF.ledger_key
    return signing_key(key).public_key() if key.exists() else None


def _batch(trip: Walk, vouchers: "_Vouchers", until: int) -> None:
    """Goes on to `until`, or a little way where lines do not tell. Raises Unsound."""
    vouchers.read(trip.seq + 1, until)
    even = True
    for group in rows.lines(after=trip.seq, until=until):  # to its end in any case: it is one statement
        even = even and _lines(trip, vouchers, group)
    for _ in range(min(until - trip.seq, rows.GROUP)):
        _row(trip)
        vouchers.speak(trip)


def _lines(trip: Walk, vouchers: "_Vouchers", group: list[str]) -> bool:
    """False when a line does not go on from the one before it. Raises Unsound."""
    taken = 0
    while taken < len(group):
        piece = group[taken : taken + vouchers.due - trip.seq]
        count, head = rows.good(piece, seq=trip.seq, previous=trip.hash)
        trip.passed(count, head)
        if count < len(piece):
            return False
        vouchers.speak(trip)
        taken += count
    return bool(group)


def _row(trip: Walk) -> None:
    """The next entry, column by column. Raises Unsound."""
    row = rows.exactly(after=trip.seq)
    if row is None:
        raise Unsound(Fault.HEAD, trip.seq + 1)
    try:
        digest = rows.digest(row)
    except (AttributeError, TypeError, ValueError) as error:  # what no writer leaves behind
        raise Unsound(Fault.ALTERED, trip.seq + 1) from error
    trip.row(seq=row[rows.SEQ], previous=row[rows.PREVIOUS], own=row[rows.HASH], digest=digest)


@dataclass
class _Vouchers:
    """Checkpoints of the database and of the files, taken along with the walk."""

    kept: "list[_Kept]"
    _signed: deque[dict[str, str | int]] = field(default_factory=deque)

    def read(self, first: int, last: int) -> None:
        signed = Checkpoint.objects.filter(seq__gte=first, seq__lte=last).order_by("seq")
        self._signed = deque(as_record(one) for one in signed)

    @property
    def due(self) -> int:
        """The entry of the next checkpoint; beyond all of them when there is none."""
        signed = int(self._signed[0]["seq"]) if self._signed else sys.maxsize
        return min(signed, *(one.due for one in self.kept), sys.maxsize)

    def speak(self, trip: Walk) -> None:
        """Raises Unsound when a checkpoint says otherwise than the entry that was just walked."""
        while self._signed and int(self._signed[0]["seq"]) <= trip.seq:
            trip.checkpoint(self._signed.popleft())
        for one in self.kept:
            one.compare(trip)


class _Kept:
    """A file of checkpoints, read along with the walk."""

    def __init__(self, path: Path, after: int) -> None:
        self._lines = iter(lines(path))
        self._next: Any = None
        self.due = 0
        while self.due <= after and self.due < sys.maxsize:
            self._go_on()

    def compare(self, trip: Walk) -> None:
        """Checks what the file says of the entry that was just walked. Raises Unsound."""
        while self.due <= trip.seq:
            trip.checkpoint(self._next)
            self._go_on()

    def _go_on(self) -> None:
        self._next = next(self._lines, None)
        if self._next is None:
            self.due = sys.maxsize
        elif isinstance(self._next, dict) and isinstance(self._next.get("seq"), int):
            self.due = self._next["seq"]
        else:
            raise Unsound(Fault.UNREADABLE, None)
