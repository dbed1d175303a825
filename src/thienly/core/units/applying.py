"""A decided reorganisation on its day: what was is kept as it was, and the rest becomes what was decided."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Model
from django.utils import timezone, translation

from thienly.core import hints
from thienly.core.access import epoch
from thienly.core.access.actor import Actor
from thienly.core.areas.remits import pass_on
from thienly.core.cases import engine
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.registry.models import Site
from thienly.core.text import fold
from thienly.core.units.carrying import Carrying
from thienly.core.units.models import PastOwner, PastUnit, Reorganisation, Succession, Unit
from thienly.core.units.reorganising import counts, outcome_of, paper_facts, stalled_words
from thienly.core.units.situation import midnight
from thienly.rules.hashchain import JSON
from thienly.rules.succession_facts import Outcome, UnitNow

_STEWARD = Actor.machine("steward")
_AT_ONCE = 20


def apply_due(*, now: datetime) -> int:
    """Applies every decided reorganisation whose day has come, the earliest first; how many. By the steward.

    One that no longer fits what there is goes back to be composed anew; nothing of it is carried out.
    """
    today = timezone.localdate(now)
    due = Reorganisation.objects.filter(case__state="decided", effective__lte=today)
    applied = 0
    for pk in list(due.order_by("effective", "decided_at").values_list("pk", flat=True)[:_AT_ONCE]):
        try:
            applied += _apply_one(pk, now)
        except engine.Conflict:
            continue  # somebody has taken it back just now
    return applied


def _apply_one(pk: UUID, now: datetime) -> bool:
    with transaction.atomic():
        row = Reorganisation.objects.select_for_update(of=("self",)).select_related("case").get(pk=pk)
        outcome = outcome_of(row)
        if outcome.problems:
            engine.step_by_clock(actor=_STEWARD, case=row.case, action="stall", now=now)
            with translation.override("vi"):
                row.stalled = stalled_words(outcome.problems)
            row.decided_at = None
            row.save(update_fields=["stalled", "decided_at"])
            return False
        engine.step_by_clock(actor=_STEWARD, case=row.case, action="apply", now=now)
        _Applying(row, outcome, now).run()
        return True


class _Applying:
    def __init__(self, row: Reorganisation, outcome: Outcome, now: datetime) -> None:
        assert row.effective is not None and row.decided_at is not None  # noqa: S101 - else it was not decided
        self._row, self._outcome, self._now = row, outcome, now
        self._day: date = row.effective
        # Rights change on the day; by a decision that came after it, when it came.
        self._moment = max(midnight(row.effective), row.decided_at)
        self._units: dict[str, Unit] = {}

    def run(self) -> None:
        self._units = {unit.id.hex: unit for unit in Unit.objects.select_for_update().all()}
        self._names = {key: unit.name for key, unit in self._units.items()}
        self._found()
        self._change()
        self._end()
        self._paths()
        self._pass_sites()
        self._succeed()
        Carrying(
            actor=_STEWARD,
            row=self._row,
            outcome=self._outcome,
            units=self._units,
            names=self._names,
            moment=self._moment,
            now=self._now,
        ).run()
        self._row.applied_at = self._now
        self._row.save(update_fields=["applied_at"])
        self._tell(
            Kind.REORGANISATION_APPLIED,
            self._row.case,
            paper_facts(self._row) | counts(self._outcome) | {"applied": self._now.isoformat()},
        )
        epoch.bump()
        hints.desired_changed()

    def _found(self) -> None:
        """Parents before what stands below them: a database checks references at once."""
        waiting = list(self._outcome.founded)
        while waiting:
            for ref in list(waiting):
                fact = self._outcome.after[ref]
                if fact.parent in waiting:
                    continue
                waiting.remove(ref)
                unit = Unit(
                    id=uuid4(),
                    name=fact.name,
                    folded=fold(fact.name),
                    kind=fact.kind,
                    functions=sorted(fact.functions),
                    parent=self._units[fact.parent] if fact.parent else None,
                    valid_from=self._day,
                    document=self._row.document,
                )
                unit.path = f"{unit.parent.path if unit.parent else ''}{unit.id.hex}/"
                unit.save(force_insert=True)
                self._units[ref] = unit
                self._tell(Kind.UNIT_CREATED, unit, {"after": _facts(fact, self._names)} | self._paper())

    def _change(self) -> None:
        for ref in self._outcome.changed:
            unit, fact = self._units[ref], self._outcome.after[ref]
            before = self._keep(unit)
            unit.name, unit.folded = fact.name, fold(fact.name)
            unit.functions = sorted(fact.functions)
            unit.parent = self._units[fact.parent] if fact.parent else None
            unit.since, unit.document = self._day, self._row.document
            unit.save()
            after = _facts(fact, self._all_names())
            changed = [name for name in after if after[name] != before[name]]
            detail: dict[str, JSON] = {
                "before": {name: before[name] for name in changed},
                "after": {name: after[name] for name in changed},
            }
            self._tell(Kind.UNIT_CHANGED, unit, detail | self._paper())

    def _end(self) -> None:
        names = self._all_names()
        for ref, successors in self._outcome.ended.items():
            unit = self._units[ref]
            unit.valid_to = self._day
            unit.save(update_fields=["valid_to"])
            heirs: list[JSON] = [names[successor] for successor in successors]
            self._tell(Kind.UNIT_ENDED, unit, {"successors": heirs} | self._paper())

    def _keep(self, unit: Unit) -> dict[str, JSON]:
        """What the unit was until this day."""
        PastUnit.objects.create(
            unit=unit,
            name=unit.name,
            folded=unit.folded,
            kind=unit.kind,
            functions=unit.functions,
            parent=unit.parent,
            valid_from=unit.since or unit.valid_from,
            valid_to=self._day,
            document=unit.document,
            ended_by=self._row,
        )
        return {
            "name": unit.name,
            "parent": self._names[unit.parent_id.hex] if unit.parent_id else None,
            "functions": sorted(unit.functions),
        }

    def _paths(self) -> None:
        """Of whatever stands elsewhere now, and of all below it."""
        by_id = {unit.id: unit for unit in self._units.values()}
        moved = []
        for unit in by_id.values():
            steps, above = [unit.id.hex], unit.parent_id
            while above is not None:
                steps.append(above.hex)
                above = by_id[above].parent_id
            path = "".join(f"{step}/" for step in reversed(steps))
            if path != unit.path:
                unit.path = path
                moved.append(unit)
        Unit.objects.bulk_update(moved, ["path"], batch_size=200)

    def _pass_sites(self) -> None:
        sites = Site.objects.in_bulk([UUID(site) for site in self._outcome.sites])
        for site_id, ref in self._outcome.sites.items():
            site = sites[UUID(site_id)]
            before, after = self._units[site.unit_id.hex], self._units[ref]
            PastOwner.objects.create(site=site, unit=before, valid_to=self._day, ended_by=self._row)
            site.unit = after
            site.save(update_fields=["unit"])
            detail: dict[str, JSON] = {"before": {"unit": before.name}, "after": {"unit": after.name}}
            self._tell(Kind.SITE_PASSED, site, detail | self._paper())

    def _succeed(self) -> None:
        Succession.objects.bulk_create(
            Succession(
                before=self._units[one.before],
                after=self._units[one.after],
                on=self._day,
                whole=one.whole,
                functions=list(one.functions),
                by=self._row,
            )
            for one in self._outcome.handovers
        )
        for ref, successors in self._outcome.ended.items():
            if len(successors) == 1:
                pass_on(
                    actor=_STEWARD,
                    before=self._units[ref],
                    after=self._units[successors[0]],
                    day=self._day,
                    reason=f"{self._row.document}: {self._units[successors[0]].name}",
                )

    def _all_names(self) -> Mapping[str, str]:
        return {key: unit.name for key, unit in self._units.items()}

    def _paper(self) -> dict[str, JSON]:
        return {"document": self._row.document, "reorganisation": self._row.pk.hex}

    def _tell(self, kind: Kind, obj: Model, detail: Mapping[str, JSON], label: str = "") -> None:
        record(actor=_STEWARD, kind=kind, obj=obj, object_label=label, detail=detail, at=self._now)


def _facts(fact: UnitNow, names: Mapping[str, str]) -> dict[str, JSON]:
    return {
        "name": fact.name,
        "parent": names.get(fact.parent) if fact.parent else None,
        "functions": sorted(fact.functions),
    }
