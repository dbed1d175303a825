"""Rows of the `picture` and `picture_look` tables."""

import sqlite3


def put_course(db: sqlite3.Connection, camera: str, course: str) -> None:
    db.execute(
        "insert into picture (camera, course) values (?, ?)"
        " on conflict (camera) do update set course=excluded.course",
        (camera, course),
    )


def course(db: sqlite3.Connection, camera: str) -> str | None:
    row = db.execute("select course from picture where camera=?", (camera,)).fetchone()
    return row[0] if row else None


def put_look(db: sqlite3.Connection, camera: str, mode: str, look: bytes) -> None:
    db.execute(
        "insert into picture_look (camera, mode, look) values (?, ?, ?)"
        " on conflict (camera, mode) do update set look=excluded.look",
        (camera, mode, look),
    )


def looks(db: sqlite3.Connection, camera: str) -> dict[str, bytes]:
    """By mode."""
    return dict(db.execute("select mode, look from picture_look where camera=?", (camera,)).fetchall())


def forget_looks(db: sqlite3.Connection, camera: str) -> None:
    db.execute("delete from picture_look where camera=?", (camera,))


def forget(db: sqlite3.Connection, camera: str) -> None:
    db.execute("delete from picture where camera=?", (camera,))
    forget_looks(db, camera)
