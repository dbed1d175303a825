"""How soon the centre answers about coverage, over rows that are made up in a real database.

    python -m bench.coverage --cameras 5000 --json [--postgres] [--province 20000] [--days 365]

Three questions, each asked through the functions that pages and API use, p50 and p95 in milliseconds, and
`cpu`, the processor time of this process a call (with SQLite all of it), which other load does not stretch:

`timeline_month_ms`: the line of time of 30 days of one camera, from 720 hours and a gap every other hour.
`day_of_cameras_ms`: what was recorded of a day of `--cameras` cameras, each with its seconds by kind.
`month_of_province_ms`: a month of `--province` cameras, each added up, out of `--days` days of all of them;
`month_whole_ms`: the same month as one sum. `fill_s`: how long writing these rows took.
`add_up_ms_per_camera_day`: what the steward spends to add up one camera's day anew.
"""

import argparse
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path


def prepare(directory: Path, *, postgres: bool, more: str = "") -> None:
    """An installation without keys: only its database. Before Django is imported. `more`: of thienly.toml."""
    (directory / "keys").mkdir()
    (directory / "thienly.toml").write_text('profile = "demo"\n' + more)
    os.environ["THIENLY_DATA"] = str(directory)
    os.environ["DJANGO_SETTINGS_MODULE"] = "thienly.settings"
    os.environ.pop("THIENLY_DATABASE_URL", None)
    if postgres:
        from tests.postgres import start

        os.environ["THIENLY_DATABASE_URL"] = start(directory / "postgres")
    from thienly.bus.vault import Vault

    (directory / "keys" / "vault.key").write_bytes(Vault.new_key())
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def timed(ask: Callable[[int], object], times: int) -> dict[str, float]:
    """Milliseconds of each call; the first one, which warms the database's cache, does not count."""
    ask(0)
    taken: list[float] = []
    processor = time.process_time()
    for number in range(times):
        begun = time.perf_counter()
        ask(number)
        taken.append(1000 * (time.perf_counter() - begun))
    cpu = 1000 * (time.process_time() - processor) / times
    p95 = statistics.quantiles(taken, n=20, method="inclusive")[-1] if len(taken) > 1 else taken[0]
    return {"p50": round(statistics.median(taken), 1), "p95": round(p95, 1), "cpu": round(cpu, 1)}


def measure(*, cameras: int, province: int, days: int, trials: int) -> dict[str, object]:
    from django.db import connection
    from django.utils import timezone

    from bench.coverage_rows import fill_cameras, fill_days, fill_month
    from thienly.core.access.actor import Actor
    from thienly.core.recording.days import add_up
    from thienly.core.recording.models import CoverageDay
    from thienly.core.recording.overview import cameras_with_coverage, coverage_of, whole_of
    from thienly.core.recording.spans import span_timeline

    rng = random.Random(7)  # noqa: S311 - rows, not secrets
    now = datetime(2026, 11, 17, 5, tzinfo=UTC)
    tz, today = timezone.get_default_timezone(), now.date()
    begun = time.perf_counter()
    everyone = fill_cameras(max(cameras, province), created=now - timedelta(days=days + 1))
    fill_days(province, today, days)
    fill_s = time.perf_counter() - begun
    few = everyone[:20]
    fill_month(few, now, rng)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    actor = Actor.machine("bench")

    def month(number: int) -> object:
        return span_timeline(few[number % len(few)], now - timedelta(days=30), now, tz, now)

    def day(number: int) -> object:
        known = cameras_with_coverage(actor=actor, now=now).filter(code__lt=f"C-{cameras:06d}")
        rows = coverage_of(
            known, today - timedelta(days=1 + number % 5), today - timedelta(days=1 + number % 5)
        )
        assert len(rows) == cameras, len(rows)
        return rows

    first, last = today - timedelta(days=40), today - timedelta(days=11)

    def province_month(number: int) -> object:
        rows = coverage_of(cameras_with_coverage(actor=actor, now=now), first, last)
        assert len(rows) == province, len(rows)
        return rows

    figures: dict[str, object] = {
        "database": connection.vendor,
        "cameras": cameras,
        "province": province,
        "day_rows": CoverageDay.objects.count(),
        "fill_s": round(fill_s, 1),
        "timeline_month_ms": timed(month, trials),
        "day_of_cameras_ms": timed(day, trials),
        "month_of_province_ms": timed(province_month, max(3, trials // 10)),
        "month_whole_ms": timed(
            lambda _: whole_of(cameras_with_coverage(actor=actor, now=now), first, last), max(3, trials // 10)
        ),
    }
    in_month = [today - timedelta(days=n) for n in range(2, 12)]
    CoverageDay.objects.filter(camera__in=few, day__in=in_month).update(stale=True)
    begun = time.perf_counter()
    done = add_up(now=now, limit=200)
    figures["add_up_ms_per_camera_day"] = round(1000 * (time.perf_counter() - begun) / done, 2)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cameras", type=int, default=5000, help="of the question about one day")
    parser.add_argument("--province", type=int, default=20_000, help="cameras with rows for every day")
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--postgres", action="store_true", help="a PostgreSQL started for this, else SQLite")
    parser.add_argument("--directory", type=Path, help="where the database lies meanwhile")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.directory, prefix="thienly-bench-") as place:
        prepare(Path(place), postgres=options.postgres)
        figures = measure(
            cameras=options.cameras,
            province=max(options.province, options.cameras),
            days=options.days,
            trials=options.trials,
        )
        from django.db import connections

        connections.close_all()
    if options.json:
        print(json.dumps(figures), flush=True)
    else:
        print("\n".join(f"{key}: {value}" for key, value in figures.items()), flush=True)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
