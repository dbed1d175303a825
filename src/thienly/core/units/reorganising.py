"""Composing a reorganisation, laying it before others, deciding on it, and taking it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError as WrongShape

from thienly.core.access.actor import Actor
from thienly.core.cases import engine
from thienly.core.cases.models import Case
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.service import service
from thienly.core.text import normalise
from thienly.core.units.models import Reorganisation
from thienly.core.units.refusals import refused, sentence
from thienly.core.units.situation import in_force, situation
from thienly.rules.hashchain import JSON
from thienly.rules.reorganisation import (
    REORGANISATION,
    Act,
    Attach,
    End,
    Found,
    Move,
    Pass,
    Rename,
    read_plan,
    write_plan,
)
from thienly.rules.succession import NEW, reckon
from thienly.rules.succession_facts import Fault, Outcome, Problem

EARLIEST = date(1945, 9, 2)


@dataclass(frozen=True, slots=True)
class Paper:
    """The decision: its number, date and issuer, and the first day on which it holds."""

    number: str = ""
    signed: date | None = None
    issuer: str = ""
    effective: date | None = None


@service
def compose(*, actor: Actor, title: str, paper: Paper, acts: object = ()) -> Reorganisation:
    """A draft; it may be incomplete. `acts`: JSON of `rules.reorganisation.Plan`.

    Raises OutsideScope, NotAllowed; ValidationError by field.
    """
    plan = _plan(acts)
    case = engine.open_case(actor=actor, kind=REORGANISATION.kind, title=title)
    row = Reorganisation(case=case, acts=write_plan(plan))
    _lay(row, paper)
    row.save(force_insert=True)
    return row


@service
def revise(
    *,
    actor: Actor,
    case_id: UUID | str,
    version: int,
    paper: Paper | None = None,
    acts: object = None,
) -> Reorganisation:
    """Another paper, or other acts. Raises OutsideScope, NotAllowed, engine.Conflict, IllegalStep,
    ValidationError by field."""
    plan = _plan(acts) if acts is not None else None
    case = engine.step(actor=actor, case_id=case_id, action="revise", version=version, by_service=True)
    row = _row(case)
    if paper is not None:
        _lay(row, paper)
    if plan is not None:
        row.acts = write_plan(plan)
    row.stalled = ""
    row.save()
    return row


@service
def submit(*, actor: Actor, case_id: UUID | str, version: int) -> Reorganisation:
    """Lays it before whoever decides. Raises as `revise`; ValidationError when the paper is incomplete or the
    plan cannot be carried out."""
    case = engine.step(actor=actor, case_id=case_id, action="submit", version=version, by_service=True)
    row = _row(case)
    _require_whole(row)
    return row


@service
def decide(*, actor: Actor, case_id: UUID | str, version: int, note: str = "") -> Reorganisation:
    """It will be applied on its day. Raises as `submit`; NotAllowed for whoever composed it."""
    case = engine.step(
        actor=actor, case_id=case_id, action="decide", version=version, note=note, by_service=True
    )
    row = _row(case)
    outcome = _require_whole(row)
    row.decided_at = timezone.now()
    row.save(update_fields=["decided_at"])
    record(
        actor=actor,
        kind=Kind.REORGANISATION_DECIDED,
        obj=case,
        detail=paper_facts(row) | {"acts": row.acts, "comes_to": counts(outcome)},
        at=row.decided_at,
    )
    return row


@service
def step(*, actor: Actor, case_id: UUID | str, action: str, version: int, note: str) -> Reorganisation:
    """`return` to whoever composed it, `undo` before its day, or `withdraw`.

    Raises OutsideScope, NotAllowed, engine.Conflict, IllegalStep, ValidationError (note).
    """
    case = engine.step(actor=actor, case_id=case_id, action=action, version=version, note=note)
    row = _row(case)
    if action == "undo":
        row.decided_at = None
        row.save(update_fields=["decided_at"])
    return row


@service
def fetch(*, actor: Actor, case_id: UUID | str) -> Reorganisation:
    """Raises OutsideScope, NotAllowed."""
    case = engine.fetch_case(actor=actor, case_id=case_id)
    if case.kind != REORGANISATION.kind:
        engine.fetch_case(actor=actor, case_id=UUID(int=0))  # as an id that never was
    return _row(case)


def visible_reorganisations(*, actor: Actor) -> QuerySet[Reorganisation]:
    """Those that the actor may read, what waits first."""
    cases = engine.visible_cases(actor=actor).filter(kind=REORGANISATION.kind)
    return (
        Reorganisation.objects.filter(case__in=cases.values("pk"))
        .select_related("case__opened_by")
        .order_by("case__closed_at", "-case__opened_at")
    )


def outcome_of(row: Reorganisation) -> Outcome:
    """What it comes to as things stand now; its day is today as long as none is given."""
    day = row.effective or timezone.localdate()
    outcome = reckon(acts=read_plan(row.acts), situation=situation(day), profiles=in_force(day), day=day)
    outcome.problems += waiting(row)
    return outcome


def paper_facts(row: Reorganisation) -> dict[str, JSON]:
    return {
        "document": row.document,
        "issuer": row.issuer,
        "effective": row.effective.isoformat() if row.effective else None,
    }


def counts(outcome: Outcome) -> dict[str, JSON]:
    """How much it changes, for history."""
    return {
        "founded": len(outcome.founded),
        "changed": len(outcome.changed),
        "ended": len(outcome.ended),
        "sites": len(outcome.sites),
        "seats_moved": sum(seat.to is not None for seat in outcome.seats),
        "seats_ended": sum(seat.to is None for seat in outcome.seats),
        "rights_moved": sum(right.to is not None for right in outcome.rights),
        "rights_ended": sum(right.to is None for right in outcome.rights),
    }


def _row(case: Case) -> Reorganisation:
    row = Reorganisation.objects.select_for_update(of=("self",)).get(pk=case.pk)
    row.case = case
    return row


def _plan(acts: object) -> list[Act]:
    try:
        return read_plan(list(acts) if isinstance(acts, tuple) else acts)
    except WrongShape as wrong:
        first = wrong.errors(include_url=False, include_input=False)[0]
        place = first["loc"][0] if first["loc"] else 0
        message = _("Act %(number)s cannot be read: %(what)s")
        params = {"number": place + 1 if isinstance(place, int) else place, "what": first["msg"]}
        raise ValidationError({"acts": [ValidationError(message, "invalid", params)]}) from wrong


def _lay(row: Reorganisation, paper: Paper) -> None:
    errors: dict[str, list[ValidationError]] = {}
    row.number, row.issuer = normalise(paper.number)[:100], normalise(paper.issuer)[:200]
    row.signed, row.effective = paper.signed, paper.effective
    for name in ("signed", "effective"):
        day = getattr(row, name)
        if day is not None and not EARLIEST <= day <= date(2200, 1, 1):
            errors[name] = [ValidationError(_("There is no such day in the calendar of units."), "invalid")]
    if errors:
        raise ValidationError(errors)


def _require_whole(row: Reorganisation) -> Outcome:
    """Raises ValidationError: the paper lacks something, or the plan cannot be carried out."""
    errors: dict[str, list[ValidationError]] = {}
    if not row.number:
        errors["number"] = [ValidationError(_("Give the number of the decision."), "required")]
    if row.signed is None:
        errors["signed"] = [ValidationError(_("Give the date of the decision."), "required")]
    elif row.signed > timezone.localdate():
        errors["signed"] = [ValidationError(_("The decision bears a date in the future."), "invalid")]
    if row.effective is None:
        errors["effective"] = [ValidationError(_("Give the day from which it holds."), "required")]
    if errors:
        raise ValidationError(errors)
    outcome = outcome_of(row)
    if outcome.problems:
        raise ValidationError({"acts": [refused(problem) for problem in outcome.problems]})
    return outcome


def waiting(row: Reorganisation) -> list[Problem]:
    """Two decisions about one unit wait one after the other: what the second comes to is not known yet."""
    mine = named(read_plan(row.acts))
    others = Reorganisation.objects.filter(case__state="decided").exclude(pk=row.pk)
    return [
        Problem(Fault.WAITS, {"document": other.document})
        for other in others
        if mine & named(read_plan(other.acts))
    ]


def named(acts: Sequence[Act]) -> set[str]:
    """Ids of the units and sites that a plan names."""
    refs: set[str | None] = set()
    for act in acts:
        match act:
            case Found():
                refs.add(act.parent)
            case Rename():
                refs.add(act.unit)
            case Attach():
                refs |= {act.unit, act.parent}
            case End():
                refs |= {act.unit, *act.successors}
            case Pass():
                refs |= {act.unit, *act.to}
            case Move():
                refs |= {act.site, act.to}
    return {ref for ref in refs if ref and not ref.startswith(NEW)}


def stalled_words(problems: Sequence[Problem]) -> str:
    """For the row and for history, in the language of the installation's documents."""
    return " ".join(sentence(problem) for problem in problems)[:500]
