"""How long the preview of a regulation takes at the size of a large province.

`python -m bench.activation [--cameras 20000] [--people 4000] [--units 700]`: makes the province in a database
of its own in a temporary directory (or where THIENLY_DATABASE_URL says), with five regulations in force, and
prints JSON. The draft takes a right from a role that hundreds hold and gives another role one more.
"""

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

SECTORS = ("security", "traffic", "mining", "fishing_port", "one_stop")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cameras", type=int, default=20_000)
    parser.add_argument("--people", type=int, default=4_000)
    parser.add_argument("--units", type=int, default=700)
    parser.add_argument("--json", action="store_true", help="on one line")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="thienly-bench-") as folder:
        told = run(Path(folder), cameras=arguments.cameras, people=arguments.people, units=arguments.units)
    sys.stdout.write(json.dumps(told, indent=None if arguments.json else 2) + "\n")


def run(folder: Path, *, cameras: int, people: int, units: int) -> dict[str, object]:
    """Figures in seconds and counts."""
    _set_up(folder)
    from django.db import connection
    from django.utils import timezone

    from thienly.core.regulation import activation, in_force, shelf
    from thienly.core.regulation.preview import weigh
    from thienly.core.reviews.seeing import _counted

    _build(cameras=cameras, people=people, units=units)
    activation.adopt_first(now=timezone.now())
    in_force.forget()
    text = shelf.shelf().books["QN", 1].text.replace("  version: 1\n", "  version: 2\n")
    for before, after in (
        ("cam_admin, actions: [view.live, view.playback, ptz, extract]", "cam_admin, actions: [view.live]"),
        ("user_member, actions: [view.live, view.playback, stats]", "user_member, actions: [view.live, ptz]"),
    ):
        assert before in text
        text = text.replace(before, after)
    profile = shelf.read(text, name="draft")
    head = profile.profile.model_copy(update={"effective_from": timezone.localdate()})
    profile = profile.model_copy(update={"profile": head})
    begun = time.perf_counter()
    found = weigh(profile, timezone.localdate(), now=timezone.now())
    preview_s = time.perf_counter() - begun
    begun = time.perf_counter()
    _counted(timezone.now())
    seeing_s = time.perf_counter() - begun
    in_force.today()
    begun = time.perf_counter()
    for _ in range(10_000):
        shelf.profiles()
    return {
        "database": connection.vendor,
        "cameras": cameras,
        "people": people,
        "units": units,
        "regulations": len(in_force.today()),
        "preview_s": round(preview_s, 2),
        "seeing_s": round(seeing_s, 2),
        "profiles_us": round((time.perf_counter() - begun) * 100, 2),
        "gaining": found.gaining,
        "losing": found.losing,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def _set_up(folder: Path) -> None:
    (folder / "keys").mkdir()
    day = 'effective_from = "2024-02-01"\ndocument = "bản đo"\n'
    toml = 'profile = "demo"\n' + "".join(
        f'[[regulations]]\nid = "{name}"\n{day if name in ("NB", "BDP") else ""}'
        for name in ("QN", "NB", "BDM", "BDP", "DN")
    )
    (folder / "thienly.toml").write_text(toml)
    os.environ["THIENLY_DATA"] = str(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "thienly.settings"
    import django

    django.setup()
    from django.core.management import call_command

    from thienly.bus.vault import Vault
    from thienly.core.ledger.keys import new_signing_key

    (folder / "keys" / "vault.key").write_bytes(Vault.new_key())
    (folder / "keys" / "ledger.pem").write_bytes(new_signing_key())
    call_command("migrate", verbosity=0, interactive=False)


def _build(*, cameras: int, people: int, units: int) -> None:
    """A root, districts and communes; each person one seat, in a role that his unit's function allows."""
    import random
    import uuid
    from datetime import UTC, datetime

    from thienly.core.access.models import Seat
    from thienly.core.accounts.models import Account
    from thienly.core.registry.models import Camera, Site
    from thienly.core.regulation.shelf import first
    from thienly.core.units.models import Unit

    chance = random.Random(4)  # noqa: S311 - the same province every time
    profiles = first()
    functions = sorted({role.unit for profile in profiles.values() for role in profile.roles})
    made: list[Unit] = []
    for number in range(units):
        above = None if number == 0 else made[0] if number <= units // 8 else made[1 + number % (units // 8)]
        own = functions if number == 0 else [*chance.sample(functions, 4), "camera_manager", "data_user"]
        unit = Unit(
            id=uuid.UUID(int=chance.getrandbits(128)),
            name=f"Đơn vị {number}",
            folded=f"don vi {number}",
            kind="government",
            functions=sorted(set(own)),
            parent=above,
            valid_from=date(2020, 1, 1),
        )
        unit.path = f"{above.path if above else ''}{unit.id.hex}/"
        made.append(unit)
    Unit.objects.bulk_create(made)
    kinds = ["public_place", "bpmc_xa_site", "mine", "school"]
    sites = [
        Site(name=f"Địa điểm {n}", folded=f"dia diem {n}", kind=kinds[n % 4], unit=made[n % units])
        for n in range(max(1, cameras // 5))
    ]
    Site.objects.bulk_create(sites, batch_size=1000)
    begun = datetime(2024, 1, 1, tzinfo=UTC)
    Camera.objects.bulk_create(
        [
            Camera(
                code=f"C{n}",
                name=f"Camera {n}",
                folded=f"c{n}",
                site=sites[n % len(sites)],
                sector=SECTORS[n % len(SECTORS)],
                url="rtsp://10.0.0.1/live",
                created_at=begun,
            )
            for n in range(cameras)
        ],
        batch_size=1000,
    )
    accounts = [
        Account(username=f"u{n}", full_name=f"Người {n}", folded=f"u{n}", password="!") for n in range(people)
    ]
    Account.objects.bulk_create(accounts, batch_size=1000)
    roles = [(profile.id, role) for profile in profiles.values() for role in profile.roles]
    seats: list[Seat] = []
    for number, account in enumerate(accounts):
        unit = made[number % units]
        able = [(name, role) for name, role in roles if role.unit in unit.functions]
        name, role = (
            chance.choice(able) if number else ("QN", next(r for _n, r in roles if r.id == "central_admin"))
        )
        seats.append(
            Seat(
                account=account,
                unit=unit,
                profile=name,
                role=role.id,
                sector=chance.choice(SECTORS) if role.id == "sector_user" else "",
                document="1/QĐ",
                valid_from=begun,
            )
        )
    Seat.objects.bulk_create(seats, batch_size=1000)
    through = Seat.sites.through
    through.objects.bulk_create(
        [
            through(seat_id=seat.pk, site_id=site.pk)
            for seat in seats
            if seat.role in ("user_member", "unit_user")
            for site in chance.sample(sites, min(5, len(sites)))
        ],
        batch_size=1000,
    )


if __name__ == "__main__":
    main()
