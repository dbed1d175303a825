"""What the pruner asks and tells the index: holds, ages, disks."""

import sqlite3
from contextlib import closing
from pathlib import Path

from thienly.media.index.writer import open_reader
from thienly.rules.retention import Keep


def keeps(db: sqlite3.Connection) -> dict[str, Keep]:
    """How long the footage of each camera that was ever taken here is kept."""
    rows = db.execute(
        "select camera, json_extract(desired, '$.floor_days'), json_extract(desired, '$.target_days'),"
        " json_extract(desired, '$.keep_days') from camera where desired is not null"
    )
    found = {}
    for camera, floor, target, ceiling in rows:
        # What is promised wins over everything that a message may say beside it.
        promised = max(0, int(floor or 0))
        wanted = max(promised, int(ceiling if target is None else target))
        found[camera] = Keep(floor=promised, target=wanted, ceiling=max(wanted, int(ceiling)))
    return found


def known_disks(db: sqlite3.Connection) -> dict[str, int]:
    """Disks that were written before, with `broken_until_us`."""
    return dict(db.execute("select name, broken_until_us from disk"))


def broken(db: sqlite3.Connection, disk: str, until_us: int) -> None:
    """Footage younger than its floor had to go."""
    db.execute("update disk set broken_until_us=max(broken_until_us, ?) where name=?", (until_us, disk))


def put_hold(db: sqlite3.Connection, hold: str, camera: str, from_us: int, until_us: int) -> None:
    db.execute(
        "insert into hold (id, camera, from_us, until_us) values (?, ?, ?, ?) on conflict (id) do update"
        " set from_us=excluded.from_us, until_us=excluded.until_us",
        (hold, camera, from_us, until_us),
    )


def release_hold(db: sqlite3.Connection, hold: str) -> None:
    db.execute("delete from hold where id=?", (hold,))


def holds(db: sqlite3.Connection) -> dict[str, tuple[str, int, int]]:
    """(camera, from, until) by hold."""
    return {row[0]: row[1:] for row in db.execute("select id, camera, from_us, until_us from hold")}


def oldest_us(db: sqlite3.Connection, disk: str, camera: str) -> int | None:
    """Start of the camera's oldest footage on the disk that could be deleted."""
    row = db.execute(
        "select start_us from segment where disk=? and camera=? and end_us is not null"
        " and deleted_us is null and not exists (select 1 from hold where hold.camera=segment.camera"
        "  and from_us<segment.end_us and until_us>segment.start_us) order by start_us limit 1",
        (disk, camera),
    ).fetchone()
    return row[0] if row else None


def disks_written(path: Path) -> frozenset[str]:
    """By the index at `path`. Blocks; raises sqlite3.Error."""
    with closing(open_reader(path)) as db:
        return frozenset(known_disks(db))
