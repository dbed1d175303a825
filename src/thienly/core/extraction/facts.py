"""From rows to the plain facts that `rules.extraction_needs` works on."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from thienly.core.access.document import Document
from thienly.core.access.facts import object_facts, seat_facts, seats_with_facts, unended
from thienly.core.access.limits import is_of_type
from thienly.core.access.memory import seats_of
from thienly.core.access.models import Seat
from thienly.core.accounts.models import Account
from thienly.core.cases import engine
from thienly.core.extraction.models import Extraction
from thienly.core.registry.models import Camera
from thienly.core.regulation.settling import settlements
from thienly.core.regulation.shelf import profiles
from thienly.core.text import fold
from thienly.core.units.models import Unit
from thienly.rules.extraction_needs import Asked, Asker, Need, Wanted, deciding_seat, wanted
from thienly.rules.profile import Profile


def asked_of(cameras: Iterable[Camera], governing: Mapping[str, Profile], now: datetime) -> list[Asked]:
    """The cameras as they stand now; each with its site and unit at hand."""
    moment = timezone.localtime(now)
    return [
        Asked(
            camera=object_facts(camera, account=None, now=moment),
            code=camera.code,
            unit=camera.site.unit_id.hex,
            unit_name=camera.site.unit.name,
            functions=frozenset(camera.site.unit.functions),
            places={
                rules.id: frozenset(kind.id for kind in rules.site_types if is_of_type(camera.site, kind))
                for rules in governing.values()
            },
        )
        for camera in cameras
    ]


def asker_of(account: Account | None, *, outside: bool) -> Asker:
    """`account` None: somebody outside asks."""
    return Asker(tuple(seats_of(account)) if account is not None else (), outside)


def wanted_for(
    cameras: Sequence[Camera], asker: Asker, governing: Mapping[str, Profile], now: datetime
) -> Wanted:
    return wanted(
        asked=asked_of(cameras, governing, now),
        asker=asker,
        governing=governing,
        today=profiles(),
        settled={rules.id: frozenset(settlements(rules)) for rules in governing.values()},
        now=timezone.localtime(now),
    )


def cameras_of(request: Extraction) -> list[Camera]:
    """As they stand now, in the order of their codes."""
    rows = request.cameras.select_related("camera__site__unit").order_by("camera__code")
    return [row.camera for row in rows]


def wanted_of(request: Extraction, now: datetime) -> Wanted:
    """What the request needs as things stand now, by the regulations under which it was opened."""
    opener = request.case.opened_by if request.unit_id is not None else None
    asker = asker_of(opener, outside=request.for_others)
    return wanted_for(cameras_of(request), asker, engine.governing(request.case), now)


def competent_units(need: Need) -> frozenset[str]:
    """The units that speak where the text names nobody and a document does: those that it calls by name, or
    whose type it calls."""
    if not need.approval.parameter:
        return frozenset()
    value = _settled(need)
    if not value:
        return frozenset()
    types = {unit.id for unit in need.profile.unit_types if fold(unit.vi) in value}
    units = Unit.objects.only("id", "folded", "functions")
    return frozenset(
        unit.id.hex for unit in units if unit.folded in value or types.intersection(unit.functions)
    )


def _settled(need: Need) -> str:
    """Whom a document, or the regulation until then, names; folded, "" for nobody."""
    name = need.approval.parameter or ""
    row, named = settlements(need.profile).get(name), need.profile.parameter(name)
    return fold(row.value if row is not None else (named.value or "") if named is not None else "")


def seat_for(need: Need, account: Account, now: datetime) -> Seat | None:
    """The seat by which the person can give what is needed."""
    found = deciding_seat(
        need,
        seats_of(account),
        competent=competent_units(need),
        today=profiles(),
        now=timezone.localtime(now),
    )
    return Seat.objects.select_related("unit").get(pk=found.id) if found is not None else None


def deciders(need: Need, now: datetime, *, without: Account | None = None) -> list[Seat]:
    """Every live seat by which somebody else can give what is needed, with account and unit."""
    competent = competent_units(need)
    types = {role.unit for role in need.profile.roles if role.id in need.approval.approver}
    types |= set(need.approval.approver)
    roles = [role.id for role in need.profile.roles if role.unit in types]
    candidates = Q(profile=need.profile.id, role__in=roles) | Q(unit__in=competent)
    rows = seats_with_facts().filter(
        unended(now), candidates, account__is_active=True, account__suspended_at=None, valid_from__lte=now
    )
    if without is not None:
        rows = rows.exclude(account=without)
    rows = rows.order_by("account__folded", "id")
    today, moment, found = profiles(), timezone.localtime(now), []
    for row in rows:
        if deciding_seat(need, seat_facts([row]), competent=competent, today=today, now=moment):
            found.append(row)
    return found


def issues(need: Need, document: Document) -> bool:
    """Whether the issuer of a document can agree to this: it bears the name of an approver's body."""
    rules = need.profile
    types = {role.unit for role in rules.roles if role.id in need.approval.approver}
    types |= set(need.approval.approver)
    names = {fold(unit.vi) for unit in rules.unit_types if unit.id in types}
    competent = competent_units(need)
    if need.approval.parameter:
        names.add(_settled(need))
    for unit in Unit.objects.only("id", "folded", "functions"):
        if unit.id.hex in competent or types.intersection(unit.functions):
            names.add(unit.folded)
    issuer = fold(document.issuer)
    return any(name and name in issuer for name in names)


def approver_words(need: Need) -> str:
    """Whom the regulation names, in its words."""
    rules, named = need.profile, []
    for approver in need.approval.approver:
        role, unit = rules.role(approver), None
        if role is None:
            unit = next((one for one in rules.unit_types if one.id == approver), None)
        if role is not None or unit is not None:
            named.append(role.vi if role is not None else unit.vi if unit is not None else "")
    if need.approval.parameter and (open_ := rules.parameter(need.approval.parameter)):
        row = settlements(rules).get(open_.id)
        named.append(row.value if row is not None else open_.value or open_.vi)
    return "; ".join(dict.fromkeys(named))


def post_words(seat: Seat) -> str:
    """`lãnh đạo Sở Tài nguyên và Môi trường, Sở TNMT`."""
    rules = profiles().get(seat.profile)
    role = rules.role(seat.role) if rules else None
    return f"{role.vi if role else seat.role}, {seat.unit.name}"[:200]


def first_post(account: Account, now: datetime) -> tuple[str, Unit | None]:
    """The post and unit of a person, to be written beside what he does; of several seats the oldest."""
    live = seats_with_facts().filter(unended(now), account=account, valid_from__lte=now)
    for seat in live.order_by("valid_from", "id"):
        return post_words(seat), seat.unit
    return "", None
