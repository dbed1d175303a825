"""How long a camera's footage is kept, by its class: from the regulations in force and the installation.

A class is a field of work or a kind of place: `sector:mining`, `site:mine`, or `all`. Of several regulations
the longest promise wins. The installation may keep longer, never shorter; where a regulation leaves the
number to a document (QN Đ12.4), the installation names number and document.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from thienly.rules import combine
from thienly.rules.profile import Profile
from thienly.rules.retention import Keep


@dataclass(frozen=True, slots=True)
class Override:
    """What the installation says of a class; 0 days: nothing. `document` prescribes `floor`."""

    scope: str
    floor: int = 0
    document: str = ""
    target: int = 0
    ceiling: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """`keep` with what its floor rests on (`DN Đ6.2`, or a document), "" without one."""

    keep: Keep
    cite: str


class BelowFloor(ValueError):
    """An override keeps less than what is promised. `name`: which of its numbers."""

    def __init__(self, *, scope: str, name: str, days: int, floor: int, cite: str) -> None:
        super().__init__(f"{scope}: {name} = {days} is less than the {floor} days of {cite}")
        self.scope, self.name, self.days, self.floor, self.cite = scope, name, days, floor, cite


class AboveCeiling(ValueError):
    """An override keeps longer than a regulation allows."""

    def __init__(self, *, scope: str, name: str, days: int, ceiling: int, cite: str) -> None:
        super().__init__(f"{scope}: {name} = {days} is more than the {ceiling} days of {cite}")
        self.scope, self.name, self.days, self.ceiling, self.cite = scope, name, days, ceiling, cite


def kept(
    *, sector: str, site: str, profiles: Iterable[Profile], overrides: Sequence[Override], default: int
) -> Kept:
    """For a camera of this sector at this kind of place. `profiles`: those in force. `default`: days to keep
    where nobody says otherwise. A promise that is longer than what was asked for wins silently: `check` is
    where that is refused. No longer than the lowest ceiling of the regulations (requirements B6)."""
    profiles = list(profiles)
    floor, cite = _floor(sector, site, profiles, overrides)
    target, ceiling, _ = _asked(sector, site, overrides)
    target = max(target or ceiling or default, floor)
    ceiling = max(ceiling or target, target)
    if most := _longest_allowed(sector, site, profiles)[0]:
        target, ceiling = max(min(target, most), floor), max(min(ceiling, most), floor)
    return Kept(Keep(floor=floor, target=target, ceiling=ceiling), cite)


def check(
    *,
    classes: Iterable[tuple[str, str]],
    profiles: Sequence[Profile],
    overrides: Sequence[Override],
) -> None:
    """Raises BelowFloor when an override keeps less than what is promised to one of the `classes` (sector,
    kind of place), AboveCeiling when more than is allowed, combine.Contradiction when the regulations cannot
    all be kept, ValueError when an override makes no sense."""
    for override in overrides:
        _plausible(override)
    for sector, site in classes:
        _prescribed(sector, site, profiles)
        floor, cite = _floor(sector, site, profiles, overrides)
        target, ceiling, scope = _asked(sector, site, overrides)
        most, most_cite = _longest_allowed(sector, site, profiles)
        for name, days in (("target_days", target), ("ceiling_days", ceiling)):
            if most and days > most:
                raise AboveCeiling(scope=scope, name=name, days=days, ceiling=most, cite=most_cite)
        for name, days in (("target_days", target), ("ceiling_days", ceiling)):
            if days and days < floor:
                raise BelowFloor(scope=scope, name=name, days=days, floor=floor, cite=cite)
        prescribed, prescribing = _promised(sector, site, profiles)
        for override in overrides:
            if override.floor and _covers(override.scope, sector, site) and override.floor < prescribed:
                raise BelowFloor(
                    scope=override.scope,
                    name="floor_days",
                    days=override.floor,
                    floor=prescribed,
                    cite=prescribing,
                )


def _plausible(override: Override) -> None:
    kind, _, name = override.scope.partition(":")
    if override.scope != "all" and (kind not in ("sector", "site") or not name):
        raise ValueError(f"{override.scope}: a class is all, sector:… or site:…")
    if override.floor and not override.document:
        raise ValueError(f"{override.scope}: floor_days wants the document that prescribes it")
    if override.target and override.ceiling and override.ceiling < override.target:
        raise ValueError(f"{override.scope}: ceiling_days is less than target_days")


def _covers(scope: str, sector: str, site: str) -> bool:
    return scope in ("all", f"sector:{sector}", f"site:{site}")


def _prescribed(sector: str, site: str, profiles: Iterable[Profile]) -> combine.Kept:
    """What the regulations over such a camera say together. Raises combine.Contradiction."""
    governing = [profile for profile in profiles if profile.governs([sector])]
    return combine.retention(governing=governing, sector=sector, site=site)


def _promised(sector: str, site: str, profiles: Iterable[Profile]) -> tuple[int, str]:
    """The longest promise of the regulations, and its article."""
    try:
        found = _prescribed(sector, site, profiles)
    except combine.Contradiction as error:  # refused when they are adopted; until then nothing is lost
        return error.floor, error.first
    return found.floor or 0, found.floor_cite


def _longest_allowed(sector: str, site: str, profiles: Iterable[Profile]) -> tuple[int, str]:
    """The shortest ceiling of the regulations and its article; 0: none gives one."""
    try:
        found = _prescribed(sector, site, profiles)
    except combine.Contradiction:
        return 0, ""
    return found.ceiling or 0, found.ceiling_cite


def _floor(
    sector: str, site: str, profiles: Iterable[Profile], overrides: Sequence[Override]
) -> tuple[int, str]:
    prescribed = [(o.floor, o.document) for o in overrides if o.floor and _covers(o.scope, sector, site)]
    return max([_promised(sector, site, profiles), *prescribed])


def _asked(sector: str, site: str, overrides: Sequence[Override]) -> tuple[int, int, str]:
    """(target, ceiling, scope) of the most telling override: of the place, of the field, of all."""
    for scope in (f"site:{site}", f"sector:{sector}", "all"):
        for override in overrides:
            if override.scope == scope and (override.target or override.ceiling):
                return override.target, override.ceiling, scope
    return 0, 0, ""
