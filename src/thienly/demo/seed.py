"""Lays the demo province into an empty or half-laid installation, through the same services as people."""

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone

from thienly.conf import Conf
from thienly.core.access.actor import Actor
from thienly.core.access.document import Document
from thienly.core.access.models import Seat
from thienly.core.access.services import appoint
from thienly.core.accounts.acknowledging import acknowledge, fingerprint, is_acknowledged, texts_for
from thienly.core.accounts.models import Account
from thienly.core.accounts.policy import live_seats
from thienly.core.accounts.services import create_account
from thienly.core.registry.cameras import CameraFields
from thienly.core.registry.models import Camera, Site
from thienly.core.registry.services import change_camera, create_site, register_camera
from thienly.core.units.models import Unit
from thienly.core.units.services import create_unit
from thienly.demo import province

INIT = Actor.machine("init")
INVENTED = "000000"  # no province has this code: of nobody
FOUNDED = date(2025, 7, 1)


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """What the welcome text says of an account."""

    username: str
    password: str
    full_name: str
    title: str
    sees: str


def seed_demo(*, conf: Conf, sim_host: str, sim_port: int) -> list[DemoAccount]:
    """Makes what is missing and points the cameras to the simulator; what is there already stays.

    All or nothing, in one transaction. Raises ValueError when this is no demo installation.
    """
    if not conf.demo:
        raise ValueError("the demo province belongs into a demo installation only")
    with transaction.atomic():
        units = _units()
        sites = _sites(units)
        _cameras(sites, sim_host, sim_port)
        _people(units, sites)
    return [
        DemoAccount(one.username, province.DEMO_PASSWORD, one.full_name, one.title, one.sees)
        for one in province.PEOPLE
    ]


def _units() -> dict[str, Unit]:
    units: dict[str, Unit] = {}
    for unit in province.UNITS:
        parent = units.get(unit.parent)
        units[unit.key] = Unit.objects.filter(name=unit.name, parent=parent).first() or create_unit(
            actor=INIT,
            name=unit.name,
            kind=unit.kind,
            functions=unit.functions,
            parent=parent,
            valid_from=FOUNDED,
            document=province.DOCUMENT,
        )
    return units


def _sites(units: dict[str, Unit]) -> dict[str, Site]:
    return {
        site.key: Site.objects.filter(name=site.name, unit=units[site.unit]).first()
        or create_site(
            actor=INIT,
            unit=units[site.unit],
            name=site.name,
            kind=site.kind,
            aliases=site.aliases,
            address=site.address,
            latitude=site.latitude,
            longitude=site.longitude,
        )
        for site in province.SITES
    }


def _cameras(sites: dict[str, Site], host: str, port: int) -> None:
    for camera in province.CAMERAS:
        url = f"rtsp://{host}:{port}{camera.path}"
        if present := Camera.objects.filter(code=camera.code).first():
            if (present.url != url or present.sub_url != f"{url}/sub") and present.retired_at is None:
                fields = CameraFields(url=url, sub_url=f"{url}/sub", password=camera.password)
                change_camera(
                    actor=INIT, camera=present, fields=fields, why="địa chỉ mới của máy quay mô phỏng"
                )
            continue
        register_camera(
            actor=INIT,
            site=sites[camera.site],
            code=camera.code,
            name=camera.name,
            sector=camera.sector,
            url=url,
            sub_url=f"{url}/sub",
            username=province.CAMERA_USER,
            password=camera.password,
        )


def _people(units: dict[str, Unit], sites: dict[str, Site]) -> None:
    for number, person in enumerate(province.PEOPLE):
        account = Account.objects.filter(username=person.username).first() or create_account(
            actor=INIT,
            username=person.username,
            full_name=person.full_name,
            title=person.title,
            password=province.DEMO_PASSWORD,
            person_number=f"{INVENTED}{number:06}",
        )
        unit = units[person.unit]
        if not Seat.objects.filter(account=account, unit=unit, role=person.role).exists():
            appoint(
                actor=INIT,
                account=account,
                unit=unit,
                profile=province.REGULATION,
                role=person.role,
                document=Document(*province.APPOINTING),
                sector=person.sector,
                sites=[sites[site] for site in person.sites],
            )
        _accept(account, f"{INVENTED}{number:06}")


def _accept(account: Account, person_number: str) -> None:
    """Invented people have read everything already, so that the demonstration begins with pictures."""
    seats = live_seats(account, timezone.now())
    if not is_acknowledged(account, seats):
        seen = fingerprint(texts_for(seats))
        acknowledge(actor=Actor.person(account), accepted=True, seen=seen, person_number=person_number)
