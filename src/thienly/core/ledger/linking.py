"""The serial point of history: an entry takes its number and its predecessor, and is written.

Writers queue here, so whatever can be done before stands before. On PostgreSQL a function of the database
takes, links and writes in one call, and nobody waits for the disk while others wait for him: the transaction
commits before its log is flushed, which lets the next writer in; then whoever wrote waits (`settled`), and
one flush serves all who do. What a loss of power takes is therefore the end of history alone, for an entry
lies in the log behind its predecessor, and only what nobody was yet told had happened.

On SQLite a transaction that writes holds the database from its beginning.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from thienly.core.ledger import finding
from thienly.core.ledger.models import Entry, Head, Name, Quotation
from thienly.rules.hashchain import ENTRY_TAG, JSON, around, canonical, instant, placed_hash

TEXTS = (
    *("kind", "actor_kind", "actor_id", "actor_label", "unit_label", "network_zone", "address"),
    *("camera_id", "object_kind", "object_id", "object_label", "purpose"),
)
"""The columns of plain text, in the order in which the function takes them."""

LOCK = 0x7468696E6C79
"""Held from linking to the transaction's end; an advisory lock changes hands faster than that of a row."""

FUNCTION = f"""
CREATE OR REPLACE FUNCTION ledger_append(
  {", ".join(f"p_{name} text" for name in TEXTS)}, p_at timestamptz, p_detail text, p_quoted text[],
  p_name text, p_before text, p_between text, p_after text, OUT number bigint, OUT link text, OUT own text
) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  PERFORM pg_advisory_xact_lock({LOCK});
  SELECT seq + 1, hash INTO number, link FROM ledger_head WHERE id = 1;
  IF NOT FOUND THEN
    number := 1;
    link := repeat('0', 64);
    INSERT INTO ledger_head (id, seq, hash) VALUES (1, 0, link);
  END IF;
  own := encode(sha256('\\x{ENTRY_TAG.hex()}'::bytea
    || convert_to(p_before || link || p_between || number || p_after, 'UTF8')), 'hex');
  INSERT INTO ledger_entry ({", ".join(TEXTS)}, at, detail, seq, previous, hash)
    VALUES ({", ".join(f"p_{name}" for name in TEXTS)}, p_at, p_detail::json, number, link, own);
  UPDATE ledger_head SET seq = number, hash = own WHERE id = 1;
  INSERT INTO ledger_quotation (seq, folded) SELECT number, unnest(p_quoted);
  IF NOT EXISTS (SELECT FROM ledger_name WHERE actor_id = p_actor_id AND folded = p_name) THEN
    INSERT INTO ledger_name (actor_id, folded) VALUES (p_actor_id, p_name);
  END IF;
  IF number % {finding.STRETCH} = 0 THEN
    INSERT INTO ledger_stretch (last, earliest, latest)
      SELECT number, min(at), max(at) FROM ledger_entry
      WHERE seq > number - {finding.STRETCH} AND seq <= number;
  END IF;
END $$
"""  # noqa: S608 - constants
_TEXTS = ", ".join(["%s"] * len(TEXTS))
_CALL = f"SELECT number, link, own FROM ledger_append({_TEXTS}, %s, %s, %s::text[], %s, %s, %s, %s)"  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class Link:
    """The place of an entry in the chain."""

    seq: int
    previous: str
    hash: str


def append(*, texts: Mapping[str, str], at: datetime, detail: JSON, quoted: Iterable[str], name: str) -> Link:
    """Writes one entry behind the last, in the caller's transaction, and by what it is found again.

    `texts` (all of `TEXTS`) and `detail` are settled; `quoted` are folded numbers of documents, `name` is the
    actor's, folded.
    """
    pieces = around({**texts, "at": instant(at), "detail": detail})
    if connection.vendor == "postgresql":
        return _append_in_one_call(texts=texts, at=at, detail=detail, quoted=quoted, name=name, pieces=pieces)
    head, _ = Head.objects.get_or_create(id=1)
    own = placed_hash(pieces, previous=head.hash, seq=head.seq + 1)
    link = Link(head.seq + 1, head.hash, own)
    Entry(seq=link.seq, previous=link.previous, hash=own, at=at, detail=detail, **texts).save(
        force_insert=True
    )
    Head.objects.filter(id=1).update(seq=link.seq, hash=own)
    if numbers := sorted(quoted):
        Quotation.objects.bulk_create(Quotation(seq=link.seq, folded=one) for one in numbers)
    Name.objects.get_or_create(actor_id=texts["actor_id"], folded=name)
    if link.seq % finding.STRETCH == 0:
        finding.keep_spans(after=link.seq - finding.STRETCH)
    return link


def settled() -> None:
    """Returns when all that is committed survives a loss of power.

    A transaction that writes something flushes at its commit what lies before it in the log; this one writes
    a word that nobody reads. PostgreSQL waits likewise for the standbys that a commit waits for.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_logical_emit_message(true, 'thienly', '')")
        elif not connection.in_atomic_block:
            cursor.execute("PRAGMA synchronous = FULL")
            try:
                cursor.execute("UPDATE ledger_head SET seq = seq")
            finally:
                cursor.execute("PRAGMA synchronous = NORMAL")


def _append_in_one_call(
    *,
    texts: Mapping[str, str],
    at: datetime,
    detail: JSON,
    quoted: Iterable[str],
    name: str,
    pieces: tuple[str, str, str],
) -> Link:
    with connection.cursor() as cursor:
        row = [texts[column] for column in TEXTS]
        cursor.execute(_CALL, [*row, at, canonical(detail).decode(), sorted(quoted), name, *pieces])
        seq, previous, own = cursor.fetchone()
    # Once a transaction; one that a savepoint took back is no longer in the list.
    if not any(todo[1] is settled for todo in connection.run_on_commit):
        transaction.on_commit(settled)
    return Link(seq, previous, own)
