"""THE engine of state changes: gate, table, compare-and-swap, step, history — in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from unicodedata import normalize
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.access.refusal import NotAllowed, OutsideScope
from thienly.core.accounts.models import Account
from thienly.core.cases.kinds import TABLES
from thienly.core.cases.models import Case, Step
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.registry.models import Camera
from thienly.core.regulation import in_force
from thienly.core.service import service
from thienly.core.text import normalise
from thienly.core.units.models import Unit
from thienly.rules.access import Reason, ReasonCode
from thienly.rules.actions import Action
from thienly.rules.cases import IllegalStep, Taken, Transition, own_step
from thienly.rules.profile import Profile

NUMBERING_ATTEMPTS = 5


class Conflict(Exception):
    """Somebody else took a step since the caller last looked; `case` is as it is now."""

    def __init__(self, case: Case) -> None:
        super().__init__(f"{case} is at version {case.version}")
        self.case = case


@dataclass(frozen=True, slots=True)
class Possible:
    """A step that leads on from here, and why this actor may not take it, if so."""

    transition: Transition
    reasons: Sequence[Reason]  # empty: allowed


def require_opening(
    *, actor: Actor, kind: str, camera: Camera | None = None, unit: Unit | None = None
) -> Account:
    """For what is checked before a case opens. Raises OutsideScope, NotAllowed."""
    return _require(actor, TABLES[kind].opened_by, camera or unit)


@service
def open_case(
    *,
    actor: Actor,
    kind: str,
    camera: Camera | None = None,
    unit: Unit | None = None,
    title: str,
    note: str = "",
) -> Case:
    """Opens a case about a camera, a unit, or (neither) the installation.

    Raises OutsideScope, NotAllowed, ValidationError by field, KeyError (unknown kind).
    """
    person = _require(actor, TABLES[kind].opened_by, camera or unit)
    case = Case(kind=kind, camera=camera, unit=unit, title=title, opened_by=person)
    return _open(case, actor=actor, note=note, now=timezone.now())


def open_by_clock(
    *,
    actor: Actor,
    kind: str,
    camera: Camera | None = None,
    unit: Unit | None = None,
    title: str,
    note: str = "",
    now: datetime,
) -> Case:
    """Opens a case because its time has come; `actor` is a process of the
    installation. Raises NotAllowed for anybody else; ValidationError, KeyError as `open_case`."""
    if actor.kind != "machine":
        raise _no_person(TABLES[kind].opened_by[-1], camera or unit)
    case = Case(kind=kind, camera=camera, unit=unit, title=title)
    with transaction.atomic():
        return _open(case, actor=actor, note=note, now=now)


def _open(case: Case, *, actor: Actor, note: str, now: datetime) -> Case:
    case.title = normalise(case.title)[:200]
    if not case.title:
        raise ValidationError(
            {"title": [ValidationError(_("Say in a few words what is wrong."), "required")]}
        )
    case.year, case.opened_at = timezone.localtime(now).year, now
    case.state = TABLES[case.kind].initial
    case.regulations = in_force.versions(timezone.localdate(now))
    case = _numbered(case)
    _step(case, case.opened_by, action="open", before="", note=note, at=now)
    record(
        actor=actor,
        kind=Kind.CASE_OPENED,
        obj=case,
        camera=case.camera,
        detail={"case": case.kind, "title": case.title, "state": case.state, "note": _text(note)},
        at=now,
    )
    return case


@service
def step(
    *,
    actor: Actor,
    case_id: UUID | str,
    action: str,
    version: int,
    note: str = "",
    by_service: bool = False,
) -> Case:
    """Takes one step. `version` is the one the caller looked at; `by_service`: see `Transition`.

    Raises OutsideScope, NotAllowed, Conflict, rules.cases.IllegalStep, ValidationError (note).
    """
    case = fetch_case(actor=actor, case_id=case_id)
    if case.version != version:
        raise Conflict(case)
    table = TABLES[case.kind]
    transition = table.transition(state=case.state, action=action)
    if table.own_rule or transition.by_clock or (transition.by_service and not by_service):
        raise IllegalStep(state=case.state, action=action, possible=table.possible(case.state))
    person = _require(actor, transition.who, case.about)
    _refuse_own(case, transition, person)
    if transition.needs_note and not _text(note):
        raise ValidationError({"note": [ValidationError(_("Say what was done or found."), "required")]})
    _take(case, transition, actor=actor, person=person, note=note, now=timezone.now())
    return case


def step_by_rule(
    *, actor: Actor, case: Case, action: str, version: int, note: str = "", now: datetime
) -> Case:
    """Takes a step of a kind whose own service has found that the actor may (`Table.own_rule`), in that
    service's transaction. That nobody follows up his own step is asked here.

    Raises NotAllowed, Conflict, rules.cases.IllegalStep, ValidationError (note).
    """
    table = TABLES[case.kind]
    if case.version != version:
        raise Conflict(case)
    transition = table.transition(state=case.state, action=action)
    if not table.own_rule or transition.by_clock or actor.account is None:
        raise IllegalStep(state=case.state, action=action, possible=table.possible(case.state))
    _refuse_own(case, transition, actor.account)
    if transition.needs_note and not _text(note):
        raise ValidationError({"note": [ValidationError(_("Say why."), "required")]})
    with transaction.atomic():
        _take(case, transition, actor=actor, person=actor.account, note=note, now=now)
    return case


def step_by_clock(*, actor: Actor, case: Case, action: str, now: datetime) -> Case:
    """Takes a step that only the clock takes; `actor` is a process of the installation.

    Raises Conflict when somebody was faster than the caller looked, rules.cases.IllegalStep.
    """
    transition = TABLES[case.kind].transition(state=case.state, action=action)
    if not transition.by_clock or actor.kind != "machine":
        raise IllegalStep(state=case.state, action=action, possible=TABLES[case.kind].possible(case.state))
    with transaction.atomic():
        _take(case, transition, actor=actor, person=None, note="", now=now)
    return case


def _take(
    case: Case, transition: Transition, *, actor: Actor, person: Account | None, note: str, now: datetime
) -> None:
    """Compare-and-swap, step and history, in the caller's transaction. Raises Conflict."""
    before, version = case.state, case.version
    case.state, case.version = transition.to, version + 1
    case.closed_at = now if transition.to in TABLES[case.kind].closed else None
    swapped = Case.objects.filter(pk=case.pk, version=version).update(
        state=case.state, version=case.version, closed_at=case.closed_at
    )
    if not swapped:
        raise Conflict(Case.objects.get(pk=case.pk))
    _step(case, person, action=transition.action, before=before, note=note, at=now)
    record(
        actor=actor,
        kind=Kind.CASE_STEPPED,
        obj=case,
        camera=case.camera,
        detail={
            "case": case.kind,
            "action": transition.action,
            "before": before,
            "after": case.state,
            "note": _text(note),
        },
        at=now,
    )


def governing(case: Case) -> dict[str, Profile]:
    """The regulations as they were when the case opened: its approvals and deadlines are read there, whatever
    has come into force since. Raises BrokenProfileError."""
    return {name: in_force.version(name, number) for name, number in case.regulations.items()}


def visible_cases(*, actor: Actor) -> QuerySet[Case]:
    """The cases that the actor may read: about cameras and units that he may know, or the installation, and
    of kinds that their table shows to him."""
    found = _known_cases(actor)
    for table in TABLES.values():
        if table.seen_by:
            shown = Q()
            for action in table.seen_by:
                shown |= _about(actor, action)
            found = found.filter(~Q(kind=table.kind) | shown)
    return found


def _known_cases(actor: Actor) -> QuerySet[Case]:
    found = Case.objects.filter(_about(actor, None))
    return found.select_related("camera__site__unit", "unit", "opened_by")


def _about(actor: Actor, action: Action | None) -> Q:
    """Cases about what the actor may do `action` to; with None, about what he may know."""
    decision = gate.decide(actor=actor, action=action or Action.INSPECT_META, obj=None)
    installation = decision.visible if action is None else decision.allow
    units = gate.visible(actor=actor, action=action, model=Unit)
    found = Q(camera__in=gate.visible(actor=actor, action=action).values("pk"))
    found |= Q(camera=None, unit__in=units.values("pk"))
    return found | Q(camera=None, unit=None) if installation else found


def fetch_case(*, actor: Actor, case_id: UUID | str) -> Case:
    """Raises OutsideScope, alike for an id that never was and for what the actor may not know;
    NotAllowed for a case of a kind that is not shown to him."""
    try:
        case = _known_cases(actor).filter(pk=UUID(str(case_id))).first()
    except ValueError:
        case = None
    if case is None:
        raise OutsideScope(
            action=Action.VIEW_LIVE,
            object_kind="case",
            object_id=str(case_id)[:64],
            label="",
            reasons=[Reason(ReasonCode.UNKNOWN)],
        )
    if seen_by := TABLES[case.kind].seen_by:
        _require_any(actor, seen_by, case.about)
    return case


def possible_steps(*, actor: Actor, case: Case) -> list[Possible]:
    """What can happen next, for the page: the steps this actor may take, and why not the others."""
    possible: list[Possible] = []
    for transition in TABLES[case.kind].possible(case.state):
        if transition.by_clock:
            continue
        try:
            _refuse_own(case, transition, _require(actor, transition.who, case.about))
        except (OutsideScope, NotAllowed) as refused:
            possible.append(Possible(transition, refused.reasons))
        else:
            possible.append(Possible(transition, ()))
    return possible


def _require(actor: Actor, actions: tuple[Action, ...], obj: Camera | Unit | None) -> Account:
    """Any one of `actions`, and a person. Raises OutsideScope, NotAllowed."""
    _require_any(actor, actions, obj)
    if actor.account is None:
        raise _no_person(actions[-1], obj)
    return actor.account


def _no_person(action: Action, obj: Camera | Unit | None) -> NotAllowed:
    return NotAllowed(
        action=action,
        object_kind=gate.kind_of(obj),
        object_id=obj.id.hex if obj else "",
        label=str(obj or ""),
        reasons=[Reason(ReasonCode.NO_SEAT)],
    )


def _require_any(actor: Actor, actions: tuple[Action, ...], obj: Camera | Unit | None) -> None:
    """Raises OutsideScope, NotAllowed."""
    *others, last = actions
    if not any(gate.decide(actor=actor, action=action, obj=obj).allow for action in others):
        gate.require(actor=actor, action=last, obj=obj)


def _refuse_own(case: Case, transition: Transition, person: Account) -> None:
    steps = case.steps.order_by("id")
    history = [Taken(taken.action, taken.actor_id.hex if taken.actor_id else "") for taken in steps]
    if own := own_step(transition, person=person.id.hex, history=history):
        raise NotAllowed(
            action=transition.who[0],
            object_kind="case",
            object_id=case.id.hex,
            label=str(case),
            reasons=[Reason(ReasonCode.OWN_CASE, facts={"step": transition.action, "own": own})],
        )


def _numbered(case: Case) -> Case:
    """Saves the case under the next number of its kind and year; whoever is slower tries the next one."""
    for attempt in range(1, NUMBERING_ATTEMPTS + 1):
        taken = Case.objects.filter(kind=case.kind, year=case.year).aggregate(last=Max("number"))["last"]
        case.number = (taken or 0) + 1
        try:
            with transaction.atomic():
                case.save(force_insert=True)
                return case
        except IntegrityError:
            if attempt == NUMBERING_ATTEMPTS:
                raise
    raise AssertionError("unreachable")


def _step(case: Case, person: Account | None, *, action: str, before: str, note: str, at: datetime) -> None:
    Step.objects.create(
        case=case, at=at, actor=person, action=action, before=before, after=case.state, note=_text(note)
    )


def _text(note: str) -> str:
    """NFC; its lines are kept. NUL counts as white space: PostgreSQL cannot hold it."""
    return normalize("NFC", note.replace("\0", " ")).strip()
