"""What a question to the gate costs in a whole province, with five regulations in force.

    python -m bench.access --json [--postgres] [--cameras 20000] [--accounts 4000] [--units 700]

`require_us`: one question about one camera, of a person whose rights the process remembers, with the reading
of the epoch that proves them still true (`epoch_us` is that part alone); microseconds, over people of every
sort. `cold_us`: the same after every right may have changed.
`visible_ms`: for each sort of person the first page of 50 cameras that he may watch, and how many there are:
two queries, milliseconds. `visible_worst_ms`: the slowest of them.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from bench.coverage import prepare

if TYPE_CHECKING:
    from thienly.core.accounts.models import Account
    from thienly.core.registry.models import Site
    from thienly.core.units.models import Unit

REGULATIONS = """
[[regulations]]
id = "QN"
[[regulations]]
id = "BDM"
[[regulations]]
id = "DN"
[[regulations]]
id = "NB"
effective_from = "2024-02-01"
document = "1/2024/QĐ-UBND"
[[regulations]]
id = "BDP"
effective_from = "2022-10-01"
document = "1/TB-UBND"
"""
SECTORS = ("mining", "fishing_port", "one_stop", "traffic", "security", "health")
SINCE = datetime(2024, 1, 1, tzinfo=UTC)


def timed(ask: Callable[[int], object], times: int, *, unit: float) -> dict[str, float]:
    ask(0)
    taken = []
    for number in range(times):
        begun = time.perf_counter()
        ask(number)
        taken.append(unit * (time.perf_counter() - begun))
    p95 = statistics.quantiles(taken, n=20, method="inclusive")[-1]
    return {"p50": round(statistics.median(taken), 1), "p95": round(p95, 1)}


def fill(*, cameras: int, accounts: int, units: int) -> dict[str, uuid.UUID]:
    """A province of departments, districts and communes; returns an account of each sort of post."""
    from django.db import transaction

    from thienly.core.access.models import AccessEpoch, Right, Seat
    from thienly.core.accounts.models import Account
    from thienly.core.registry.models import Camera, Site
    from thienly.core.regulation.shelf import profiles
    from thienly.core.units.models import Unit

    chance = Random(7)  # noqa: S311 - rows, not secrets
    functions = sorted({one.id for profile in profiles().values() for one in profile.unit_types})

    def unit(name: str, has: list[str], parent: Unit | None = None) -> Unit:
        made = Unit(
            name=name,
            folded=name.lower(),
            kind="x",
            functions=has,
            parent=parent,
            valid_from=date(2020, 1, 1),
        )
        made.path = f"{parent.path if parent else ''}{made.id.hex}/"
        return made

    root = unit("UBND tinh", functions)
    districts = [
        unit(f"UBND huyen {n}", ["ubnd_huyen", "camera_manager", "data_user", "local_ioc"], root)
        for n in range(max(1, units // 50))
    ]
    communes = [
        unit(f"UBND xa {n}", ["ubnd_xa", "camera_manager", "data_user"], chance.choice(districts))
        for n in range(units - 1 - len(districts))
    ]
    sites = [
        Site(name=f"Diem {n}", folded=f"diem {n}", kind="public_place", unit=chance.choice(communes))
        for n in range(max(1, cameras // 4))
    ]
    rows = [
        Camera(
            code=f"C-{n:06d}",
            name=f"Camera {n}",
            folded=f"camera {n}",
            site=chance.choice(sites),
            sector=chance.choice(SECTORS),
            url="rtsp://10.0.0.1/live",
            secret=n % 100 == 0,
            created_at=SINCE,
        )
        for n in range(cameras)
    ]
    people = [
        Account(username=f"n{n}", full_name=f"Nguoi {n}", folded=f"nguoi {n}", password="!")
        for n in range(accounts)
    ]
    district, commune = districts[0], communes[0]
    posts = [
        ("everything", root, "QN", "central_operator"),
        ("sector", root, "QN", "sector_user"),
        ("area", district, "QN", "ioc_user"),
        ("own unit", commune, "QN", "cam_admin"),
        ("listed places", commune, "QN", "user_member"),
        ("mines, two regulations", root, "BDM", "police_user"),
        ("one-stop shops, three regulations", district, "NB", "district_leader"),
        ("beside a role", commune, "QN", "user_contact"),
    ]
    seats, of = [], {}
    for person, (sort, place, profile, role) in zip(people, posts, strict=False):
        of[sort] = person.id
        own = [(profile, role)]
        if sort.startswith("mines"):
            own.append(("QN", "user_member"))
        if sort.startswith("one-stop"):
            own += [("QN", "ioc_user"), ("DN", "dist_leader_ubnd")]
        seats += [
            Seat(
                account=person,
                unit=place,
                profile=p,
                role=r,
                sector="traffic",
                document="1",
                valid_from=SINCE,
            )
            for p, r in own
        ]
    seats += [
        Seat(
            account=person,
            unit=chance.choice(communes),
            profile="QN",
            role=chance.choice(["cam_admin", "user_member"]),
            document="1",
            valid_from=SINCE,
        )
        for person in people[len(posts) :]
    ]
    with transaction.atomic():
        for every in (districts, communes):
            if every is districts:
                Unit.objects.bulk_create([root])
            Unit.objects.bulk_create(every, batch_size=500)
        Site.objects.bulk_create(sites, batch_size=500)
        Camera.objects.bulk_create(rows, batch_size=500)
        Account.objects.bulk_create(people, batch_size=500)
        Seat.objects.bulk_create(seats, batch_size=500)
        for seat in seats:
            if seat.role == "user_member":
                seat.sites.set(chance.sample(sites, min(20, len(sites))))
        beside = next(seat for seat in seats if seat.role == "user_contact")
        right = Right.objects.create(
            kind="consent",
            seat=beside,
            entry="a-out-of-scope",
            actions=["view.live"],
            reason="x",
            number="1",
            issued=date(2024, 1, 1),
            issuer="UBND tinh",
            signatory="x",
            valid_from=SINCE,
            valid_to=datetime(2090, 1, 1, tzinfo=UTC),
            given_at=SINCE,
        )
        right.cameras.set(rows[1:40])
        _lay_areas(sites, communes, districts, people[0])
        AccessEpoch.objects.update_or_create(pk=1, defaults={"value": 1})
    return of


def _lay_areas(sites: "list[Site]", communes: "list[Unit]", districts: "list[Unit]", by: "Account") -> None:
    """Every commune is an area of one province, every site lies in that of its unit, districts have some."""
    from thienly.core.areas.models import Area, Placement, Remit

    above = Area.objects.create(code="1", name="Tinh", folded="tinh", level="province", source="x")
    areas = {
        one.pk: Area(code=str(n), name=one.name, folded=one.folded, level="commune", parent=above, source="x")
        for n, one in enumerate(communes, 100)
    }
    Area.objects.bulk_create(areas.values(), batch_size=500)
    Placement.objects.bulk_create(
        [
            Placement(
                site=site, area=areas[site.unit_id], by_boundary=True, confirmed_by=by, confirmed_at=SINCE
            )
            for site in sites
        ],
        batch_size=500,
    )
    Remit.objects.bulk_create(
        Remit(
            unit=one.parent,
            area=areas[one.pk],
            number="1",
            issued=date(2024, 1, 1),
            issuer="UBND tinh",
            signatory="x",
            valid_from=date(2024, 1, 1),
        )
        for one in communes
        if one.parent in districts
    )


def measure(*, cameras: int, accounts: int, units: int, trials: int) -> dict[str, object]:
    from django.db import connection

    from thienly.core.access import epoch, gate, memory
    from thienly.core.access.actor import Actor
    from thienly.core.accounts.models import Account
    from thienly.core.registry.models import Camera
    from thienly.core.regulation.shelf import profiles
    from thienly.core.units.models import Unit
    from thienly.rules.actions import Action

    begun = time.perf_counter()
    of = fill(cameras=cameras, accounts=accounts, units=units)
    fill_s = time.perf_counter() - begun
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    actors = {sort: Actor.person(Account.objects.get(pk=pk)) for sort, pk in of.items()}
    asked = []
    for sort, actor in actors.items():
        found = (
            gate.visible(actor=actor, action=Action.VIEW_LIVE).select_related("site__unit").order_by("code")
        )
        camera = found.first()
        assert camera is not None, sort
        asked.append((actor, camera))

    def question(number: int) -> object:
        actor, camera = asked[number % len(asked)]
        return gate.require(actor=actor, action=Action.VIEW_LIVE, obj=camera)

    def cold(number: int) -> object:
        memory.forget()
        return question(number)

    def page(actor: Actor) -> Callable[[int], object]:
        def ask(_number: int) -> object:
            rows = gate.visible(actor=actor, action=Action.VIEW_LIVE).order_by("code")
            return list(rows[:50].values_list("code", flat=True)), rows.count()

        return ask

    for number in range(2 * len(asked)):
        question(number)
    visible = {sort: timed(page(actor), trials, unit=1e3) for sort, actor in actors.items()}
    return {
        "database": connection.vendor,
        "cameras": Camera.objects.count(),
        "accounts": Account.objects.count(),
        "units": Unit.objects.count(),
        "regulations": sorted(profiles()),
        "fill_s": round(fill_s, 1),
        "require_us": timed(question, 100 * trials, unit=1e6),
        "epoch_us": timed(lambda _: epoch.value(), 100 * trials, unit=1e6),
        "cold_us": timed(cold, 10 * trials, unit=1e6),
        "visible_ms": visible,
        "visible_worst_ms": max(one["p50"] for one in visible.values()),
        "seen": {
            sort: gate.visible(actor=actor, action=Action.VIEW_LIVE).count() for sort, actor in actors.items()
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cameras", type=int, default=20_000)
    parser.add_argument("--accounts", type=int, default=4_000)
    parser.add_argument("--units", type=int, default=700)
    parser.add_argument("--trials", type=int, default=30)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--json", action="store_true", help="one line of JSON")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="thienly-bench-") as name:
        prepare(Path(name), postgres=given.postgres, more=REGULATIONS)
        figures = measure(
            cameras=given.cameras, accounts=given.accounts, units=given.units, trials=given.trials
        )
        from django.db import connections

        connections.close_all()
    sys.stdout.write(json.dumps(figures, indent=None if given.json else 2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
