"""What was true at a date: a unit's name, place and functions, and to whom a site or a camera belonged."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.registry.models import Camera, Site
from thienly.core.text import fold
from thienly.core.units.models import PastOwner, PastUnit, Unit


@dataclass(frozen=True, slots=True)
class UnitThen:
    """A unit as it was on a day; `document`: by which it had become so. `until`: None, it is so still."""

    unit: Unit
    name: str
    kind: str
    functions: tuple[str, ...]
    parent: UUID | None
    since: date
    until: date | None
    document: str


def unit_at(unit: Unit, day: date) -> UnitThen | None:
    """None when the unit did not exist on that day."""
    return next((then for then in states_of(unit) if _holds(then, day)), None)


def states_of(unit: Unit) -> list[UnitThen]:
    """All that the unit ever was, the first first."""
    return [*map(_past, unit.past.order_by("valid_from")), _present(unit)]


def units_at(day: date, units: Iterable[Unit] | None = None) -> list[UnitThen]:
    """Every unit (of `units`) in being on that day, as it then was: two queries, however many."""
    rows = Unit.objects.all() if units is None else units
    past = {
        row.unit_id: row
        for row in PastUnit.objects.filter(valid_from__lte=day, valid_to__gt=day).select_related("unit")
    }
    found = [_past(past[row.id]) if row.id in past else _present(row) for row in rows]
    return sorted((then for then in found if _holds(then, day)), key=lambda then: then.unit.folded)


def everything(units: QuerySet[Unit]) -> list[UnitThen]:
    """Every state that any of `units` is or was in, by name."""
    past = PastUnit.objects.filter(unit__in=units.values("pk")).select_related("unit")
    found = [*map(_past, past), *map(_present, units)]
    return sorted(found, key=lambda then: (fold(then.name), then.since))


def owners_at(day: date) -> dict[UUID, UUID]:
    """Unit by site, of the sites that belonged to another unit on that day than they do now."""
    later = PastOwner.objects.filter(valid_to__gt=day).order_by("site", "valid_to")
    return {row.site_id: row.unit_id for row in _first_of_each(later)}


def owner_at(site: Site, day: date) -> Unit:
    """The unit to which the site belonged on that day."""
    past = PastOwner.objects.filter(site=site, valid_to__gt=day).order_by("valid_to")
    row = past.select_related("unit").first()
    return row.unit if row else site.unit


def camera_owner_at(camera: Camera, day: date) -> Unit:
    """The unit that managed the camera at the end of that day, also when the camera has been moved since."""
    return owner_at(_site_at(camera, day), day)


def owner_named_at(camera: Camera, day: date) -> str:
    """The managing unit on that day, by the name that it had then."""
    owner = camera_owner_at(camera, day)
    then = unit_at(owner, day)
    return then.name if then else owner.name


def sites_at(unit: Unit, day: date) -> QuerySet[Site]:
    """The sites that belonged to the unit on that day."""
    later = PastOwner.objects.filter(valid_to__gt=day)
    then = [site for site, owner in owners_at(day).items() if owner == unit.id]
    return Site.objects.filter(Q(pk__in=then) | (Q(unit=unit) & ~Q(pk__in=later.values("site"))))


def named(word: str) -> Q:
    """Units that are called so, or once were; `word` is folded."""
    return Q(folded__contains=word) | Q(pk__in=PastUnit.objects.filter(folded__contains=word).values("unit"))


def _first_of_each(rows: Iterable[PastOwner]) -> list[PastOwner]:
    first: dict[UUID, PastOwner] = {}
    for row in rows:
        first.setdefault(row.site_id, row)
    return list(first.values())


def _site_at(camera: Camera, day: date) -> Site:
    """History knows where the camera stood: the first move after that day says from where."""
    after = timezone.make_aware(datetime.combine(day, time.max))
    moves = Entry.objects.filter(
        camera_id=camera.id.hex, kind=Kind.CAMERA_CHANGED, at__gt=after, detail__before__has_key="site_id"
    )
    if move := moves.order_by("seq").first():
        assert isinstance(move.detail, dict)  # noqa: S101 - so it was written
        before = move.detail["before"]
        assert isinstance(before, dict)  # noqa: S101 - so it was written
        return Site.objects.select_related("unit").get(pk=UUID(str(before["site_id"])))
    return camera.site


def _holds(then: UnitThen, day: date) -> bool:
    return then.since <= day and (then.until is None or day < then.until)


def _past(row: PastUnit) -> UnitThen:
    return UnitThen(
        unit=row.unit,
        name=row.name,
        kind=row.kind,
        functions=tuple(row.functions),
        parent=row.parent_id,
        since=row.valid_from,
        until=row.valid_to,
        document=row.document,
    )


def _present(unit: Unit) -> UnitThen:
    return UnitThen(
        unit=unit,
        name=unit.name,
        kind=unit.kind,
        functions=tuple(unit.functions),
        parent=unit.parent_id,
        since=unit.since or unit.valid_from,
        until=unit.valid_to,
        document=unit.document,
    )
