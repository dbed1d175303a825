"""How soon "who can?", "why?" and "what if?" are answered in a province of full size, p50 and p95 in ms.

    python -m bench.why --cameras 20000 --accounts 4000 --units 700 --json [--postgres]

Under Quảng Ninh's regulation: one account in twenty watches everything, the others hold a post at a unit of
theirs or a list of places. Each question is asked through the function that pages and API use.

`who_can_live_ms`: everybody who may watch one camera; `who_can_accounts_ms`: everybody who may administer one
unit; `why_ms`: a denial with all that stands around it, asked by an inspector; `what_if_all_ms`,
`what_if_unit_ms`: a draft seat that would reach every camera, and one that reaches a unit.
"""

import argparse
import json
import random
import sys
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path

from bench.coverage import prepare, timed

BEGAN = datetime(2024, 1, 1, tzinfo=UTC)


def fill(*, cameras: int, accounts: int, units: int) -> None:
    """Rows, laid directly."""
    from thienly.core.access.models import Seat
    from thienly.core.accounts.models import Account
    from thienly.core.registry.models import Camera, Site
    from thienly.core.units.models import Unit

    chance = random.Random(7)  # noqa: S311 - rows, not secrets
    made: list[Unit] = []
    for number in range(units):
        parent = None if number < 40 else made[chance.randrange(40)]
        unit = Unit(
            name=f"Đơn vị {number}",
            folded=f"don vi {number}",
            kind="department",
            functions=["central_manager", "so_tttt"] if number == 0 else ["camera_manager", "data_user"],
            parent=parent,
            valid_from=date(2020, 1, 1),
        )
        unit.path = f"{parent.path if parent else ''}{unit.id.hex}/"
        made.append(unit)
    Unit.objects.bulk_create(made)
    sites = [
        Site(name=f"Điểm {n}", folded=f"diem {n}", kind="public_place", unit=made[n % units])
        for n in range(cameras // 10)
    ]
    Site.objects.bulk_create(sites)
    Camera.objects.bulk_create(
        Camera(
            code=f"C-{n:05}",
            name=f"Camera {n}",
            folded=f"c-{n:05} camera {n}",
            site=sites[n % len(sites)],
            sector=chance.choice(["traffic", "security", "mining"]),
            url="rtsp://10.0.0.1/a",
            created_at=BEGAN,
        )
        for n in range(cameras)
    )
    people = [
        Account(username=f"nguoi{n}", full_name=f"Người {n}", folded=f"nguoi{n}", password="!")
        for n in range(accounts)
    ]
    Account.objects.bulk_create(people)
    seats: list[Seat] = []
    for number, account in enumerate(people):
        central = number % 20 == 0
        role = "central_operator" if central else chance.choice(["cam_admin", "cam_contact", "user_member"])
        if number in (1, 2):
            central, role = True, ["central_admin", "tttt_guide"][number - 1]
        seats.append(
            Seat(
                account=account,
                unit=made[0] if central else made[1 + number % (units - 1)],
                profile="QN",
                role=role,
                document="1/QĐ",
                valid_from=BEGAN,
            )
        )
    Seat.objects.bulk_create(seats)
    listed = Seat.sites.through
    listed.objects.bulk_create(
        listed(seat_id=seat.pk, site_id=site.pk)
        for seat in seats
        if seat.role == "user_member"
        for site in chance.sample(sites, min(5, len(sites)))
    )


def measure(*, trials: int) -> dict[str, object]:
    from thienly.core.access import gate
    from thienly.core.access.actor import Actor
    from thienly.core.access.what_if import SeatDraft, with_seat
    from thienly.core.access.why import explain
    from thienly.core.accounts.models import Account
    from thienly.core.registry.models import Camera
    from thienly.core.units.models import Unit
    from thienly.rules.actions import Action

    cameras = list(Camera.objects.select_related("site__unit").order_by("code")[:trials])
    units = list(Unit.objects.order_by("folded")[:trials])
    admin, inspector = (Actor.person(Account.objects.get(username=f"nguoi{n}")) for n in (1, 2))
    subject = Account.objects.filter(seats__role="cam_contact").order_by("username")[0]
    centre = Unit.objects.get(name="Đơn vị 0")
    able = [len(gate.who_can(action=Action.VIEW_LIVE, obj=camera)) for camera in cameras[:3]]
    everything = SeatDraft(unit=centre, profile="QN", role="central_operator")
    return {
        "able": able,
        "who_can_live_ms": timed(
            lambda n: gate.who_can(action=Action.VIEW_LIVE, obj=cameras[n % len(cameras)]), trials
        ),
        "who_can_accounts_ms": timed(
            lambda n: gate.who_can(action=Action.ADMIN_ACCOUNTS, obj=units[n % len(units)]), trials
        ),
        "why_ms": timed(
            lambda n: explain(
                actor=inspector,
                action=Action.VIEW_LIVE,
                kind="camera",
                id=cameras[n % len(cameras)].pk,
                person=subject.pk,
            ),
            trials,
        ),
        "what_if_all_ms": timed(
            lambda n: with_seat(actor=admin, draft=everything, person=subject.pk), trials
        ),
        "what_if_unit_ms": timed(
            lambda n: with_seat(
                actor=admin,
                draft=SeatDraft(unit=units[n % len(units)], profile="QN", role="cam_admin"),
                person=subject.pk,
            ),
            trials,
        ),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cameras", type=int, default=20_000)
    parser.add_argument("--accounts", type=int, default=4_000)
    parser.add_argument("--units", type=int, default=700)
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="thienly-bench-") as directory:
        prepare(Path(directory), postgres=asked.postgres)
        fill(cameras=asked.cameras, accounts=asked.accounts, units=asked.units)
        found: dict[str, object] = {"bench": "why", "database": "postgres" if asked.postgres else "sqlite"}
        found |= {"cameras": asked.cameras, "accounts": asked.accounts, "units": asked.units}
        found |= measure(trials=asked.trials)
    sys.stdout.write(json.dumps(found, indent=None if asked.json else 2) + "\n")


if __name__ == "__main__":
    main()
