"""Verifying the ledger, in the database and in a dump that an offline verifier was given."""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db.models import Subquery

from thienly.core.ledger import ranges
from thienly.core.ledger.checkpoints import as_record
from thienly.core.ledger.linking import settled
from thienly.core.ledger.models import Checkpoint, Entry, Head
from thienly.core.ledger.verification import Fault, Report, Unsound, Walk, lines, remember
from thienly.core.ledger.writer import chained_fields

BATCH = 2000  # entries in memory at a time
FORMAT = "thienly-ledger/1"


def verify(*, now: datetime, processes: int = 1, witnessed: tuple[Path, ...] = ()) -> Report:
    """Walks the whole ledger against its hashes, its checkpoints, their file and the witness, and further
    files that witnesses kept.

    Keeps the outcome for the history page.

    Writers go on meanwhile: what they append after the start is left to the next verification.
    """
    head = Head.objects.filter(id=1).first() or Head()
    report = _whole(ranges.walk(until=head.seq, processes=processes, witnessed=witnessed), head)
    remember(report=report, at=now)
    return report


def _whole(walked: list[ranges.Walked], head: Head) -> Report:
    """One report of ranges that follow one another, up to the first that is not sound."""
    bad = next((one for one in walked if not one.report.ok), None)
    last = bad or walked[-1]
    good = walked[: walked.index(last) + 1]
    whole = replace(
        last.report,
        checkpoints=sum(one.report.checkpoints for one in good),
        signed_until_seq=max(one.report.signed_until_seq for one in good),
    )
    try:
        if not bad:
            _ends(last, head)
    except Unsound as unsound:
        return replace(whole, ok=False, problem=unsound.problem, first_bad_seq=unsound.seq)
    return whole


def _ends(last: ranges.Walked, head: Head) -> None:
    """Raises Unsound when there is less, or more, than the head says."""
    if last.hash != head.hash:
        raise Unsound(Fault.HEAD, head.seq + 1)
    # One statement, so that a writer between two reads cannot look like an intruder.
    end = Subquery(Head.objects.values("seq")[:1])
    if stray := Entry.objects.filter(seq__gt=end).order_by("seq").first():
        raise Unsound(Fault.HEAD, stray.seq)
    if beyond := Checkpoint.objects.filter(seq__gt=end).order_by("seq").first():
        raise Unsound(Fault.REWRITTEN, beyond.seq)
    present = Head.objects.values_list("seq", flat=True).first() or 0
    for seq in last.beyond:
        if present < seq < sys.maxsize:
            raise Unsound(Fault.REWRITTEN, seq)


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
