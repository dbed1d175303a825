"""Units as they are or were, and reorganisations: composed, previewed, decided. The rights of the pages."""

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema
from ninja.responses import Status
from pydantic import Field

from thienly.api.session import actor_of
from thienly.core.access import gate
from thienly.core.cases.engine import Conflict
from thienly.core.registry.models import Site
from thienly.core.units import history, reorganising
from thienly.core.units.models import Reorganisation, Unit
from thienly.core.units.previewing import Preview, preview
from thienly.core.units.refusals import sentence
from thienly.core.units.services import known_unit
from thienly.rules.cases import IllegalStep

router = Router(tags=["units"])
plans = Router(tags=["reorganisations"])


class UnitOut(Schema):
    id: str
    name: str
    kind: str
    functions: list[str]
    parent: str | None
    since: date = Field(description="first day on which all this was so")
    until: date | None = Field(description="first day on which it was no longer so")
    document: str

    @classmethod
    def of(cls, then: history.UnitThen) -> "UnitOut":
        return cls(
            id=then.unit.id.hex,
            name=then.name,
            kind=then.kind,
            functions=list(then.functions),
            parent=then.parent.hex if then.parent else None,
            since=then.since,
            until=then.until,
            document=then.document,
        )


class UnitHistory(Schema):
    now: UnitOut
    states: list[UnitOut] = Field(description="all that it ever was, the first first")
    came_from: list[str]
    went_to: list[str]
    sites: list[str] = Field(description="that belonged to it on that day, of those that I may know")


class PlanIn(Schema):
    title: str = Field(default="", max_length=1000)
    number: str = Field(default="", max_length=1000, description="of the decision")
    signed: date | None = None
    issuer: str = Field(default="", max_length=1000)
    effective: date | None = Field(default=None, description="first day on which it holds")
    acts: list[dict[str, Any]] = Field(default=[], max_length=2000)
    version: int = Field(default=0, ge=0, description="the one that was looked at, when it is changed")

    @property
    def paper(self) -> reorganising.Paper:
        return reorganising.Paper(
            number=self.number, signed=self.signed, issuer=self.issuer, effective=self.effective
        )


class StepIn(Schema):
    action: str = Field(description="submit, decide, return, undo, withdraw")
    version: int = Field(ge=1)
    note: str = Field(default="", max_length=1000)


class PlanOut(Schema):
    id: str
    title: str
    state: str
    version: int
    document: str
    effective: date | None
    applied_at: datetime | None
    acts: list[dict[str, Any]]

    @classmethod
    def of(cls, row: Reorganisation) -> "PlanOut":
        case = row.case
        return cls(
            id=case.id.hex,
            title=case.title,
            state=case.state,
            version=case.version,
            document=row.document,
            effective=row.effective,
            applied_at=row.applied_at,
            acts=row.acts,
        )


class SiteOut(Schema):
    site: str
    before: str
    after: str
    cameras: int
    cases: dict[str, int]
    holds: int
    deadline: datetime | None


class SeatOut(Schema):
    person: str
    role: str
    cite: str
    before: str
    after: str
    why: str | None = Field(description="why it is lost")
    cameras_before: int | None
    cameras_after: int | None


class FurtherRightOut(Schema):
    person: str
    kind: str = Field(description="grant, consent, delegation")
    document: str
    lender: str | None = Field(description="who lent it, of a delegation")
    after: str | None = Field(description="the unit at which it goes on")
    why: str | None = Field(description="why it ends")


class PreviewOut(Schema):
    problems: list[str] = Field(description="why it cannot be so, with the articles; empty: it can")
    units: dict[str, list[str]] = Field(description="founded, changed, ended")
    sites: list[SiteOut]
    seats: list[SeatOut]
    rights: list[FurtherRightOut] = Field(description="beside roles: what goes on and what ends")
    lost: list[str] = Field(description="functions that nobody takes over")
    orphans: list[str] = Field(description="units with cameras and nobody there")

    @classmethod
    def of(cls, seen: Preview) -> "PreviewOut":
        lines = seen.units
        return cls(
            problems=[sentence(problem) for problem in seen.outcome.problems],
            units={
                "founded": [line.after.name for line in lines if line.after and not line.before],
                "changed": [line.before.name for line in lines if line.after and line.before],
                "ended": [line.before.name for line in lines if line.before and not line.after],
            },
            sites=[
                SiteOut(
                    site=line.site,
                    before=line.before,
                    after=line.after,
                    cameras=line.cameras,
                    cases=dict(line.cases),
                    holds=line.holds,
                    deadline=line.deadline,
                )
                for line in seen.sites
            ],
            seats=[
                SeatOut(
                    person=line.person,
                    role=line.role,
                    cite=line.cite,
                    before=line.before,
                    after=line.after,
                    why=line.outcome.why,
                    cameras_before=line.reach_before,
                    cameras_after=line.reach_after,
                )
                for line in seen.seats
            ],
            rights=[
                FurtherRightOut(
                    person=line.person,
                    kind=line.kind,
                    document=line.document,
                    lender=line.lender or None,
                    after=line.after or None,
                    why=line.outcome.why,
                )
                for line in seen.rights
            ],
            lost=[f"{unit}: {function}" for unit, function, _cite in seen.lost],
            orphans=[one.unit for one in seen.orphans],
        )


Answer = dict[str, str | int]


@router.get("", response=list[UnitOut])
def units(request: HttpRequest, day: date | None = None) -> list[UnitOut]:
    """The units that I may know, as they are; `day`: as they were on that day."""
    known = gate.visible(actor=actor_of(request), model=Unit)
    return [UnitOut.of(then) for then in history.units_at(day or timezone.localdate(), known)]


@router.get("/{unit_id}", response=UnitHistory)
def unit(request: HttpRequest, unit_id: str, day: date | None = None) -> UnitHistory:
    """One unit with its history; `day`: whose sites are told."""
    actor = actor_of(request)
    found = known_unit(actor=actor, id=unit_id)
    states = [UnitOut.of(then) for then in history.states_of(found)]
    then = history.sites_at(found, day or timezone.localdate()).values("pk")
    return UnitHistory(
        now=states[-1],
        states=states,
        came_from=[one.before_id.hex for one in found.predecessions.all()],
        went_to=[one.after_id.hex for one in found.successions.all()],
        sites=[site.id.hex for site in gate.visible(actor=actor, model=Site).filter(pk__in=then)],
    )


@plans.get("", response=list[PlanOut])
def plans_all(request: HttpRequest) -> list[PlanOut]:
    """The reorganisations that I may read, what waits first, at most 1,000."""
    return [PlanOut.of(row) for row in reorganising.visible_reorganisations(actor=actor_of(request))[:1000]]


@plans.post("", response={201: PlanOut})
def plan_add(request: HttpRequest, plan: PlanIn) -> Status[PlanOut]:
    """Composes one; it may be incomplete. 422: what is wrong with it."""
    row = reorganising.compose(actor=actor_of(request), title=plan.title, paper=plan.paper, acts=plan.acts)
    return Status(201, PlanOut.of(row))


@plans.get("/{reorganisation_id}", response=PlanOut)
def plan_of(request: HttpRequest, reorganisation_id: str) -> PlanOut:
    return PlanOut.of(reorganising.fetch(actor=actor_of(request), case_id=reorganisation_id))


@plans.put("/{reorganisation_id}", response={200: PlanOut, 409: Answer})
def plan_of_put(request: HttpRequest, reorganisation_id: str, plan: PlanIn) -> PlanOut | Status[Answer]:
    """Its paper and its acts are replaced. 409: somebody was faster, or it is decided already."""
    try:
        row = reorganising.revise(
            actor=actor_of(request),
            case_id=reorganisation_id,
            version=plan.version,
            paper=plan.paper,
            acts=plan.acts,
        )
    except (Conflict, IllegalStep) as late:
        return _late(late)
    return PlanOut.of(row)


@plans.get("/{reorganisation_id}/preview", response=PreviewOut)
def plan_preview(request: HttpRequest, reorganisation_id: str) -> PreviewOut:
    """What it would come to, as things stand now; nothing is changed."""
    return PreviewOut.of(preview(reorganising.fetch(actor=actor_of(request), case_id=reorganisation_id)))


@plans.post("/{reorganisation_id}/step", response={200: PlanOut, 409: Answer})
def plan_step(request: HttpRequest, reorganisation_id: str, step: StepIn) -> PlanOut | Status[Answer]:
    """Submits, decides (somebody else than who composed it), gives back, undoes before its day, withdraws."""
    act = {"submit": reorganising.submit, "decide": reorganising.decide}.get(step.action)
    actor = actor_of(request)
    try:
        if act is not None:
            row = act(actor=actor, case_id=reorganisation_id, version=step.version)
        else:
            row = reorganising.step(
                actor=actor,
                case_id=reorganisation_id,
                action=step.action,
                version=step.version,
                note=step.note,
            )
    except (Conflict, IllegalStep) as late:
        return _late(late)
    return PlanOut.of(row)


def _late(late: Conflict | IllegalStep) -> Status[Answer]:
    if isinstance(late, Conflict):
        return Status(409, {"error": "conflict", "version": late.case.version})
    return Status(409, {"error": "not_now", "state": late.state})
