"""The backup plan over the register: which cameras are also kept in a second store, and which are not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from thienly.conf_stores import BackupConf
from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.registry.models import Camera
from thienly.core.registry.vocabulary import Sector, SiteKind
from thienly.core.text import fold
from thienly.core.units.models import Unit
from thienly.rules.backup import Plan, Subject, chooses, stores_of


def plans_of(backups: Iterable[BackupConf]) -> list[Plan]:
    """Names of units are compared without diacritics and capitals."""
    return [
        Plan(
            store=backup.store,
            codes=tuple(backup.patterns),
            units=tuple(fold(name) for name in backup.units),
            functions=tuple(backup.functions),
            classes=tuple(backup.classes),
        )
        for backup in backups
    ]


class Subjects:
    """Cameras as plans see them; reads the units once."""

    def __init__(self) -> None:
        self._units = {
            unit.id.hex: (unit.folded, frozenset(unit.functions))
            for unit in Unit.objects.only("id", "folded", "functions")
        }

    def of(self, camera: Camera) -> Subject:
        """Its site and that site's unit are read; select them with it."""
        above = [self._units[step] for step in camera.site.unit.path.split("/") if step in self._units]
        own = self._units.get(camera.site.unit_id.hex)
        found = [*above, own] if own is not None else above
        return Subject(
            code=camera.code,
            sector=camera.sector,
            site=camera.site.kind,
            units=frozenset(name for name, _ in found),
            functions=frozenset(function for _, functions in found for function in functions),
        )


@dataclass(slots=True)
class Line:
    """One line of the plan, how many cameras it chooses, and the names in it that nothing bears."""

    conf: BackupConf
    cameras: int = 0
    unknown: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Cover:
    """`bare`: cameras of which no backup is kept."""

    lines: list[Line]
    total: int
    bare: list[Camera]

    @property
    def kept(self) -> int:
        return self.total - len(self.bare)


def cover(*, actor: Actor, backups: Sequence[BackupConf], today: date) -> Cover:
    """Of the cameras that the actor may know and that are to be recorded."""
    subjects, plans = Subjects(), plans_of(backups)
    lines = [Line(conf, unknown=_unknown(conf, today)) for conf in backups]
    cameras = gate.visible(actor=actor).filter(retired_at=None, record=True).select_related("site__unit")
    total, bare = 0, []
    for camera in cameras.order_by("code").iterator(chunk_size=1000):
        total += 1
        subject = subjects.of(camera)
        if not stores_of(plans, subject):
            bare.append(camera)
        for line, plan in zip(lines, plans, strict=True):
            line.cameras += chooses(plan, subject)
    return Cover(lines, total, bare)


def _unknown(conf: BackupConf, today: date) -> list[str]:
    living = [unit for unit in Unit.objects.all() if unit.valid_to is None or unit.valid_to > today]
    names = {unit.folded for unit in living}
    functions = {function for unit in living for function in unit.functions}
    classes = {
        "all",
        *(f"sector:{one}" for one in Sector.values),
        *(f"site:{one}" for one in SiteKind.values),
    }
    return [
        *(name for name in conf.units if fold(name) not in names),
        *(name for name in conf.functions if name not in functions),
        *(name for name in conf.classes if name not in classes),
    ]
