"""How a camera's pictures are judged, by its class: from the regulations in force and the installation.

A class is `all`, a field of work (`sector:one_stop`), a kind of place (`site:one_stop`) or a camera
(`camera:MO-001`); the narrower one wins. A regulation gives numbers as parameters with their article:
`par-office-hours` (`Mon-Fri 07:30-17:00`) and `par-picture-luma` (`40-220`); the installation may want more
light than a regulation, never less.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from thienly.rules.hours import Hours
from thienly.rules.picture import Limits, PictureProblem
from thienly.rules.profile import Profile

DEFAULT_HOURS = "Mon-Fri 07:30-17:00"
"""Where neither a regulation nor the installation says anything."""
_LUMA = re.compile(r"(\d{1,3})\s*[-–]\s*(\d{1,3})")


@dataclass(frozen=True, slots=True)
class PictureOverride:
    """What the installation says of a class; empty: nothing."""

    scope: str
    check: bool | None = None
    hours: str = ""
    document: str = ""
    checks: frozenset[PictureProblem] | None = None
    limits: Mapping[str, float] | None = None


@dataclass(frozen=True, slots=True)
class PictureRule:
    """`limits` None: the camera's pictures are not checked. The cites are empty where nobody prescribes."""

    limits: Limits | None
    hours: str
    hours_cite: str
    light_cite: str


def rule_for(
    *,
    code: str,
    sector: str,
    site: str,
    profiles: Iterable[Profile],
    overrides: Sequence[PictureOverride],
) -> PictureRule:
    """`profiles`: those in force."""
    profiles = [profile for profile in profiles if profile.profile.domain in ("all", sector)]
    check, hours, cite = True, *_prescribed_hours(profiles)
    numbers: dict[str, object] = {}
    # From the widest class to the narrowest.
    for scope in ("all", f"sector:{sector}", f"site:{site}", f"camera:{code}"):
        for override in overrides:
            if override.scope != scope:
                continue
            check = check if override.check is None else override.check
            if override.hours:
                hours, cite = override.hours, override.document
            if override.checks is not None:
                numbers["checks"] = override.checks
            numbers |= override.limits or {}
    limits = Limits.model_validate(numbers)
    dark, glare, light_cite = _prescribed_light(profiles)
    if light_cite:
        limits = limits.model_copy(
            update={
                "dark_luma": max(dark, limits.dark_luma) if "dark_luma" in numbers else dark,
                "glare_luma": min(glare, limits.glare_luma) if "glare_luma" in numbers else glare,
            }
        )
    return PictureRule(limits if check else None, hours or DEFAULT_HOURS, cite, light_cite)


def _prescribed_hours(profiles: Iterable[Profile]) -> tuple[str, str]:
    for value, cite in _parameters(profiles, "par-office-hours"):
        try:
            Hours.parse(value)
        except ValueError:
            continue
        return value, cite
    return "", ""


def _prescribed_light(profiles: Iterable[Profile]) -> tuple[float, float, str]:
    """The strictest of the regulations."""
    found = [
        (float(luma[1]), float(luma[2]), cite)
        for value, cite in _parameters(profiles, "par-luma")
        if (luma := _LUMA.search(value))
    ]
    return max(found, default=(0.0, 255.0, ""))


def _parameters(profiles: Iterable[Profile], name: str) -> list[tuple[str, str]]:
    return [
        (entry.value, f"{profile.id} {entry.cite}")
        for profile in profiles
        if (entry := profile.parameter(name)) is not None and entry.value
    ]
