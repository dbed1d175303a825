"""The database: there, up to date, fast, and with the triggers that keep history from being rewritten.

Its answers also tell how the cameras' clocks and the recorders are.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from statistics import median

from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from thienly.conf import Conf
from thienly.core.ledger import triggers
from thienly.core.quality import triggers as test_triggers
from thienly.core.recording.models import CameraState, RecorderState
from thienly.core.recording.queries import ALIVE_LOST
from thienly.core.registry.models import Camera
from thienly.doctor.finding import Finding, fault, ok, warning
from thienly.media.index.writer import INDEX_FILE, open_reader

_SLOW_MS = 200.0
_OFF_MS = 2000
_MANY_FACTS = 1000


def check(conf: Conf, *, running: bool) -> Iterator[Finding]:
    try:
        began = time.monotonic()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        took_ms = (time.monotonic() - began) * 1000
        yield _latency(took_ms)
        pending = _pending()
        yield pending
        if pending.level:
            return
        yield _triggers()
        yield from _wal()
        yield from _zones(conf)
        yield from _recorders(conf, running=running)
        yield from _camera_clocks()
    except Error as error:
        yield fault(
            "database",
            f"cơ sở dữ liệu không trả lời: {type(error).__name__}",
            f"the database does not answer: {type(error).__name__}",
            "Kiểm tra database_url, máy chủ cơ sở dữ liệu và đĩa của nó. Camera vẫn được ghi.",
            "Look at database_url, the database server and its disk. Recording goes on.",
        )


def _latency(took_ms: float) -> Finding:
    vi = f"{connection.vendor}, trả lời sau {took_ms:.1f} ms"
    en = f"{connection.vendor}, answers within {took_ms:.1f} ms"
    if took_ms > _SLOW_MS:
        return warning(
            "database.latency",
            vi,
            en,
            "Cơ sở dữ liệu chậm: kiểm tra tải và đường truyền.",
            "Slow: look at its load and the network.",
        )
    return ok("database.latency", vi, en)


def _pending() -> Finding:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        return fault(
            "database.migrations",
            f"{len(plan)} thay đổi cấu trúc chưa được áp dụng",
            f"{len(plan)} migrations are not applied",
            "Chạy lại `thienly up`; nó cập nhật cấu trúc trước khi chạy.",
            "Run `thienly up` again; it brings the tables up to date first.",
        )
    return ok("database.migrations", "cấu trúc đúng phiên bản", "the tables are up to date")


def _triggers() -> Finding:
    missing = triggers.missing(connection) + test_triggers.missing(connection)
    if missing:
        return fault(
            "database.triggers",
            f"thiếu trình chặn sửa nhật ký: {', '.join(missing)}",
            f"triggers that protect history are missing: {', '.join(missing)}",
            "Có người đã can thiệp cơ sở dữ liệu. Sao lưu, chạy `thienly ledger verify`, báo cáo.",
            "Somebody has changed the database. Copy it, run `thienly ledger verify`, report it.",
        )
    return ok("database.triggers", "nhật ký không thể bị sửa", "history is protected")


def _wal() -> Iterator[Finding]:
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        mode = cursor.fetchone()[0]
    if mode == "wal":
        yield ok("database.wal", "SQLite ở chế độ WAL", "SQLite is in WAL mode")
    else:
        yield warning(
            "database.wal",
            f"SQLite ở chế độ {mode}",
            f"SQLite is in {mode} mode",
            "Không đặt cơ sở dữ liệu SQLite trên ổ đĩa mạng.",
            "Do not keep the SQLite database on a network disk.",
        )


def _zones(conf: Conf) -> Iterator[Finding]:
    wanted = set(Camera.objects.filter(retired_at=None, record=True).values_list("zone", flat=True))
    elsewhere = set(RecorderState.objects.values_list("zone", flat=True))
    lonely = wanted - {recorder.zone for recorder in conf.file.recorders} - elsewhere
    if lonely:
        yield fault(
            "configuration.zones",
            f"không có đầu ghi nào cho vùng: {', '.join(sorted(lonely))}",
            f"no recorder serves the zones: {', '.join(sorted(lonely))}",
            "Thêm [[recorders]] với vùng đó vào thienly.toml, hoặc sửa vùng của camera.",
            "Add [[recorders]] with this zone to thienly.toml, or change the cameras' zone.",
        )
    else:
        yield ok("configuration.zones", "vùng nào cũng có đầu ghi", "every zone has a recorder")


def _recorders(conf: Conf, *, running: bool) -> Iterator[Finding]:
    now = timezone.now()
    heard = {row.name: row for row in RecorderState.objects.all()}
    names = {recorder.name for recorder in conf.file.recorders}
    if running:
        silent = sorted(name for name in names if name not in heard or now - heard[name].seen_at > ALIVE_LOST)
        if silent:
            yield fault(
                "recorders.heard",
                f"không nghe thấy đầu ghi: {', '.join(silent)}",
                f"not heard of: {', '.join(silent)}",
                "Xem logs/recorder-*.log, đĩa của đầu ghi và bus.",
                "Read logs/recorder-*.log; look at the recorder's disk and at the bus.",
            )
        else:
            yield ok("recorders.heard", f"{len(names)} đầu ghi đang báo", f"{len(names)} recorders are heard")
    for recorder in conf.file.recorders:
        waiting = _waiting(conf, recorder.name)
        if waiting > _MANY_FACTS:
            yield warning(
                "recorders.facts",
                f"{recorder.name}: {waiting} tin chưa gửi được về trung tâm",
                f"{recorder.name}: {waiting} facts are not handed over yet",
                "Kiểm tra bus; tin nằm an toàn trên đĩa và sẽ đi theo thứ tự.",
                "Look at the bus; the facts are safe on disk and follow in order.",
            )
        else:
            yield ok(
                "recorders.facts",
                f"{recorder.name}: {waiting} tin chờ gửi",
                f"{recorder.name}: {waiting} facts wait",
            )


def _waiting(conf: Conf, recorder: str) -> int:
    try:
        with closing(open_reader(conf.recorder_dir(recorder) / INDEX_FILE)) as db:
            return int(db.execute("select count(*) from outbox").fetchone()[0])
    except sqlite3.Error:
        return 0


def _camera_clocks() -> Iterator[Finding]:
    known = CameraState.objects.filter(state="recording").exclude(clock_offset_ms=None)
    offsets = list(known.values_list("clock_offset_ms", flat=True))
    off = [ms for ms in offsets if ms is not None and abs(ms) > _OFF_MS]
    if len(off) >= 3 and len(off) * 2 > len(offsets):
        middle = median(off) / 1000
        yield warning(
            "clock.cameras",
            f"{len(off)}/{len(offsets)} camera lệch giờ máy chủ (trung vị {middle:+.1f} s)",
            f"{len(off)} of {len(offsets)} cameras differ from the server's clock (median {middle:+.1f} s)",
            "Nhiều camera cùng lệch: có thể chính giờ máy chủ sai. Kiểm tra máy chủ thời gian.",
            "So many at once: it may be the server's clock that is wrong. Look at the time server.",
        )
    else:
        yield ok(
            "clock.cameras",
            f"{len(off)}/{len(offsets)} camera lệch giờ quá {_OFF_MS // 1000} s",
            f"{len(off)} of {len(offsets)} cameras are more than {_OFF_MS // 1000} s off",
        )
