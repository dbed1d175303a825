"""Reading history fast: rows as plain text, hashed without a model object or a mapping between.

The text that is hashed is the canonical form of `rules.hashchain`, put together column by column; a test
holds the two together.
"""

import json
from collections.abc import Iterator
from hashlib import sha256
from json.encoder import encode_basestring as quoted
from typing import Final

from django.db import connection

from thienly.rules.hashchain import ENTRY_TAG, canonical

BATCH = 5000
PREVIOUS: Final = 12  # places in a row
SEQ: Final = 14
HASH: Final = 16
Row = tuple[str, str, str, str, str, str, str, str, str, str, str, str, str, str, int, str, str]
"""The columns in the order of the canonical form, `at` and `detail` as text, and then `hash`."""

_COLUMNS = (
    "actor_id, actor_kind, actor_label, address, {at}, camera_id, {detail}, kind, network_zone, object_id, "
    "object_kind, object_label, previous, purpose, seq, unit_label, hash"
)
_AS_TEXT = {
    "postgresql": {
        "at": """to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US')""",
        "detail": "detail::text",
    },
    "sqlite": {"at": "at || ''", "detail": "detail"},
}


def batches(*, until: int) -> Iterator[list[Row]]:
    """Entries 1 … `until` in the order of their numbers."""
    columns = _COLUMNS.format(**_AS_TEXT[connection.vendor])
    query = f"SELECT {columns} FROM ledger_entry WHERE seq > %s AND seq <= %s ORDER BY seq LIMIT {BATCH}"  # noqa: S608 - constants
    after = 0
    while after < until:
        with connection.cursor() as cursor:
            cursor.execute(query, [after, until])
            found: list[Row] = cursor.fetchall()
        if not found:
            return
        yield found
        after = found[-1][SEQ]


def digest(row: Row) -> str:
    """What `rules.hashchain.entry_hash` gives for the entry. Raises TypeError, ValueError for what no writer
    leaves behind."""
    who, sort, label, place, at, camera, detail, kind, zone, ident, what, name, before, why, seq, unit, _ = (
        row
    )
    facts = "{}" if detail == "{}" else canonical(json.loads(detail)).decode()
    text = (
        f'{{"actor_id":{quoted(who)},"actor_kind":{quoted(sort)},"actor_label":{quoted(label)},'
        f'"address":{quoted(place)},"at":"{_moment(at)}","camera_id":{quoted(camera)},"detail":{facts},'
        f'"kind":{quoted(kind)},"network_zone":{quoted(zone)},"object_id":{quoted(ident)},'
        f'"object_kind":{quoted(what)},"object_label":{quoted(name)},"previous":{quoted(before)},'
        f'"purpose":{quoted(why)},"seq":{seq},"unit_label":{quoted(unit)}}}'
    )
    return sha256(ENTRY_TAG + text.encode()).hexdigest()


def _moment(at: str) -> str:
    """`instant` of what the database gives: SQLite writes a space, and leaves out a fraction that is zero."""
    if len(at) == 26:
        return f"{at[:10]}T{at[11:]}Z"
    return f"{at[:10]}T{at[11:]}.000000Z"
