"""Why may somebody do this, why not, and who could allow it. Everybody asks about himself; about another only
who administers the accounts over him or inspects, and that he asked stands in the ledger.

What the asker may not know is not found: neither a person nor an object outside his own scope.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.access.facts import KINDS, Guarded, object_facts
from thienly.core.access.models import Seat
from thienly.core.access.refusal import NotAllowed, OutsideScope, Refused
from thienly.core.accounts.models import Account
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.registry.models import Camera, Site
from thienly.core.regulation.settling import settlements
from thienly.core.regulation.shelf import profiles
from thienly.core.service import service
from thienly.core.units.models import Unit
from thienly.rules.access import APPLIES, Decision, Reason, ReasonCode
from thienly.rules.actions import Action
from thienly.rules.hashchain import JSON
from thienly.rules.scope import ObjectFacts, ObjectKind
from thienly.rules.why import Giving, Wanted, Way, giving, wanted, ways

ASKABLE: dict[ObjectKind, type[Guarded]] = {kind: model for model, kind in KINDS.items()}
MAY_ASK = (Action.ADMIN_ACCOUNTS, Action.INSPECT_META)
"""Either of them, over the person, lets somebody ask about another."""
MOST_NAMED = 6


@dataclass(frozen=True, slots=True)
class Post:
    """Persons who sit alike. `unit` is None where the asker may not know it; `named`: those he may know."""

    profile: str
    role: str
    unit: Unit | None
    people: int
    named: tuple[Account, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """One act, or with `action` None each act that means something on the object, in `decisions`."""

    person: Account
    oneself: bool
    kind: ObjectKind
    obj: Guarded | None
    action: Action | None
    decisions: Mapping[Action, Decision]
    ways: tuple[Way, ...] = ()
    giving: Sequence[Giving] = ()
    wanted: Sequence[Wanted] = ()
    can: Sequence[Post] = ()
    allowers: Sequence[Seat] = field(default_factory=list)

    @property
    def decision(self) -> Decision | None:
        return self.decisions[self.action] if self.action is not None else None

    @property
    def people(self) -> int:
        """How many persons can do it."""
        return sum(post.people for post in self.can)


@service
def explain(
    *,
    actor: Actor,
    action: Action | None = None,
    kind: ObjectKind = "installation",
    id: UUID | str = "",
    person: UUID | str = "",
) -> Answer:
    """The gate's answer about `person` ("": the asker himself), with all that stands around it.

    Raises OutsideScope for a person or an object that the asker may not know, NotAllowed for a person about
    whom he may not ask.
    """
    now = timezone.localtime()
    subject = whom(actor=actor, person=person)
    obj = known(actor=actor, kind=kind, id=id)
    oneself = actor.account is not None and subject.pk == actor.account.pk
    asked = [action] if action is not None else [one for one in Action if one in APPLIES[kind]]
    them = Actor.person(subject)
    decisions = {one: gate.decide(actor=them, action=one, obj=obj, now=now) for one in asked}
    if not oneself:
        note(
            actor=actor,
            subject=subject,
            camera=obj if isinstance(obj, Camera) else None,
            detail={
                "action": action.value if action else "",
                "object_kind": kind,
                "object": obj.id.hex if obj else "",
                "allowed": sorted(one.value for one, decision in decisions.items() if decision.allow),
            },
        )
    if action is None:
        return Answer(subject, oneself, kind, obj, None, decisions)
    facts = object_facts(obj, account=subject, now=now)
    decision = decisions[action]
    open_ways = ways(decision)
    outside = any(reason.code == ReasonCode.OUTSIDE_SCOPE for reason in decision.reasons)
    return Answer(
        person=subject,
        oneself=oneself,
        kind=kind,
        obj=obj,
        action=action,
        decisions=decisions,
        ways=open_ways,
        giving=[] if Way.NOBODY in open_ways else giving(action, facts, profiles(), now),
        wanted=_wanted(action, facts, outside=outside, now=now),
        can=posts_that_can(actor=actor, action=action, obj=obj, now=now),
        allowers=_allowers(subject, obj, open_ways, now),
    )


def whom(*, actor: Actor, person: UUID | str = "") -> Account:
    """The person asked about. Raises OutsideScope, NotAllowed."""
    if actor.account is None:
        raise NotAllowed(
            action=Action.INSPECT_META,
            object_kind="account",
            object_id="",
            label="",
            reasons=[Reason(ReasonCode.ANONYMOUS)],
        )
    if not person or str(person) in (str(actor.account.pk), actor.account.pk.hex):
        return actor.account
    *others, last = MAY_ASK
    for action in others:
        try:
            return gate.fetch(actor=actor, action=action, model=Account, id=person)
        except Refused:
            continue
    return gate.fetch(actor=actor, action=last, model=Account, id=person)


def known(*, actor: Actor, kind: ObjectKind, id: UUID | str) -> Guarded | None:
    """The object, when the asker may know it; None is the installation. Raises OutsideScope."""
    if kind == "installation":
        return None
    model: Any = ASKABLE[kind]
    rows = gate.visible(actor=actor, model=model)
    if model is Camera:
        rows = rows.select_related("site__unit")
    elif model is Site:
        rows = rows.select_related("unit")
    try:
        found: Guarded | None = rows.filter(pk=UUID(str(id))).first()
    except ValueError:
        found = None
    if found is None:
        raise OutsideScope(
            action=Action.INSPECT_META,
            object_kind=kind,
            object_id=str(id)[:64],
            label="",
            reasons=[Reason(ReasonCode.UNKNOWN)],
        )
    return found


fetch_known = service(known)
"""`known` for who asks about nothing else: what is not found is recorded. Raises OutsideScope."""


def note(*, actor: Actor, subject: Account, camera: Camera | None = None, detail: Mapping[str, JSON]) -> None:
    """That somebody asked about another. Call it in the transaction of the question."""
    record(actor=actor, kind=Kind.RIGHTS_ASKED, obj=subject, camera=camera, detail=dict(detail))


def posts_that_can(
    *, actor: Actor, action: Action, obj: Guarded | None, now: datetime | None = None
) -> list[Post]:
    """Who can do this, by post. A name or a unit that the asker may not know is counted, not told."""
    seats = gate.who_can(action=action, obj=obj, now=now)
    people = gate.visible(actor=actor, model=Account)
    told = set(people.filter(pk__in={seat.account_id for seat in seats}).values_list("pk", flat=True))
    units = gate.visible(actor=actor, model=Unit)
    shown = set(units.filter(pk__in={seat.unit_id for seat in seats}).values_list("pk", flat=True))
    found: dict[tuple[str, str, UUID | None], list[Seat]] = {}
    for seat in seats:
        unit = seat.unit_id if seat.unit_id in shown else None
        found.setdefault((seat.profile, seat.role, unit), []).append(seat)
    return [
        Post(
            profile=profile,
            role=role,
            unit=alike[0].unit if unit is not None else None,
            people=len({seat.account_id for seat in alike}),
            named=tuple(
                dict.fromkeys(seat.account for seat in alike if seat.account_id in told),
            )[:MOST_NAMED],
        )
        for (profile, role, unit), alike in found.items()
    ]


def _wanted(action: Action, facts: ObjectFacts, *, outside: bool, now: datetime) -> list[Wanted]:
    settled = {rules.id: settlements(rules) for rules in profiles().values()}
    return wanted(action, facts, profiles(), settled=settled, outside=outside, now=now)


def _allowers(subject: Account, obj: Guarded | None, open_ways: Sequence[Way], now: datetime) -> list[Seat]:
    """Whom to ask: nobody decides in a matter of his own."""
    if Way.NOBODY in open_ways:
        return []
    found: dict[UUID, Seat] = {}
    for way in open_ways:
        match way:
            case Way.SEAT:
                seats = gate.who_can(action=Action.ADMIN_ACCOUNTS, obj=_unit_of(obj), now=now)
            case Way.RESTORE:
                seats = gate.who_can(action=Action.ADMIN_ACCOUNTS, obj=subject, now=now)
            case _:
                seats = gate.who_can(action=Action.ADMIN_SYSTEM, obj=None, now=now)
        for seat in seats:
            if seat.account_id != subject.pk:
                found.setdefault(seat.account_id, seat)
    return list(found.values())[:MOST_NAMED]


def _unit_of(obj: Guarded | None) -> Unit | None:
    """Where a post that reaches the object would be given."""
    match obj:
        case Camera():
            return obj.site.unit
        case Site():
            return obj.unit
        case Unit():
            return obj
        case _:
            return None
