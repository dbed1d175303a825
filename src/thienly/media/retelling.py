"""Tells the centre again what the index knows, for a database that was restored from an older copy."""

import sqlite3
from uuid import uuid4

from thienly.bus.messages import Gap, SegmentClosed
from thienly.bus.questions import IndexAsk, IndexPage
from thienly.media.index import table
from thienly.rules.problems import Problem

MOST = 1000
"""Segments, and gaps, in one answer: about 0.5 MB of JSON."""

_PROBLEMS = {problem.value for problem in Problem}


def page(db: sqlite3.Connection, ask: IndexAsk, *, recorder: str) -> IndexPage:
    """Segments by id and gaps by rowid that touch the span, after what the one before ended with.

    Blocks. Raises sqlite3.Error.
    """
    rows = db.execute(
        "select id, camera, stream, start_us, end_us, bytes, length(fragments), root, end_reason, repaired"
        " from segment where id > ? and end_us > ? and start_us < ? and deleted_us is null"
        " and ? in ('', camera) order by id limit ?",
        (ask.after_segment, ask.from_us, ask.until_us, ask.camera, MOST),
    ).fetchall()
    closed = [
        SegmentClosed(
            id=uuid4().hex,
            camera=camera,
            recorder=recorder,
            stream=stream,
            segment=number,
            start_us=start,
            end_us=end,
            bytes=size,
            fragments=(length - table.DIGEST) // table.RECORD,
            root=root.hex(),
            end_reason=reason,
            repaired=bool(repaired),
        )
        for number, camera, stream, start, end, size, length, root, reason, repaired in rows
    ]
    found = db.execute(
        "select rowid, id, camera, start_us, end_us, reason, detail from gap"
        " where rowid > ? and coalesce(end_us, ?) > ? and start_us < ? and ? in ('', camera)"
        " order by rowid limit ?",
        (ask.after_gap, ask.until_us, ask.from_us, ask.until_us, ask.camera, MOST),
    ).fetchall()
    gaps = [
        Gap(
            id=uuid4().hex,
            camera=camera,
            recorder=recorder,
            gap=gap,
            start_us=start,
            end_us=end,
            reason=Problem(reason) if reason in _PROBLEMS else Problem.UNEXPLAINED,
            detail=detail,
        )
        for _, gap, camera, start, end, reason, detail in found
    ]
    return IndexPage(
        segments=closed,
        gaps=gaps,
        after_segment=rows[-1][0] if rows else ask.after_segment,
        after_gap=found[-1][0] if found else ask.after_gap,
        more=len(rows) == MOST or len(found) == MOST,
    )
