"""How long the preview of a reorganisation takes, over a made-up province in a real database.

    python -m bench.reorganisation --json [--postgres] [--cameras 20000] [--units 700] [--accounts 4000]

The decision merges two provinces: every second commune ends in its neighbour, every district is abolished,
the second province's committee ends in the first one's. Milliseconds, p50 and p95 of `--trials`:

`preview_ms`: everything that moves, is lost or has nobody, as the wizard shows it. `fill_s`: making the rows.
`apply_s`: carrying it out, once, with a row of history for every unit, site and role that changes.
"""

import argparse
import json
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

from bench.coverage import prepare, timed

SITES_A_UNIT = 5


def fill(*, cameras: int, units: int, accounts: int) -> object:
    """The reorganisation, decided; its day is tomorrow."""
    from django.db import transaction
    from django.utils import timezone

    from thienly.core.access.models import Seat
    from thienly.core.accounts.models import Account
    from thienly.core.cases.models import Case
    from thienly.core.registry.models import Camera, Site
    from thienly.core.units.models import Reorganisation, Unit

    begun, now = date(2020, 1, 1), timezone.now()

    def unit(name: str, function: str, parent: "Unit | None") -> Unit:
        row = Unit(name=name, folded=name.lower(), kind="government", functions=[function], valid_from=begun)
        row.parent = parent
        row.path = f"{parent.path if parent else ''}{row.id.hex}/"
        return row

    provinces = [unit(f"UBND tinh {n}", "ubnd_tinh", None) for n in range(2)]
    districts = [unit(f"UBND huyen {n}", "ubnd_huyen", provinces[n % 2]) for n in range(max(2, units // 20))]
    communes = [
        unit(f"UBND xa {n}", "camera_manager", districts[n % len(districts)])
        for n in range(units - len(districts) - 2)
    ]
    with transaction.atomic():
        for rows in (provinces, districts, communes):
            Unit.objects.bulk_create(rows)
        sites = [
            Site(name=f"Diem {n}", folded=f"diem {n}", kind="one_stop", unit=communes[n % len(communes)])
            for n in range(len(communes) * SITES_A_UNIT)
        ]
        Site.objects.bulk_create(sites)
        Camera.objects.bulk_create(
            Camera(
                code=f"C-{n:05}",
                name=f"Camera {n}",
                folded=f"camera {n}",
                site=sites[n % len(sites)],
                sector="one_stop",
                url="rtsp://10.0.0.1/live",
                created_at=now,
            )
            for n in range(cameras)
        )
        people = [Account(username=f"u{n}", full_name=f"Nguoi {n}", folded=f"u{n}") for n in range(accounts)]
        Account.objects.bulk_create(people)
        Seat.objects.bulk_create(
            Seat(
                account=person,
                unit=communes[n % len(communes)],
                profile="QN",
                role="cam_admin",
                document="1/QD",
                valid_from=now - timedelta(days=400),
            )
            for n, person in enumerate(people)
        )
        ids = list(Camera.objects.values_list("pk", flat=True)[: cameras // 20])
        Case.objects.bulk_create(
            Case(
                kind="camera_fault",
                year=2026,
                number=n + 1,
                state="open",
                camera_id=camera,
                title="Mat hinh",
                opened_by=people[0],
                opened_at=now,
            )
            for n, camera in enumerate(ids)
        )
        case = Case.objects.create(
            kind="reorganisation",
            year=2026,
            number=1,
            state="decided",
            title="Sap xep",
            opened_by=people[0],
            opened_at=now,
        )
        keep = communes[::2]
        acts: list[dict[str, object]] = [
            {"act": "end", "unit": provinces[1].id.hex, "successors": [provinces[0].id.hex]},
            *({"act": "end", "unit": one.id.hex, "successors": []} for one in districts),
            *({"act": "attach", "unit": one.id.hex, "parent": provinces[0].id.hex} for one in keep),
        ]
        for gone, heir in zip(communes[1::2], keep, strict=False):
            acts.append({"act": "end", "unit": gone.id.hex, "successors": [heir.id.hex]})
        return Reorganisation.objects.create(
            case=case,
            number="202/2025/QH15",
            signed=date(2025, 6, 12),
            effective=timezone.localdate() + timedelta(days=1),
            acts=acts,
            decided_at=now,
        )


def measure(arguments: argparse.Namespace, *, postgres: bool) -> dict[str, object]:
    with tempfile.TemporaryDirectory(prefix="thienly-bench-", ignore_cleanup_errors=True) as directory:
        prepare(Path(directory), postgres=postgres)
        from django.utils import timezone

        from thienly.core.units.applying import apply_due
        from thienly.core.units.models import Reorganisation
        from thienly.core.units.previewing import preview

        begun = time.perf_counter()
        row = fill(cameras=arguments.cameras, units=arguments.units, accounts=arguments.accounts)
        filled = time.perf_counter() - begun
        assert isinstance(row, Reorganisation)
        seen = preview(row)
        if seen.outcome.problems:
            raise SystemExit(f"the plan is refused: {seen.outcome.problems[0]}")
        figures = timed(lambda _number: preview(row), arguments.trials)
        begun = time.perf_counter()
        if apply_due(now=timezone.now() + timedelta(days=1)) != 1:
            raise SystemExit("it was not applied")
        return {
            "database": "postgres" if postgres else "sqlite",
            "cameras": arguments.cameras,
            "units": arguments.units,
            "accounts": arguments.accounts,
            "acts": len(row.acts),
            "cameras_that_pass": seen.cameras,
            "roles_that_pass": len(seen.seats_moved),
            "roles_lost": len(seen.seats_lost),
            "preview_p50_ms": figures["p50"],
            "preview_p95_ms": figures["p95"],
            "preview_cpu_ms": figures["cpu"],
            "fill_s": round(filled, 1),
            "apply_s": round(time.perf_counter() - begun, 1),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--cameras", type=int, default=20_000)
    parser.add_argument("--units", type=int, default=700)
    parser.add_argument("--accounts", type=int, default=4_000)
    parser.add_argument("--trials", type=int, default=5)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--json", action="store_true", help="one line of JSON (it is the only form there is)")
    arguments = parser.parse_args()
    sys.stdout.write(json.dumps(measure(arguments, postgres=arguments.postgres)) + "\n")


if __name__ == "__main__":
    main()
