"""Entering areas and boundaries, proposing where sites lie, and confirming it."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from thienly.core.access import epoch, gate
from thienly.core.access.actor import Actor
from thienly.core.areas.models import Area, Placement
from thienly.core.areas.national import LEVELS, SHIPPED, SHIPPED_SOURCE, Line, WrongList, read_list
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.registry.models import Site
from thienly.core.service import service
from thienly.core.text import fold, normalise
from thienly.rules.actions import Action
from thienly.rules.boundary import NoBoundary, box, inside, read_geometry

LARGEST = 400 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Entered:
    new: int
    changed: int
    same: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """Where a site lies by the boundaries; several areas where it stands on the line between them."""

    site: Site
    areas: tuple[Area, ...]
    now: Area | None  # as it is confirmed


@service
def enter_shipped(*, actor: Actor) -> Entered:
    """The list that comes with the program. Raises OutsideScope, NotAllowed."""
    return import_list(actor=actor, path=SHIPPED, source=SHIPPED_SOURCE)


@service
def import_list(*, actor: Actor, path: Path, source: str) -> Entered:
    """All of it or nothing; lines that are entered already are compared. Raises OutsideScope, NotAllowed,
    WrongList, OSError."""
    gate.require(actor=actor, action=Action.ADMIN_SYSTEM, obj=None)
    lines = sorted(read_list(path), key=lambda line: LEVELS.index(line.level))
    entered = {(row.level, row.code, row.valid_from): row for row in Area.objects.select_for_update()}
    before = {key: _facts(row) for key, row in entered.items()}
    faults: list[str] = []
    for line in lines:
        key = (line.level, line.code, line.valid_from)
        row = entered.setdefault(key, Area(level=line.level, code=line.code, valid_from=line.valid_from))
        row.name, row.folded, row.valid_to = normalise(line.name), fold(line.name), line.valid_to
        row.document, row.becomes, row.source = line.document, list(line.becomes), source[:200]
        try:
            row.parent = _above(line, entered.values())
            row.formerly = _former(line, entered.values())
        except ValueError as error:
            faults.append(f"dòng / line {line.number}: {error}")
        if not faults:
            row.save()
    faults += _overlaps(entered.values())
    if faults:
        raise WrongList(faults)
    keys = [(line.level, line.code, line.valid_from) for line in lines]
    new = sum(key not in before for key in keys)
    changed = sum(key in before and before[key] != _facts(entered[key]) for key in keys)
    epoch.bump()  # what stands above an area may be another one
    _tell(actor, f"{path.name}: {source}"[:200], {"new": new, "changed": changed, "lines": len(lines)})
    return Entered(new, changed, len(lines) - new - changed)


@service
def import_boundaries(
    *, actor: Actor, path: Path, source: str, on: date, key: str = "code", level: str = "commune"
) -> Entered:
    """Boundaries of areas in being on the day `on`, from a GeoJSON FeatureCollection whose property `key` is
    the code (zeros before it do not matter). All of it or nothing.

    Raises OutsideScope, NotAllowed, WrongList, OSError."""
    gate.require(actor=actor, action=Action.ADMIN_SYSTEM, obj=None)
    features = _features(path)
    areas: dict[str, Area] = {}
    for area in in_being(on).filter(level=level).select_for_update(of=("self",)):
        areas[area.code.lstrip("0")] = area
    faults: list[str] = []
    new = changed = 0
    for number, feature in enumerate(features, 1):
        told = feature if isinstance(feature, dict) else {}
        properties = told.get("properties")
        code = str(properties.get(key, "")).strip() if isinstance(properties, dict) else ""
        found = areas.get(code.lstrip("0")) if code else None
        if found is None:
            faults.append(
                f"đối tượng / feature {number}: không có đơn vị mã {code or '–'} ngày {on:%d/%m/%Y}"
                f" / no area has the code {code or '–'} on that day"
            )
            continue
        try:
            boundary = read_geometry(told.get("geometry"))
        except NoBoundary as error:
            faults.append(f"đối tượng / feature {number} ({code}): {error}")
            continue
        new += found.boundary is None
        changed += found.boundary is not None and found.boundary != boundary
        found.boundary, found.boundary_source = boundary, source[:200]
        found.west, found.south, found.east, found.north = box(boundary)
        if not faults:
            found.save()
    if faults:
        raise WrongList(faults)
    _tell(actor, f"{path.name}: {source}"[:200], {"boundaries": len(features), "changed": changed})
    return Entered(new, changed, len(features) - new - changed)


def in_being(day: date) -> QuerySet[Area]:
    begun = Q(valid_from=None) | Q(valid_from__lte=day)
    return Area.objects.filter(begun, Q(valid_to=None) | Q(valid_to__gt=day))


def search_areas(text: str, *, most: int) -> list[tuple[Area, list[Area]]]:
    """By name, whatever the diacritics, or code, former ones too; each with what it became."""
    named = Q(folded__contains=fold(text)) | Q(code=normalise(text))
    rows = list(Area.objects.filter(named).select_related("parent").order_by("folded", "valid_from")[:most])
    after = Area.objects.filter(code__in={code for row in rows for code in row.becomes})
    return [
        (
            row,
            [
                one
                for one in after
                if one.code in row.becomes and one.level == row.level and one.valid_from == row.valid_to
            ],
        )
        for row in rows
    ]


def areas_at(*, longitude: float, latitude: float, day: date, level: str = "commune") -> list[Area]:
    """Those whose boundary holds the point; two or more on the line between them."""
    near = in_being(day).filter(
        level=level, west__lte=longitude, east__gte=longitude, south__lte=latitude, north__gte=latitude
    )
    return [area for area in near if area.boundary and inside(area.boundary, longitude, latitude)]


def proposals(*, actor: Actor, day: date) -> list[Proposal]:
    """The sites that the actor keeps, whose confirmed area is not the one that the boundaries say."""
    sites = gate.visible(actor=actor, action=Action.CONFIG_DEVICE, model=Site)
    located = sites.exclude(latitude=None).exclude(longitude=None)
    communes = [
        area for area in in_being(day).filter(level="commune").exclude(boundary=None) if area.west is not None
    ]
    confirmed = {
        row.site_id: row.area for row in Placement.objects.select_related("area").filter(site__in=located)
    }
    found: list[Proposal] = []
    for site in located.order_by("folded"):
        areas = _holding(communes, site)
        now = confirmed.get(site.pk)
        if areas and now not in areas:
            found.append(Proposal(site, tuple(areas), now))
    return found


def where(sites: Sequence[Site], *, day: date) -> dict[UUID, Area]:
    """The commune in which each site lies on that day: as a person confirmed it, else by the boundaries where
    they are of one mind."""
    communes = list(in_being(day).filter(level="commune").exclude(boundary=None))
    living = set(in_being(day).values_list("pk", flat=True))
    placed = Placement.objects.select_related("area").filter(site__in=sites, area__in=living)
    found = {row.site_id: row.area for row in placed}
    for site in sites:
        if site.pk not in found and site.latitude is not None and site.longitude is not None:
            holding = _holding(communes, site)
            if len(holding) == 1:
                found[site.pk] = holding[0]
    return found


@service
def place_site(*, actor: Actor, site: Site, area: Area) -> Placement:
    """Confirms in which area the site lies. Raises OutsideScope, NotAllowed; ValidationError."""
    gate.require(actor=actor, action=Action.CONFIG_DEVICE, obj=site)
    if actor.account is None:
        raise ValidationError(_("A person confirms where a site lies."), "required")
    if area.valid_to is not None and area.valid_to <= timezone.localdate():
        raise ValidationError(
            {"area": [ValidationError(_("%(area)s is no more."), "ended", {"area": area.name})]}
        )
    before = Placement.objects.select_related("area").filter(site=site).first()
    located = site.longitude is not None and site.latitude is not None
    by_boundary = bool(located and area.boundary and inside(area.boundary, site.longitude, site.latitude))  # type: ignore[arg-type]  # both are there, as `located` says
    placement, _new = Placement.objects.update_or_create(
        site=site,
        defaults={
            "area": area,
            "by_boundary": by_boundary,
            "confirmed_by": actor.account,
            "confirmed_at": timezone.now(),
        },
    )
    record(
        actor=actor,
        kind=Kind.SITE_PLACED,
        obj=site,
        detail={
            "before": before.area.name if before else None,
            "after": area.name,
            "code": area.code,
            "by_boundary": by_boundary,
        },
    )
    epoch.bump()
    return placement


@service
def find_site(*, actor: Actor, site_id: UUID | str) -> Site:
    """The site, when the actor keeps its devices. Raises OutsideScope, NotAllowed."""
    return gate.fetch(actor=actor, action=Action.CONFIG_DEVICE, model=Site, id=site_id)


def _holding(communes: Sequence[Area], site: Site) -> list[Area]:
    x, y = float(site.longitude or 0), float(site.latitude or 0)
    return [
        area
        for area in communes
        if (area.west or 0) <= x <= (area.east or 0)
        and (area.south or 0) <= y <= (area.north or 0)
        and area.boundary
        and inside(area.boundary, x, y)
    ]


def _above(line: Line, rows: Iterable[Area]) -> Area | None:
    """The area of the next level with the code `parent`, in being when this one begins (or ended with it)."""
    if not line.parent:
        return None
    higher = LEVELS[: LEVELS.index(line.level)]
    day = line.valid_from
    fitting = [
        row
        for row in rows
        if row.level in higher and row.code == line.parent and _at(row, day, line.valid_to)
    ]
    if not fitting:
        raise ValueError(f"không có cấp trên mã {line.parent} / no area above with the code {line.parent}")
    return fitting[0]


def _at(row: Area, begins: date | None, ends: date | None) -> bool:
    day = begins or (date.fromordinal(ends.toordinal() - 1) if ends else timezone.localdate())
    return (row.valid_from or date.min) <= day < (row.valid_to or date.max)


def _former(line: Line, rows: Iterable[Area]) -> Area | None:
    """The province of that code that ended on the day on which this one began."""
    if not line.formerly or line.valid_from is None:
        return None
    for row in rows:
        if (row.level, row.code, row.valid_to) == ("province", line.formerly, line.valid_from):
            return row
    raise ValueError(f"không có tỉnh cũ mã {line.formerly} / no former province has the code {line.formerly}")


def _overlaps(rows: Iterable[Area]) -> list[str]:
    """Of one code and level only one area at a time, also together with what was entered before."""
    faults: list[str] = []
    last: dict[tuple[str, str], Area] = {}
    for row in sorted(rows, key=lambda one: (one.level, one.code, one.valid_from or date.min)):
        before = last.get((row.level, row.code))
        if before and (before.valid_to or date.max) > (row.valid_from or date.min):
            faults.append(
                f"mã {row.code}: {before.name} và {row.name} có hiệu lực cùng lúc"
                f" / code {row.code}: {before.name} and {row.name} are valid at the same time"
            )
        last[row.level, row.code] = row
    return faults


def _features(path: Path) -> list[object]:
    if path.stat().st_size > LARGEST:
        raise WrongList([f"tệp quá lớn / the file is too large: {LARGEST // 1024 // 1024} MB"])
    try:
        told = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise WrongList([f"không phải GeoJSON / not GeoJSON: {error}"]) from error
    features = told.get("features") if isinstance(told, dict) else None
    if not isinstance(features, list) or not features:
        raise WrongList(["không có đối tượng nào / not a FeatureCollection, or an empty one"])
    return features


def _facts(row: Area) -> tuple[object, ...]:
    return row.name, row.valid_to, row.document, tuple(row.becomes), row.parent_id, row.formerly_id


def _tell(actor: Actor, label: str, detail: dict[str, int]) -> None:
    record(
        actor=actor, kind=Kind.AREAS_IMPORTED, object_kind="areas", object_label=label, detail=dict(detail)
    )
