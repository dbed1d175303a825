"""Rows of the `gap` and `camera` tables."""

import sqlite3
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GapRow:
    """See schema.sql. `end_us` None: it lasts."""

    id: str
    camera: str
    start_us: int
    end_us: int | None
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class HeldCamera:
    camera: str
    desired: str | None
    since_us: int


def put(db: sqlite3.Connection, gap: GapRow) -> None:
    """Inserts the gap, or gives the one that is there its end."""
    db.execute(
        "insert into gap (id, camera, start_us, end_us, reason, detail) values (?, ?, ?, ?, ?, ?)"
        " on conflict (id) do update set end_us=excluded.end_us",
        (gap.id, gap.camera, gap.start_us, gap.end_us, gap.reason, gap.detail),
    )


def open_gaps(db: sqlite3.Connection) -> dict[str, GapRow]:
    """By camera."""
    rows = db.execute("select id, camera, start_us, end_us, reason, detail from gap where end_us is null")
    return {row[1]: GapRow(*row) for row in rows}


def of_camera(db: sqlite3.Connection, camera: str) -> list[GapRow]:
    rows = db.execute(
        "select id, camera, start_us, end_us, reason, detail from gap where camera=? order by start_us",
        (camera,),
    )
    return [GapRow(*row) for row in rows]


def hold(db: sqlite3.Connection, camera: str, desired: str, since_us: int) -> None:
    """The camera is this recorder's duty from now; a camera that already is keeps its `since_us`."""
    db.execute(
        "insert into camera (camera, desired, held, since_us) values (?, ?, 1, ?)"
        " on conflict (camera) do update set desired=excluded.desired,"
        " since_us=case when held then since_us else excluded.since_us end, held=1",
        (camera, desired, since_us),
    )


def let_go(db: sqlite3.Connection, camera: str) -> None:
    db.execute("update camera set held=0 where camera=?", (camera,))


def held(db: sqlite3.Connection) -> list[HeldCamera]:
    rows = db.execute("select camera, desired, since_us from camera where held=1 order by camera")
    return [HeldCamera(*row) for row in rows]
