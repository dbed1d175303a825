"""Rows of the tables `copy`, `restored` and `store_log`, and `segment.here`; see schema.sql."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from thienly.rules.copies import OnDisk

Purpose = Literal["archive", "backup"]


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy that was verified once."""

    segment: int
    store: str
    purpose: Purpose
    object: str
    size: int
    sha256: bytes | None  # None: it was found there, not sent by this index
    etag: str
    key_id: bytes


_COPY = "segment, store, purpose, object, bytes, sha256, etag, key_id"


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits for a store. `oldest_us`: end of the oldest recording that waits; None when none does."""

    count: int
    bytes: int
    oldest_us: int | None


# --- planning ---------------------------------------------------------------------------------------------
def unplanned(db: sqlite3.Connection, limit: int) -> list[tuple[int, str, str]]:
    """(segment, label of its camera, its backups as JSON) of closed segments of which it is undecided who
    gets a copy."""
    return db.execute(
        "select segment.id, coalesce(json_extract(camera.desired, '$.label'), ''),"
        " coalesce(json_extract(camera.desired, '$.backups'), '[]') from segment"
        " left join camera on camera.camera = segment.camera"
        " where planned = 0 and end_us is not null and deleted_us is null order by id limit ?",
        (limit,),
    ).fetchall()


def plan(db: sqlite3.Connection, wanted: Iterable[tuple[int, dict[str, Purpose]]], now_us: int) -> None:
    for segment, stores in wanted:
        for store, purpose in stores.items():
            db.execute(
                "insert into copy (segment, store, purpose, state, at_us) values (?, ?, ?, 'waiting', ?)"
                " on conflict do nothing",
                (segment, store, purpose, now_us),
            )
        db.execute("update segment set planned = 1 where id = ?", (segment,))


# --- making -----------------------------------------------------------------------------------------------
def waiting(
    db: sqlite3.Connection, store: str, disks: Sequence[str], limit: int
) -> list[tuple[int, Purpose]]:
    """On these disks; oldest first, those that failed by their own fault after the others."""
    return db.execute(
        "select copy.segment, purpose from copy join segment on segment.id = copy.segment"  # noqa: S608 - marks
        " where store = ? and state in ('waiting', 'sending') and deleted_us is null"
        f" and disk in ({', '.join('?' * len(disks))}) order by tries, copy.segment limit ?",
        (store, *disks, limit),
    ).fetchall()


def backlog(db: sqlite3.Connection, store: str) -> Backlog:
    row = db.execute(
        "select count(*), coalesce(sum(segment.bytes), 0), min(segment.end_us) from copy"
        " join segment on segment.id = copy.segment"
        " where store = ? and state in ('waiting', 'sending') and deleted_us is null",
        (store,),
    ).fetchone()
    return Backlog(*row)


def troubled(db: sqlite3.Connection, store: str) -> dict[str, int]:
    """How many copies are `lost` and `damaged`."""
    rows = db.execute(
        "select state, count(*) from copy where store = ? and state in ('lost', 'damaged') group by state",
        (store,),
    )
    return dict(rows.fetchall())


def begun(db: sqlite3.Connection, segment: int, store: str, now_us: int) -> None:
    """Before the first byte goes out: an object may exist from now on."""
    db.execute(
        "update copy set state = 'sending', at_us = ? where segment = ? and store = ? and state = 'waiting'",
        (now_us, segment, store),
    )


def verified(db: sqlite3.Connection, copy: Copy, now_us: int) -> bool:
    """The copy is good; False when the segment was deleted meanwhile, and the object is to go again."""
    done = db.execute(
        "update copy set state = 'verified', object = ?, bytes = ?, sha256 = ?, etag = ?, key_id = ?,"
        " at_us = ? where segment = ? and store = ?",
        (copy.object, copy.size, copy.sha256, copy.etag, copy.key_id, now_us, copy.segment, copy.store),
    )
    if done.rowcount:
        _log(db, copy.store, "copied_us", now_us)
    return bool(done.rowcount)


def enter(db: sqlite3.Connection, copy: Copy, now_us: int) -> None:
    """A copy that was found in its store is good."""
    db.execute(
        f"insert into copy ({_COPY}, state, at_us) values (?, ?, ?, ?, ?, ?, ?, ?, 'verified', ?)"  # noqa: S608
        " on conflict (segment, store) do update set state = 'verified', object = excluded.object,"
        " bytes = excluded.bytes, sha256 = excluded.sha256, etag = excluded.etag,"
        " key_id = excluded.key_id, at_us = excluded.at_us",
        (
            copy.segment,
            copy.store,
            copy.purpose,
            copy.object,
            copy.size,
            copy.sha256,
            copy.etag,
            copy.key_id,
            now_us,
        ),
    )


def failed(db: sqlite3.Connection, segment: int, store: str) -> None:
    db.execute("update copy set tries = tries + 1 where segment = ? and store = ?", (segment, store))


def set_state(db: sqlite3.Connection, segment: int, store: str, state: str, now_us: int) -> None:
    """`lost` or `damaged`."""
    db.execute(
        "update copy set state = ?, at_us = ? where segment = ? and store = ?",
        (state, now_us, segment, store),
    )


def again(db: sqlite3.Connection, segment: int, store: str, now_us: int) -> None:
    """The copy is gone although the recording is on our disk: make it once more."""
    db.execute(
        "update copy set state = 'waiting', object = null, bytes = null, sha256 = null, etag = null,"
        " key_id = null, at_us = ?, tries = 0 where segment = ? and store = ?",
        (now_us, segment, store),
    )


# --- using ------------------------------------------------------------------------------------------------
def of_segment(db: sqlite3.Connection, segment: int) -> list[Copy]:
    """Verified copies, the archive's first."""
    rows = db.execute(
        f"select {_COPY} from copy where segment = ? and state = 'verified' order by purpose",  # noqa: S608
        (segment,),
    )
    return [Copy(*row) for row in rows]


def to_remove(db: sqlite3.Connection, segment: int) -> list[tuple[str, str | None]]:
    """(store, object or None when its name was not noted) of every object that may exist: lost ones, and
    uploads that were cut off, too."""
    return db.execute(
        "select store, object from copy where segment = ? and (object is not null or state = 'sending')",
        (segment,),
    ).fetchall()


def lost(db: sqlite3.Connection, after: int, limit: int) -> list[Copy]:
    """Copies that were found missing, of segments beyond `after`, in order of their ids."""
    rows = db.execute(
        f"select {_COPY} from copy where state = 'lost' and segment > ? order by segment limit ?",  # noqa: S608
        (after, limit),
    )
    return [Copy(*row) for row in rows]


def found(db: sqlite3.Connection, copy: Copy, now_us: int) -> None:
    """A copy that was thought lost is there after all."""
    db.execute(
        "update copy set state = 'verified', at_us = ? where segment = ? and store = ? and state = 'lost'",
        (now_us, copy.segment, copy.store),
    )


def removed(db: sqlite3.Connection, segment: int, store: str) -> None:
    db.execute("delete from copy where segment = ? and store = ?", (segment, store))


@contextmanager
def kept(db: sqlite3.Connection, segment: int) -> Iterator[None]:
    """Keeps the copies of a segment over the removal and return of its row."""
    _rename(db, segment, -segment)
    yield
    _rename(db, -segment, segment)


def _rename(db: sqlite3.Connection, before: int, after: int) -> None:
    for rows in ("copy", "restored"):
        db.execute(f"update {rows} set segment = ? where segment = ?", (after, before))  # noqa: S608 - constants


def random_copy(db: sqlite3.Connection, store: str, purpose: Purpose, chance: float) -> Copy | None:
    """A verified copy chosen by `chance` (0 to 1) over the ids of segments; None when there is none."""
    low, high = db.execute(
        "select min(segment), max(segment) from copy where store = ? and purpose = ? and state = 'verified'",
        (store, purpose),
    ).fetchone()
    if low is None:
        return None
    row = db.execute(
        f"select {_COPY} from copy where store = ? and purpose = ? and state = 'verified'"  # noqa: S608
        " and segment >= ? order by segment limit 1",
        (store, purpose, low + int(chance * (high - low + 1)) if chance < 1 else high),
    ).fetchone()
    return Copy(*row)


# --- leaving the disk and coming back ---------------------------------------------------------------------
def on_disk(db: sqlite3.Connection, disk: str, archive: str, limit: int) -> list[OnDisk]:
    """The oldest segments on one disk of which a verified copy exists."""
    rows = db.execute(
        "select segment.id, segment.end_us, segment.bytes,"
        " exists (select 1 from copy where copy.segment = segment.id and state = 'verified' and store = ?"
        "   and purpose = 'archive'),"
        " coalesce(restored.until_us, 0),"
        " exists (select 1 from hold where hold.camera = segment.camera and from_us < segment.end_us"
        "   and hold.until_us > segment.start_us)"
        " from segment left join restored on restored.segment = segment.id"
        " where disk = ? and here = 2 and end_us is not null and deleted_us is null"
        " and exists (select 1 from copy where copy.segment = segment.id and state = 'verified')"
        " order by end_us limit ?",
        (archive, disk, limit),
    )
    return [
        OnDisk(id_, end_us, size, bool(archived), kept_until_us=until_us, held=bool(held))
        for id_, end_us, size, archived, until_us, held in rows
    ]


def leave(db: sqlite3.Connection, segment: int) -> None:
    db.execute("update segment set here = 1 where id = ? and here = 2 and deleted_us is null", (segment,))


def left(db: sqlite3.Connection, segment: int) -> None:
    db.execute("update segment set here = 0, disk = '' where id = ? and here = 1", (segment,))


def leaving(db: sqlite3.Connection, disk: str) -> list[int]:
    return [row[0] for row in db.execute("select id from segment where here = 1 and disk = ?", (disk,))]


def gone(db: sqlite3.Connection, segment: int) -> None:
    """Its file is not there, or not whole, and will not be: from now on its copies are the segment."""
    db.execute("update segment set here = 0, disk = '' where id = ?", (segment,))


def kept_by_hold(db: sqlite3.Connection, segment: int) -> None:
    """It was to be deleted and its file is gone; a hold has come before its copies went."""
    db.execute(
        "update segment set here = 0, disk = '', deleted_us = null, deleted_reason = null where id = ?",
        (segment,),
    )


def is_here(db: sqlite3.Connection, segment: int) -> bool:
    """Whether its file is meant to be on the disk."""
    row = db.execute("select here from segment where id = ?", (segment,)).fetchone()
    return row is not None and row[0] == 2


def back(db: sqlite3.Connection, segment: int, disk: str, size: int, until_us: int) -> None:
    """The file is on a disk again, `size` bytes long."""
    db.execute("update segment set here = 2, disk = ?, bytes = ? where id = ?", (disk, size, segment))
    keep(db, segment, until_us)


def keep(db: sqlite3.Connection, segment: int, until_us: int) -> None:
    db.execute(
        "insert into restored (segment, until_us) values (?, ?)"
        " on conflict (segment) do update set until_us = max(until_us, excluded.until_us)",
        (segment, until_us),
    )


# --- the log ----------------------------------------------------------------------------------------------
def last(db: sqlite3.Connection, store: str) -> tuple[int, int]:
    """(last copy verified, last restore test that succeeded), us; 0: never."""
    row = db.execute("select copied_us, tested_us from store_log where store = ?", (store,)).fetchone()
    return row or (0, 0)


def tested(db: sqlite3.Connection, store: str, now_us: int) -> None:
    _log(db, store, "tested_us", now_us)


def _log(db: sqlite3.Connection, store: str, column: str, now_us: int) -> None:
    db.execute(
        f"insert into store_log (store, {column}) values (?, ?)"  # noqa: S608 - constants
        f" on conflict (store) do update set {column} = excluded.{column}",
        (store, now_us),
    )
