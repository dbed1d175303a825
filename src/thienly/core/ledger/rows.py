"""Reading history fast: rows as plain tuples, hashed without a model object or a mapping between.

The text that is hashed is the canonical form of `rules.hashchain`, put together column by column; a test
holds the two together.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from json.encoder import encode_basestring as quoted

from thienly.core.ledger.models import Entry
from thienly.rules.hashchain import ENTRY_TAG, JSON, canonical

BATCH = 5000
COLUMNS = (
    "actor_id",
    "actor_kind",
    "actor_label",
    "address",
    "at",
    "camera_id",
    "detail",
    "kind",
    "network_zone",
    "object_id",
    "object_kind",
    "object_label",
    "previous",
    "purpose",
    "seq",
    "unit_label",
    "hash",
)
"""In the order of the canonical form; `hash` is no part of it."""

Row = tuple[str, str, str, str, datetime, str, JSON, str, str, str, str, str, str, str, int, str, str]


def batches(*, until: int) -> Iterator[list[Row]]:
    """Entries 1 … `until` in the order of their numbers."""
    after = 0
    while after < until:
        found: list[Row] = list(
            Entry.objects.filter(seq__gt=after, seq__lte=until).order_by("seq").values_list(*COLUMNS)[:BATCH]
        )
        if not found:
            return
        yield found
        after = found[-1][14]


def digest(row: Row) -> str:
    """What `rules.hashchain.entry_hash` gives for the entry."""
    who, sort, label, place, at, camera, detail, kind, zone, ident, what, name, before, why, seq, unit, _ = (
        row
    )
    moment = (at if at.tzinfo is UTC else at.astimezone(UTC)).isoformat(timespec="microseconds")[:26]
    facts = "{}" if detail == {} else canonical(detail).decode()
    text = (
        f'{{"actor_id":{quoted(who)},"actor_kind":{quoted(sort)},"actor_label":{quoted(label)},'
        f'"address":{quoted(place)},"at":"{moment}Z","camera_id":{quoted(camera)},"detail":{facts},'
        f'"kind":{quoted(kind)},"network_zone":{quoted(zone)},"object_id":{quoted(ident)},'
        f'"object_kind":{quoted(what)},"object_label":{quoted(name)},"previous":{quoted(before)},'
        f'"purpose":{quoted(why)},"seq":{seq},"unit_label":{quoted(unit)}}}'
    )
    return sha256(ENTRY_TAG + text.encode()).hexdigest()
