"""Which cameras a line of the backup plan chooses (QN Đ4.4): by code, unit, function of a unit, or class."""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True, slots=True)
class Plan:
    """A camera is chosen when any of these names it. `codes`: with * and ?. `units`: names of units, with
    all below them. `functions`: of the managing unit or one above it. `classes`: `all`, `sector:mining`,
    `site:mine`, as in `rules.retention_class`."""

    store: str
    codes: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Subject:
    """A camera as a plan sees it. `units`: names from the root to its managing unit; `functions`: of all of
    them."""

    code: str
    sector: str
    site: str
    units: frozenset[str] = frozenset()
    functions: frozenset[str] = frozenset()


def chooses(plan: Plan, subject: Subject) -> bool:
    return (
        any(fnmatchcase(subject.code, pattern) for pattern in plan.codes)
        or not subject.units.isdisjoint(plan.units)
        or not subject.functions.isdisjoint(plan.functions)
        or not {"all", f"sector:{subject.sector}", f"site:{subject.site}"}.isdisjoint(plan.classes)
    )


def stores_of(plans: Sequence[Plan], subject: Subject) -> list[str]:
    """The backups that are to hold the camera's recordings, in order."""
    return sorted({plan.store for plan in plans if chooses(plan, subject)})
