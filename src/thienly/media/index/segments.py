"""Rows of the `segment` table: written by the index writer, read by archive, pruner, repair and fsck."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from thienly.media.index import table
from thienly.media.index.table import FragmentRow
from thienly.media.signing import Signed
from thienly.rules.retention import Stored
from thienly.rules.statement import Statement

_COLUMNS = (
    "id, camera, stream, disk, media_us, start_us, end_us, bytes, init_bytes, init_id, mime, end_reason, "
    "repaired, root, signature, key_id, deleted_us, deleted_reason"
)


@dataclass(frozen=True, slots=True)
class SegmentHead:
    """What is known when a segment begins; see schema.sql for units and invariants."""

    id: int
    camera: str
    stream: str
    disk: str
    media_us: int
    init_bytes: int
    init_id: str
    mime: str


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """A row without its fragment table. `end_us` and what follows from it is None while it is open."""

    id: int
    camera: str
    stream: str
    disk: str
    media_us: int
    start_us: int
    end_us: int | None
    size: int | None
    init_bytes: int
    init_id: str
    mime: str
    end_reason: str | None
    repaired: int
    root: bytes | None
    signature: bytes | None
    key_id: str | None
    deleted_us: int | None
    deleted_reason: str | None


def insert_open(db: sqlite3.Connection, head: SegmentHead, start_us: int) -> None:
    db.execute("insert into disk (name) values (?) on conflict do nothing", (head.disk,))
    db.execute(
        "insert into segment (id, camera, stream, disk, media_us, start_us, init_bytes, init_id, mime)"
        " values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (id) do nothing",
        (
            head.id,
            head.camera,
            head.stream,
            head.disk,
            head.media_us,
            start_us,
            head.init_bytes,
            head.init_id,
            head.mime,
        ),
    )


def close(db: sqlite3.Connection, signed: Signed, *, size: int, fragments: bytes) -> None:
    """`size`: bytes of the whole file; `fragments` as of `table.encode`."""
    statement = signed.statement
    db.execute(
        "update segment set start_us=?, end_us=?, bytes=?, end_reason=?, repaired=?, root=?, signature=?,"
        " key_id=?, fragments=? where id=?",
        (
            statement.start_us,
            statement.end_us,
            size,
            statement.end_reason,
            int(statement.repaired),
            bytes.fromhex(statement.root),
            signed.signature,
            signed.key_id,
            fragments,
            statement.segment,
        ),
    )


def insert_elsewhere(
    db: sqlite3.Connection, head: SegmentHead, signed: Signed, size: int, fragments: bytes
) -> None:
    """A closed segment of which only copies exist, all of which are known; see `close`."""
    db.execute(
        "insert into segment (id, camera, stream, disk, media_us, start_us, init_bytes, init_id, mime, here,"
        " planned) values (?, ?, ?, '', ?, ?, ?, ?, ?, 0, 1)",
        (
            head.id,
            head.camera,
            head.stream,
            head.media_us,
            signed.statement.start_us,
            head.init_bytes,
            head.init_id,
            head.mime,
        ),
    )
    close(db, signed, size=size, fragments=fragments)


def statement_of(row: SegmentRow, recorder: str, rows: list[FragmentRow]) -> Statement:
    """What was signed when the row with these fragments was closed. Raises ValueError for an open one."""
    if row.end_us is None or row.root is None or row.end_reason is None:
        raise ValueError(f"segment {row.id} is open")
    return Statement(
        camera=row.camera,
        recorder=recorder,
        stream=row.stream,
        segment=row.id,
        media_us=row.media_us,
        start_us=row.start_us,
        end_us=row.end_us,
        size=row.init_bytes + sum(fragment.size for fragment in rows),
        fragments=len(rows),
        root=row.root.hex(),
        end_reason=row.end_reason,
        repaired=bool(row.repaired),
    )


def get(db: sqlite3.Connection, segment: int) -> SegmentRow | None:
    row = db.execute(f"select {_COLUMNS} from segment where id=?", (segment,)).fetchone()  # noqa: S608 - constant
    return SegmentRow(*row) if row else None


def fragments_of(db: sqlite3.Connection, segment: int) -> tuple[bytes, list[FragmentRow]]:
    """The init segment's digest and the fragments. Raises LookupError for an open or unknown segment."""
    row = db.execute("select fragments from segment where id=?", (segment,)).fetchone()
    if row is None or row[0] is None:
        raise LookupError(segment)
    return table.decode(row[0])


def last_id(db: sqlite3.Connection) -> int:
    """The highest id ever given, also to segments that are gone."""
    row = db.execute("select seq from sqlite_sequence where name='segment'").fetchone()
    return int(row[0]) if row else 0


def every(db: sqlite3.Connection) -> Iterator[SegmentRow]:
    for row in db.execute(f"select {_COLUMNS} from segment order by id"):  # noqa: S608 - constant
        yield SegmentRow(*row)


def left_open(db: sqlite3.Connection) -> list[SegmentRow]:
    rows = db.execute(f"select {_COLUMNS} from segment where end_us is null order by id")  # noqa: S608 - constant
    return [SegmentRow(*row) for row in rows]


def newest_end(db: sqlite3.Connection, camera: str) -> int | None:
    """The end of the newest closed segment (us)."""
    # By the index on start: the last few segments by start hold the last end.
    row = db.execute(
        "select max(end_us) from (select end_us from segment where camera=? and stream='main'"
        " order by start_us desc limit 4)",
        (camera,),
    ).fetchone()
    return row[0] if row else None


def newest_gop(db: sqlite3.Connection, camera: str) -> int | None:
    """The start of the last GOP of the newest closed segment (us)."""
    row = db.execute(
        "select fragments from segment where camera=? and stream='main' and end_us is not null"
        " and deleted_us is null order by start_us desc limit 1",
        (camera,),
    ).fetchone()
    return table.decode(row[0])[1][-1].start_us if row else None


def after(
    db: sqlite3.Connection, camera: str, stream: str, from_us: int, limit: int
) -> list[tuple[SegmentRow, bytes]]:
    """Closed segments that may hold something at or after `from_us`, oldest first, with fragment tables."""
    begin = db.execute(
        # The one that starts at or before from_us may reach over it; one more, for a clock that stepped back.
        "select min(start_us) from (select start_us from segment where camera=? and stream=? and start_us<=?"
        " order by start_us desc limit 2)",
        (camera, stream, from_us),
    ).fetchone()[0]
    rows = db.execute(
        f"select {_COLUMNS}, fragments from segment where camera=? and stream=? and start_us>=? and end_us>?"  # noqa: S608
        " and deleted_us is null order by start_us limit ?",
        (camera, stream, from_us if begin is None else begin, from_us, limit),
    )
    return [(SegmentRow(*row[:-1]), row[-1]) for row in rows]


def before(
    db: sqlite3.Connection, camera: str, stream: str, until_us: int, limit: int
) -> list[tuple[SegmentRow, bytes]]:
    """Closed segments that start before `until_us`, newest first, with fragment tables."""
    rows = db.execute(
        f"select {_COLUMNS}, fragments from segment where camera=? and stream=? and start_us<?"  # noqa: S608
        " and end_us not null and deleted_us is null order by start_us desc limit ?",
        (camera, stream, until_us, limit),
    )
    return [(SegmentRow(*row[:-1]), row[-1]) for row in rows]


# --- deletion ---------------------------------------------------------------------------------------------
def cameras_on(db: sqlite3.Connection, disk: str) -> list[str]:
    """Cameras with a closed segment on the disk, by one step in the index for each."""
    rows = db.execute(
        "with recursive step(camera) as ("
        " select min(camera) from segment indexed by segment_by_disk"
        "  where disk=:disk and end_us is not null and deleted_us is null"
        " union all select (select min(camera) from segment indexed by segment_by_disk"
        "  where disk=:disk and camera > step.camera and end_us is not null and deleted_us is null)"
        " from step where step.camera is not null) select camera from step where camera is not null",
        {"disk": disk},
    )
    return [row[0] for row in rows]


def stored(db: sqlite3.Connection, disk: str, camera: str, limit: int) -> Iterator[Stored]:
    """A camera's closed segments on one disk, oldest first, without those under a hold; at most `limit`."""
    rows = db.execute(
        "select id, camera, start_us, end_us, bytes from segment where disk=? and camera=?"
        " and end_us is not null and deleted_us is null and not exists (select 1 from hold"
        "  where hold.camera=segment.camera and from_us<segment.end_us and until_us>segment.start_us)"
        " order by start_us limit ?",
        (disk, camera, limit),
    )
    for row in rows:
        yield Stored(*row)


def unheld(db: sqlite3.Connection, segment: int) -> bool:
    """Whether no hold protects it."""
    row = db.execute(
        "select exists (select 1 from hold, segment where segment.id=? and hold.camera=segment.camera"
        " and from_us<segment.end_us and until_us>segment.start_us)",
        (segment,),
    ).fetchone()
    return not row[0]


def tombstone(db: sqlite3.Connection, segment: int, now_us: int, reason: str) -> None:
    db.execute(
        "update segment set deleted_us=?, deleted_reason=? where id=? and deleted_us is null",
        (now_us, reason, segment),
    )


def tombstoned(db: sqlite3.Connection) -> list[SegmentRow]:
    rows = db.execute(f"select {_COLUMNS} from segment where deleted_us is not null")  # noqa: S608 - constant
    return [SegmentRow(*row) for row in rows]


def remove(db: sqlite3.Connection, segment: int) -> None:
    db.execute("delete from segment where id=?", (segment,))
