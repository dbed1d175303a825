"""Reading history fast: many rows at a time as one text, hashed without a model object or a mapping between.

A line is a row: its columns with `FIELD` between, those of the canonical form (`rules.hashchain`) last.
Whoever puts `FIELD` or `LINE` into a column, or nothing where text belongs, makes lines that do not come out
even; such rows are read column by column (`exactly`), and so is every row whose hash is not what its line
gives. A test holds the hashes of all three forms together.

The UTF-8 of a line is taken for Latin-1, a character a byte: Python escapes, splits and hashes that twice as
fast, and JSON escapes nothing beyond ASCII.
"""

import json
from collections.abc import Iterator, Sequence
from hashlib import sha256
from json.encoder import encode_basestring as quoted
from typing import Final

from django.db import connection

from thienly.rules.hashchain import ENTRY_TAG, canonical

BATCH = 20_000  # rows to read by one statement: a long one would keep alive what writers leave behind
GROUP = 200  # rows that are one text
FIELD: Final = "\x7f"  # the one control character that JSON does not escape: a line is escaped in one go
LINE: Final = "\x1e"
SEQ: Final = 0  # places in a row
PREVIOUS: Final = 1
HASH: Final = 2
Row = tuple[int, str, str, str, str, str, str, str, str, str, str, str, str, str, str, str, str]

_REST = (
    *("actor_id", "actor_kind", "actor_label", "address", "at", "camera_id", "kind", "network_zone"),
    *("object_id", "object_kind", "object_label", "purpose", "unit_label"),
)
_COLUMNS = ("seq", "previous", "hash", "detail", *_REST)
_AT_UTC = {"postgresql": "(at AT TIME ZONE 'UTC')::text", "sqlite": "at || ''"}


def lines(*, after: int, until: int) -> Iterator[list[str]]:
    """Entries `after` + 1 … `until` in the order of their numbers, `GROUP` at a time, as lines; nothing where
    those do not come out even. Nobody else may use the connection until it is exhausted."""
    return _READ[connection.vendor](after, until)


def good(lines: Sequence[str], *, seq: int, previous: str) -> tuple[int, str]:
    """How many lines go on as they should from entry `seq` with hash `previous`; the hash they lead to."""
    passed = 0
    for line in lines:
        try:
            number, before, own, facts, rest = line.split(FIELD, 4)
            columns = quoted(rest)[1:-1].split(FIELD)
            text = _text(columns, facts, before, number)
        except (TypeError, ValueError):
            break
        if before != previous or number != str(seq + passed + 1):
            break
        if sha256(ENTRY_TAG + text.encode("latin-1")).hexdigest() != own:
            break
        previous = own
        passed += 1
    return passed, previous


def exactly(*, after: int) -> Row | None:
    """The entry that follows in number, column by column; `at` and `detail` as text."""
    vendor = connection.vendor
    shown = {"at": _AT_UTC[vendor], "detail": "detail::text" if vendor == "postgresql" else "detail"}
    columns = ", ".join(shown.get(name, name) for name in _COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM ledger_entry WHERE seq > %s ORDER BY seq LIMIT 1", [after])  # noqa: S608 - constants
        found: Row | None = cursor.fetchone()
    return found


def digest(row: Row) -> str:
    """What `rules.hashchain.entry_hash` gives for the entry. Raises TypeError, ValueError for what no writer
    leaves behind."""
    seq, previous, _, detail, *rest = row
    columns = [quoted(one)[1:-1] for one in rest]
    text = _text(columns, canonical(json.loads(detail)).decode(), previous, str(seq))
    return sha256(ENTRY_TAG + text.encode()).hexdigest()


def _text(columns: Sequence[str], facts: str, previous: str, seq: str) -> str:
    """The canonical form; `columns` are `_REST`, escaped. Raises ValueError when they are more or fewer."""
    who, sort, label, place, at, camera, kind, zone, ident, what, name, why, unit = columns
    if len(at) == 26:
        at = f"{at[:10]}T{at[11:]}Z"
    else:  # a fraction loses its zeros at the end, and itself when it is zero
        whole, _, fraction = at.partition(".")
        at = f"{whole[:10]}T{whole[11:]}.{fraction:0<6}Z"
    return (
        f'{{"actor_id":"{who}","actor_kind":"{sort}","actor_label":"{label}","address":"{place}","at":"{at}",'
        f'"camera_id":"{camera}","detail":{facts},"kind":"{kind}","network_zone":"{zone}",'
        f'"object_id":"{ident}","object_kind":"{what}","object_label":"{name}","previous":"{previous}",'
        f'"purpose":"{why}","seq":{seq},"unit_label":"{unit}"}}'
    )


def _read_postgresql(after: int, until: int) -> Iterator[list[str]]:
    """One COPY: the server puts the next rows together while these are hashed."""
    columns = [_AT_UTC["postgresql"] if name == "at" else name for name in _COLUMNS]
    line = (
        f"CASE WHEN num_nulls({', '.join(_COLUMNS)}) = 0 THEN concat_ws('{FIELD}', {', '.join(columns)}) END"
    )
    query = f"""
        COPY (
          SELECT r.rows, r.lines FROM generate_series({after + 1}, {until}, {GROUP}) AS start, LATERAL (
            SELECT count(line) AS rows, string_agg(line, '{LINE}' ORDER BY seq) AS lines FROM (
              SELECT seq, {line} AS line FROM ledger_entry
              WHERE seq >= start AND seq < start + {GROUP} AND seq <= {until} ORDER BY seq
            ) AS one
          ) AS r
        ) TO STDOUT (FORMAT binary)
    """  # noqa: S608 - constants and numbers
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        copy.set_types(["int8", "bytea"])  # the bytes of a text
        for count, text in copy.rows():
            yield _even(count, text)


def _read_sqlite(after: int, until: int) -> Iterator[list[str]]:
    line = f" || '{FIELD}' || ".join(_COLUMNS)
    query = f"""
        SELECT count(line), CAST(group_concat(line, '{LINE}') AS BLOB) FROM (
          SELECT {line} AS line FROM ledger_entry WHERE seq > %s AND seq <= %s ORDER BY seq
        )
    """  # noqa: S608 - constants
    with connection.cursor() as cursor:
        for start in range(after, until, GROUP):
            cursor.execute(query, [start, min(start + GROUP, until)])
            yield _even(*cursor.fetchone())


def _even(count: int, text: bytes | None) -> list[str]:
    """Lines of a text, if they are as many as the rows that it was made of."""
    found = text.decode("latin-1").split(LINE) if text else []
    return found if len(found) == count else []


_READ = {"postgresql": _read_postgresql, "sqlite": _read_sqlite}
