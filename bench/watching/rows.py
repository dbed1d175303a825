"""Lays the rows of an installation that is measured; run with its environment.

    python -m bench.watching.rows URL…

A unit, a site, a camera for each URL, an operator of the centre. Prints JSON: his session, the camera ids.
"""

import json
import sys
from datetime import UTC, date, datetime

import django

django.setup()

from django.core.management import call_command  # noqa: E402 - Django must be set up before
from django.test import Client  # noqa: E402

from thienly.core.access.models import Seat  # noqa: E402
from thienly.core.accounts.acknowledging import STATEMENT_VERSION  # noqa: E402
from thienly.core.accounts.models import Account, Acknowledgement  # noqa: E402
from thienly.core.registry.models import Camera, Site  # noqa: E402
from thienly.core.units.models import Unit  # noqa: E402

LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)


def main() -> None:
    call_command("migrate", verbosity=0, interactive=False)
    unit = Unit(name="Trung tâm", folded="trung tam", kind="department", functions=["central_manager"])
    unit.path, unit.valid_from = f"{unit.id.hex}/", date(2020, 1, 1)
    unit.save()
    site = Site.objects.create(name="Phép đo", folded="phep do", kind="public_place", unit=unit)
    cameras = [
        Camera.objects.create(
            code=f"DO-{number:03}",
            name=f"Camera {number}",
            folded=f"do-{number:03}",
            site=site,
            sector="security",
            url=url,
            created_at=LONG_AGO,
        )
        for number, url in enumerate(sys.argv[1:])
    ]
    viewer = Account.objects.create(
        username="phepdo", full_name="Nguyễn Văn Đo", folded="phepdo", password="!", person_hash="-"
    )
    Seat.objects.create(
        account=viewer, unit=unit, profile="QN", role="central_operator", document="-", valid_from=LONG_AGO
    )
    for name, version in (("", STATEMENT_VERSION), ("QN", 1)):
        Acknowledgement.objects.create(account=viewer, profile=name, version=version, digest="", at=LONG_AGO)
    client = Client()
    client.force_login(viewer, backend="allauth.account.auth_backends.AuthenticationBackend")
    print(json.dumps({"session": client.session.session_key, "cameras": [c.id.hex for c in cameras]}))


if __name__ == "__main__":
    main()
