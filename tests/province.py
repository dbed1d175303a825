"""A small province to test in. Rows are laid directly: they are the world before the test."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from django.utils import timezone

from tests.guard import setting_the_scene
from thienly.core.access.actor import Actor
from thienly.core.access.models import Right, Seat
from thienly.core.accounts.acknowledging import STATEMENT_VERSION
from thienly.core.accounts.models import Account, Acknowledgement
from thienly.core.areas.models import Area, Placement, Remit
from thienly.core.registry.models import Camera, Site
from thienly.core.regulation.shelf import profiles
from thienly.core.text import fold
from thienly.core.units.models import Unit

FOUNDED = date(2020, 1, 1)
LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)


def unit(
    name: str,
    functions: Sequence[str] = (),
    *,
    parent: Unit | None = None,
    valid_from: date = FOUNDED,
    valid_to: date | None = None,
) -> Unit:
    row = Unit(
        name=name,
        folded=fold(name),
        kind="department",
        functions=list(functions),
        parent=parent,
        valid_from=valid_from,
        valid_to=valid_to,
    )
    row.path = f"{parent.path if parent else ''}{row.id.hex}/"
    with setting_the_scene():
        row.save(force_insert=True)
    return row


def site(of: Unit, name: str, *, aliases: Sequence[str] = (), kind: str = "public_place") -> Site:
    with setting_the_scene():
        return Site.objects.create(
            name=name, folded=fold(" ".join([name, *aliases])), aliases=list(aliases), kind=kind, unit=of
        )


def camera(
    at: Site, code: str, *, sector: str = "security", secret: bool = False, retired_at: datetime | None = None
) -> Camera:
    with setting_the_scene():
        return Camera.objects.create(
            code=code,
            name=f"Camera {code}",
            folded=fold(f"{code} Camera {code}"),
            site=at,
            sector=sector,
            url="rtsp://10.0.0.1/live",
            secret=secret,
            record=not secret,
            created_at=LONG_AGO,
            retired_at=retired_at,
        )


def person(username: str, full_name: str = "", *, suspended: bool = False) -> Account:
    full_name = full_name or username
    with setting_the_scene():
        account = Account.objects.create(
            username=username,
            full_name=full_name,
            folded=fold(f"{username} {full_name}"),
            password="!",
            suspended_at=timezone.now() if suspended else None,
        )
    return settled(account)


def settled(account: Account) -> Account:
    """The account has behind it what is asked at the first sign-in."""
    wanted = [("", STATEMENT_VERSION)]
    wanted += [(rules.id, rules.profile.version) for rules in profiles().values()]
    with setting_the_scene():
        Account.objects.filter(pk=account.pk).update(person_hash=account.id.hex, person_last="0000")
        Acknowledgement.objects.bulk_create(
            (
                Acknowledgement(account=account, profile=name, version=version, digest="", at=LONG_AGO)
                for name, version in wanted
            ),
            ignore_conflicts=True,
        )
    return account


def seat(
    account: Account,
    of: Unit,
    role: str,
    *,
    profile: str = "QN",
    sector: str = "",
    sites: Sequence[Site] = (),
    valid_from: datetime = LONG_AGO,
    valid_to: datetime | None = None,
) -> Seat:
    with setting_the_scene():
        row = Seat.objects.create(
            account=account,
            unit=of,
            profile=profile,
            role=role,
            sector=sector,
            document="12/QĐ-UBND ngày 05/01/2024",
            valid_from=valid_from,
            valid_to=valid_to,
        )
        row.sites.set(sites)
    return row


def right(
    of: Seat,
    *,
    kind: Right.Kind = Right.Kind.GRANT,
    actions: Sequence[str] = ("view.playback",),
    entry: str = "g-user",
    sites: Sequence[Site] = (),
    cameras: Sequence[Camera] = (),
    lender: Seat | None = None,
    valid_from: datetime = LONG_AGO,
    valid_to: datetime | None = None,
) -> Right:
    with setting_the_scene():
        row = Right.objects.create(
            kind=kind,
            seat=of,
            lender=lender,
            entry=entry,
            actions=list(actions),
            reason="theo dõi",
            number="13/QĐ-UBND",
            issued=date(2024, 1, 5),
            issuer="UBND tỉnh",
            signatory="Chủ tịch",
            valid_from=valid_from,
            valid_to=valid_to or tomorrow(),
            given_at=valid_from,
        )
        row.sites.set(sites)
        row.cameras.set(cameras)
    return row


def area(code: str, name: str, *, level: str = "commune", parent: Area | None = None) -> Area:
    with setting_the_scene():
        return Area.objects.create(
            code=code, name=name, folded=fold(name), level=level, parent=parent, source="test"
        )


def placed(at: Site, inside: Area, *, by: Account | None = None) -> Placement:
    by = by or Account.objects.first() or person("do-dac")
    with setting_the_scene():
        return Placement.objects.create(
            site=at, area=inside, by_boundary=True, confirmed_by=by, confirmed_at=LONG_AGO
        )


def remit(
    of: Unit,
    *,
    area: Area | None = None,
    site: Site | None = None,
    work: str = "",
    valid_from: date = FOUNDED,
    valid_to: date | None = None,
) -> Remit:
    with setting_the_scene():
        return Remit.objects.create(
            unit=of,
            area=area,
            site=site,
            work=work,
            number="7/QĐ-UBND",
            issued=date(2024, 1, 5),
            issuer="UBND tỉnh",
            signatory="Chủ tịch",
            valid_from=valid_from,
            valid_to=valid_to,
        )


def holder(of: Unit, role: str, *, name: str = "", sector: str = "", sites: Sequence[Site] = ()) -> Actor:
    """A person with exactly this seat, signed in."""
    account = person(name or f"{role}-{Account.objects.count()}")
    seat(account, of, role, sector=sector, sites=sites)
    return Actor.person(account)


def yesterday() -> datetime:
    return timezone.now() - timedelta(days=1)


def tomorrow() -> datetime:
    return timezone.now() + timedelta(days=1)
