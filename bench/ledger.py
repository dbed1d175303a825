"""History: entries a second of many writers, rows a second of a verification, and how long a search takes.

    python -m bench.ledger --json [--database sqlite|postgresql] [--rows 2000000] [--seconds 10] [--writers 8]

The writers are processes, each entry in a transaction of its own; PostgreSQL flushes as in life. Rows for the
searches are chained as the writer chains them, but written in bulk. A search is the service as the page calls
it, its own entry included; each trial draws another person, camera, purpose, document, unit, zone and span.
"""

import argparse
import json
import multiprocessing
import os
import random
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

PEOPLE, CAMERAS, UNITS = 4000, 20_000, 700
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="postgresql")
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--trials", type=int, default=40, help="of each kind of search")
    parser.add_argument("--json", action="store_true")
    ask = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        _prepare(Path(folder), ask.database)
        figures: dict[str, Any] = {"name": "ledger", "database": ask.database, "cores": os.cpu_count()}
        figures["flush_ms"] = _flush(Path(folder))
        figures |= _append(ask.writers, ask.seconds)
        _fill(ask.rows)
        figures |= _verify()
        figures |= _search(ask.trials)
    print(json.dumps(figures) if ask.json else "\n".join(f"{k:28} {v}" for k, v in figures.items()))
    return 0


def _prepare(folder: Path, database: str) -> None:
    url = f"sqlite:///{folder / 'db.sqlite3'}"
    if database == "postgresql":
        from tests import postgres

        url = postgres.start(folder / "pg", haste=False)
    os.environ |= {
        "THIENLY_DATA": str(folder),
        "THIENLY_DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "thienly.settings",
    }
    (folder / "keys").mkdir()
    (folder / "keys" / "django.secret").write_text("x" * 50)
    (folder / "thienly.toml").write_text('profile = "demo"\n')
    import django

    django.setup()
    from django.core.management import call_command

    from thienly.core.ledger.keys import new_signing_key

    (folder / "keys" / "ledger.pem").write_bytes(new_signing_key())
    call_command("migrate", verbosity=0)


def _flush(folder: Path) -> float:
    """How long the disk takes for what a commit writes: no more commits than that follow one another."""
    took = []
    with (folder / "flushed").open("wb", buffering=0) as file:
        for _ in range(100):
            file.write(b"x" * 8192)
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            took.append((time.perf_counter() - began) * 1000)
    return round(statistics.median(took), 2)


# --- writing ----------------------------------------------------------------------------------------------
def _write(seconds: float, start: Any, done: Any) -> None:
    import django

    django.setup()
    from django.db import transaction

    from thienly.core.access.actor import Actor
    from thienly.core.ledger.kinds import Kind
    from thienly.core.ledger.writer import record

    actor, written = Actor.machine(f"writer {os.getpid()}"), 0
    start.wait()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with transaction.atomic():
            record(actor=actor, kind=Kind.LIVE_OPENED, purpose="command", detail={"n": written})
        written += 1
    done.put(written)


def _append(writers: int, seconds: float) -> dict[str, Any]:
    from django.db import connection

    connection.close()
    spawn = multiprocessing.get_context("spawn")
    start, done = spawn.Barrier(writers), spawn.Queue()
    running = [spawn.Process(target=_write, args=(seconds, start, done)) for _ in range(writers)]
    for process in running:
        process.start()
    written = sum(done.get(timeout=seconds + 120) for _ in running)
    for process in running:
        process.join()
    from thienly.core.ledger.chain import verify

    report = verify(now=datetime.now(UTC))
    sound = report.ok and report.entries == written
    return {"writers": writers, "append_per_s": round(written / seconds), "chain_intact": sound}


# --- rows -------------------------------------------------------------------------------------------------
def _fill(rows: int) -> None:
    from django.db import connection, transaction

    from thienly.core.ledger.finding import keep_names, keep_spans
    from thienly.core.ledger.models import Head, Quotation

    head = Head.objects.get(id=1)
    chance, previous, seq = random.Random(1), head.hash, head.seq  # noqa: S311 - rows alike each time
    while seq < rows:
        batch, quoted = [], []
        first, last = seq + 1, min(seq + 5000, rows)
        for seq in range(first, last + 1):
            row, quote = _row(seq, previous, chance)
            previous = row["hash"]
            batch.append(row)
            quoted += [Quotation(seq=seq, folded=quote.lower().replace("đ", "d"))] if quote else []
        with transaction.atomic(), connection.cursor() as cursor:
            columns = ", ".join(batch[0])
            if connection.vendor == "postgresql":
                with cursor.copy(f"COPY ledger_entry ({columns}) FROM STDIN") as copy:
                    for row in batch:
                        copy.write_row(list(row.values()))
            else:
                marks = ", ".join(["%s"] * len(batch[0]))
                cursor.executemany(
                    f"INSERT INTO ledger_entry ({columns}) VALUES ({marks})",  # noqa: S608 - constants
                    [list(row.values()) for row in batch],
                )
            Quotation.objects.bulk_create(quoted)
            Head.objects.filter(id=1).update(seq=seq, hash=previous)
    with transaction.atomic():
        keep_names()
        keep_spans(after=0)


def _row(seq: int, previous: str, chance: random.Random) -> tuple[dict[str, Any], str]:
    """The columns of an entry as the writer would leave them, and the document that it names."""
    from thienly.rules.hashchain import around, canonical, instant, placed_hash

    person, camera = chance.randrange(PEOPLE), UUID(int=chance.randrange(CAMERAS)).hex
    kind = chance.choice(["live.opened"] * 6 + ["playback.opened"] * 3 + ["seat.appointed"])
    quote = f"{chance.randrange(50_000)}/QĐ-UBND" if kind == "seat.appointed" else ""
    detail = {"document": quote} if quote else {"gateway": "gateway-1", "stream": f"{seq:032x}"}
    at = EPOCH + timedelta(seconds=seq * 10)
    texts = {
        "kind": kind,
        "actor_kind": "account",
        "actor_id": UUID(int=person).hex,
        "actor_label": f"Nguyễn Văn {person}",
        "unit_label": f"Ban Quản lý {person % UNITS}",
        "network_zone": f"vùng {person % 5}",
        "address": "10.20.3.4",
        "camera_id": camera,
        "object_kind": "camera",
        "object_id": camera,
        "object_label": f"CC-{camera[-5:]}",
        "purpose": ("command", "state_management", "security_order")[seq % 3],
    }
    own = placed_hash(around({**texts, "at": instant(at), "detail": detail}), previous=previous, seq=seq)
    facts = canonical(detail).decode()
    moment = at.strftime("%Y-%m-%d %H:%M:%S")  # as either database reads it, in UTC
    return {**texts, "at": moment, "detail": facts, "seq": seq, "previous": previous, "hash": own}, quote


def _verify() -> dict[str, Any]:
    from thienly.core.ledger.chain import verify
    from thienly.core.ledger.checkpoints import sign_checkpoint

    sign_checkpoint(now=datetime.now(UTC))
    found: dict[str, Any] = {}
    for processes in (1, 2):
        began, worked = time.perf_counter(), time.process_time()
        report = verify(now=datetime.now(UTC), processes=processes)
        took, cpu = time.perf_counter() - began, time.process_time() - worked
        found |= {"rows": report.entries, "verify_ok": report.ok and found.get("verify_ok", True)}
        found[f"verify_{processes}_rows_per_s"] = round(report.entries / took)
        if processes == 1:  # the server works beside it
            found["verify_rows_per_cpu_s"] = round(report.entries / cpu)
    return found


# --- searching --------------------------------------------------------------------------------------------
def _search(trials: int) -> dict[str, Any]:
    from unittest.mock import patch

    from django.db import connection, models, transaction

    from thienly.core.access.actor import Actor
    from thienly.core.accounts.models import Account
    from thienly.core.ledger import search as module
    from thienly.core.ledger.kinds import Kind
    from thienly.core.ledger.models import Head
    from thienly.core.ledger.search import Asked, search
    from thienly.core.registry.models import Camera

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    with transaction.atomic():
        for number in range(PEOPLE):
            name = f"Nguyễn Văn {number}"
            Account(
                id=UUID(int=number),
                username=f"u{number}",
                full_name=name,
                folded=f"nguyen van {number} u{number}",
            ).save()
    chance, rows = random.Random(2), Head.objects.get(id=1).seq  # noqa: S311 - alike each time
    inspector = Actor.machine("bench")

    def span() -> dict[str, Any]:
        begin = EPOCH + timedelta(seconds=chance.randrange(rows) * 10)
        return {"from_": begin, "until": begin + timedelta(days=1)}

    asks: dict[str, Any] = {
        "newest": lambda: {},
        "person": lambda: {"person": f"u{chance.randrange(1000, PEOPLE)}"},
        "camera": lambda: {"camera": Camera(id=UUID(int=chance.randrange(CAMERAS)))},
        "kind": lambda: {"kinds": [Kind.SEAT_APPOINTED]},
        "purpose": lambda: {"purpose": "security_order"},
        "unit": lambda: {"unit": f"quan ly {chance.randrange(100, UNITS)}"},
        "zone": lambda: {"zone": f"vùng {chance.randrange(5)}"},
        "document": lambda: {"document": f"{chance.randrange(50_000)}/QĐ"},
        "time": span,
        "person_in_time": lambda: {"person": f"u{chance.randrange(1000, PEOPLE)}"} | span(),
    }
    found: dict[str, Any] = {}
    with patch.object(module, "may_see", lambda actor: models.Q()):
        for name, ask in asks.items():
            took = []
            for _ in range(trials):
                asked = Asked(**ask())
                began = time.perf_counter()
                search(actor=inspector, asked=asked)
                took.append((time.perf_counter() - began) * 1000)
            found[f"search_{name}_p95_ms"] = round(statistics.quantiles(took, n=20)[-1], 1)
    return found


if __name__ == "__main__":
    sys.exit(main())
