"""Verifying the ledger, in the database and in a dump that an offline verifier was given."""

import json
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings
from django.db.models import Subquery

from thienly.core.ledger import rows
from thienly.core.ledger.checkpoints import as_record, checkpoints_file
from thienly.core.ledger.keys import signing_key
from thienly.core.ledger.linking import settled
from thienly.core.ledger.models import Checkpoint, Entry, Head
from thienly.core.ledger.verification import Fault, Report, Unsound, Walk, lines, remember
from thienly.core.ledger.witness import witness_file
from thienly.core.ledger.writer import chained_fields

BATCH = 2000  # entries in memory at a time
FORMAT = "thienly-ledger/1"


def verify(*, now: datetime) -> Report:
    """Walks the whole ledger against its hashes, its checkpoints, their file and the witness.

    Keeps the outcome for the history page.

    Writers go on meanwhile: what they append after the start is left to the next verification.
    """
    key = settings.CONF.ledger_key
    walk = Walk(signing_key(key).public_key() if key.exists() else None)
    try:
        _walk_database(walk)
    except Unsound as unsound:
        report = walk.report(unsound)
    else:
        report = walk.report()
    remember(report=report, at=now)
    return report


def _walk_database(walk: Walk) -> None:
    head = Head.objects.filter(id=1).first() or Head()
    files = [path for path in (checkpoints_file(), witness_file()) if path is not None and path.exists()]
    kept = [_Kept(path) for path in files]
    for batch in rows.batches(until=head.seq):
        signed = _signed(batch[0][rows.SEQ], batch[-1][rows.SEQ])
        for row in batch:
            seq = row[rows.SEQ]
            walk.row(seq=seq, previous=row[rows.PREVIOUS], own=row[rows.HASH], digest=_digest(row, walk))
            if checkpoint := signed.get(seq):
                walk.checkpoint(checkpoint)
            for one in kept:
                if one.due <= seq:
                    one.compare(walk)
    walk.end(seq=head.seq, head=head.hash)
    # One statement, so that a writer between two reads cannot look like an intruder.
    end = Subquery(Head.objects.values("seq")[:1])
    if stray := Entry.objects.filter(seq__gt=end).order_by("seq").first():
        raise Unsound(Fault.HEAD, stray.seq)
    if beyond := Checkpoint.objects.filter(seq__gt=end).order_by("seq").first():
        raise Unsound(Fault.REWRITTEN, beyond.seq)
    for one in kept:
        one.nothing_beyond(Head.objects.values_list("seq", flat=True).first() or 0)


def _records(*, until: int) -> Iterator[tuple[dict[str, Any], dict[str, str | int] | None]]:
    """Entries 1 … `until` as the chain hashes them, each with its checkpoint if it has one."""
    after = 0
    while after < until:
        batch = list(Entry.objects.filter(seq__gt=after, seq__lte=until).order_by("seq")[:BATCH])
        if not batch:
            return
        last = batch[-1].seq
        signed = _signed(after + 1, last)
        for entry in batch:
            yield chained_fields(entry), signed.get(entry.seq)
        after = last


def _signed(first: int, last: int) -> dict[int, dict[str, str | int]]:
    return {c.seq: as_record(c) for c in Checkpoint.objects.filter(seq__gte=first, seq__lte=last)}


def _digest(row: rows.Row, walk: Walk) -> str:
    """Raises Unsound for values that no writer leaves behind."""
    try:
        return rows.digest(row)
    except (AttributeError, TypeError, ValueError) as error:
        raise Unsound(Fault.ALTERED, walk.seq + 1) from error


class _Kept:
    """The checkpoints file, read along with the walk."""

    def __init__(self, path: Path) -> None:
        self._lines = iter(lines(path))
        self._next = next(self._lines, None)

    @property
    def due(self) -> int:
        """The entry of the next checkpoint; beyond all of them when there is none."""
        return self._seq() if self._next is not None else sys.maxsize

    def compare(self, walk: Walk) -> None:
        """Checks the file's checkpoints of the entry that was just walked. Raises Unsound."""
        while self._next is not None and self._seq() <= walk.seq:
            walk.checkpoint(self._next)
            self._next = next(self._lines, None)

    def nothing_beyond(self, seq: int) -> None:
        """Raises Unsound when the file vouches for an entry that is no more."""
        if self._next is not None and self._seq() > seq:
            raise Unsound(Fault.REWRITTEN, self._seq())

    def _seq(self) -> int:
        if not isinstance(self._next, dict) or not isinstance(self._next.get("seq"), int):
            raise Unsound(Fault.UNREADABLE, None)
        return int(self._next["seq"])


def dump(path: Path) -> int:
    """Writes the ledger as JSON lines: a header, entries each followed by its checkpoint, an end.

    Returns the number of entries. `path` appears only when it is complete. Raises OSError.
    """
    head = Head.objects.filter(id=1).first() or Head()
    settled()  # a dump vouches for what it holds
    fresh = path.with_name(path.name + ".part")
    with fresh.open("w", encoding="utf-8") as file:

        def write(name: str, value: object) -> None:
            file.write(json.dumps({name: value}, ensure_ascii=False, sort_keys=True) + "\n")

        write("format", FORMAT)
        for entry, checkpoint in _records(until=head.seq):
            write("entry", entry)
            if checkpoint:
                write("checkpoint", checkpoint)
        write("end", {"seq": head.seq, "hash": head.hash})
    fresh.replace(path)
    return head.seq


def verify_dump(path: Path, *, public_key: Ed25519PublicKey | None) -> Report:
    """Verifies a dump without any database. Raises FileNotFoundError."""
    walk = Walk(public_key)
    try:
        _walk_dump(walk, path)
    except Unsound as unsound:
        return walk.report(unsound)
    return walk.report()


def _walk_dump(walk: Walk, path: Path) -> None:
    ended = False
    for number, line in enumerate(lines(path)):
        match line:
            case {"format": str(name)} if number == 0 and name == FORMAT:
                pass
            case {"entry": dict(entry)} if number and not ended:
                walk.entry(entry)
            case {"checkpoint": dict(checkpoint)} if number and not ended:
                walk.checkpoint(checkpoint)
            case {"end": {"seq": int(seq), "hash": str(head)}} if number and not ended:
                walk.end(seq=seq, head=head)
                ended = True
            case _:
                raise Unsound(Fault.UNREADABLE, walk.seq + 1)
    if not ended:
        raise Unsound(Fault.UNREADABLE, walk.seq + 1)
