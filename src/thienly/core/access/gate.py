"""THE gate: nothing reaches a camera, a recording, a person or a row of the register around it.

`require` and `decide` ask about one object, `visible` about all of a kind, `who_can` about all persons.
All of them rest on the one pure decision in `rules.access`.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar, overload
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from thienly.core.access import fence
from thienly.core.access.actor import Actor, Limits
from thienly.core.access.facts import KINDS, Guarded, object_facts, seats_with_facts, tied_to_areas, unended
from thienly.core.access.memory import areas_of, known, seats_of
from thienly.core.access.models import Right, Seat
from thienly.core.access.refusal import NotAllowed, OutsideScope
from thienly.core.access.scopes import NOTHING, accounts, among, condition
from thienly.core.access.who_can import resting
from thienly.core.accounts.models import Account
from thienly.core.areas.models import Remit
from thienly.core.registry.models import Camera, Site
from thienly.core.regulation.shelf import profiles
from thienly.core.units.models import Unit
from thienly.rules import access
from thienly.rules.access import Decision, Reason, ReasonCode
from thienly.rules.actions import Action
from thienly.rules.profile import Scope
from thienly.rules.scope import ObjectFacts, SeatFacts

M = TypeVar("M", Camera, Site, Unit, Account)

_WITH: dict[type[Guarded], list[str]] = {Camera: ["site__unit"], Site: ["unit"]}
"""What a decision reads beside the row itself."""


def require(*, actor: Actor, action: Action, obj: Guarded | None, now: datetime | None = None) -> Decision:
    """The decision when it allows. `obj` None is the installation itself.

    Raises OutsideScope when the actor may not know that the object exists, else NotAllowed; with reasons.
    """
    decision = decide(actor=actor, action=action, obj=obj, now=now)
    if decision.allow:
        return decision
    refusal = NotAllowed if decision.visible else OutsideScope
    raise refusal(
        action=action,
        object_kind=kind_of(obj),
        object_id=obj.id.hex if obj else "",
        label=str(obj) if obj else "",
        reasons=decision.reasons,
    )


def decide(*, actor: Actor, action: Action, obj: Guarded | None, now: datetime | None = None) -> Decision:
    """May the actor do this to the object, and why (not)? Never raises."""
    moment = _moment(now)
    facts, seats = _asked(actor, obj, moment)
    return _decide(actor, action, facts, seats, moment)


def allowed_actions(*, actor: Actor, obj: Guarded | None, now: datetime | None = None) -> frozenset[Action]:
    """Everything the actor may do to the object, for the price of one question."""
    moment = _moment(now)
    facts, seats = _asked(actor, obj, moment)
    return frozenset(action for action in Action if _decide(actor, action, facts, seats, moment).allow)


@overload
def visible(
    *, actor: Actor, action: Action | None = None, now: datetime | None = None
) -> QuerySet[Camera]: ...
@overload
def visible(
    *, actor: Actor, action: Action | None = None, model: type[M], now: datetime | None = None
) -> QuerySet[M]: ...
def visible(
    *, actor: Actor, action: Action | None = None, model: Any = Camera, now: datetime | None = None
) -> QuerySet[Any]:
    """The objects to which the actor may do `action`; with None, those that he may know at all."""
    moment = _moment(now)
    rows: QuerySet[Any] = model._default_manager.all()
    kind = KINDS[model]
    if actor.kind == "machine":
        allowed = action is None or action in access.APPLIES[kind] & access.MACHINE_MAY
        return rows if allowed else rows.none()
    if actor.account is None or not _from_here(actor, action):
        return rows.none()
    if actor.limits is not None and model is Account:
        return rows.none()
    if actor.limits is not None:
        if action is not None and action not in actor.limits.actions:
            return rows.none()
        if actor.limits.cameras:
            rows = rows.filter(among(model, actor.limits.cameras))
    reach = access.reach(action=action, kind=kind, seats=_seats_of(actor), profiles=profiles(), now=moment)
    if model is not Account:
        return rows.filter(condition(model, reach, now=moment))
    oneself = Q(pk=actor.account.pk) if action is None else NOTHING
    return rows.filter(oneself | accounts(reach, wholly=action is Action.ADMIN_ACCOUNTS, now=moment))


def fetch(*, actor: Actor, action: Action, model: type[M], id: UUID | str, now: datetime | None = None) -> M:
    """The object with this id, when the actor may do `action` to it.

    Raises NotAllowed; or OutsideScope, alike for an id that never was and for one beyond the actor's scope.
    """
    try:
        obj = model._default_manager.select_related(*_WITH.get(model, ())).filter(pk=UUID(str(id))).first()
    except ValueError:
        obj = None
    if obj is None:
        raise OutsideScope(
            action=action,
            object_kind=KINDS[model],
            object_id=str(id)[:64],
            label="",
            reasons=[Reason(ReasonCode.UNKNOWN)],
        )
    require(actor=actor, action=action, obj=obj, now=now)
    return obj


def who_can(*, action: Action, obj: Guarded | None, now: datetime | None = None) -> list[Seat]:
    """The live seats on which a permission for this action on this object rests, with account and unit."""
    moment = _moment(now)
    facts = object_facts(obj, account=None, now=moment)
    able_by_role = _may_reach(action, facts, moment)
    candidates = seats_with_facts().filter(
        able_by_role | Q(pk__in=_given(able_by_role, facts, moment)),
        unended(moment),
        valid_from__lte=moment,
        account__suspended_at=None,
    )
    ordered = candidates.order_by("account__folded", "id").distinct()
    return resting(action=action, obj=facts, seats=ordered, profiles=profiles(), now=moment)


def kind_of(obj: Guarded | None) -> str:
    return KINDS[type(obj)] if obj is not None else "installation"


def _moment(now: datetime | None) -> datetime:
    """In the installation's time zone: units and profiles begin and end with local days."""
    return timezone.localtime(now)


def _asked(actor: Actor, obj: Guarded | None, now: datetime) -> tuple[ObjectFacts, list[SeatFacts]]:
    """What is asked for and what the actor holds; where it lies only if that matters to one of his seats."""
    facts = object_facts(obj, account=actor.account, now=now, areas=False)
    if actor.account is None:
        return facts, []
    found = known(actor.account)
    if facts.sites and tied_to_areas(found.seats):
        facts = replace(facts, areas=areas_of(facts.sites, found.number))
    return facts, found.seats


def _seats_of(actor: Actor) -> list[SeatFacts]:
    return seats_of(actor.account) if actor.account else []


def _decide(
    actor: Actor, action: Action, facts: ObjectFacts, seats: list[SeatFacts], now: datetime
) -> Decision:
    if actor.kind == "machine":
        allow = action in access.APPLIES[facts.kind] & access.MACHINE_MAY
        code = ReasonCode.MACHINE if allow else ReasonCode.NOT_GRANTED
        return Decision(allow=allow, visible=True, reasons=[Reason(code, facts={"action": action.value})])
    if actor.account is None:
        return Decision(allow=False, visible=False, reasons=[Reason(ReasonCode.ANONYMOUS)])
    decision = access.decide(action=action, obj=facts, seats=seats, profiles=profiles(), now=now)
    if actor.limits is not None:
        decision = _narrowed(decision, actor.limits, action, facts)
    fenced = fence.against(actor, action)
    if fenced is None:
        return decision
    reasons = [fenced] if decision.allow else [fenced, *decision.reasons]
    return replace(decision, allow=False, reasons=reasons, grants=(), until=None)


def _from_here(actor: Actor, action: Action | None) -> bool:
    return not fence.shut_out(actor) if action is None else fence.against(actor, action) is None


def _narrowed(decision: Decision, limits: Limits, action: Action, facts: ObjectFacts) -> Decision:
    """A key gives nothing that the seat does not give, and less where it was issued for less."""
    inside = facts.kind != "camera" or not limits.cameras or facts.id in limits.cameras
    known = decision.visible and inside and facts.kind != "account"
    if decision.allow and inside and known and action in limits.actions:
        return decision
    reasons = [] if decision.allow else list(decision.reasons)
    if not inside or action not in limits.actions:
        reasons.append(Reason(ReasonCode.KEY_SCOPE, facts={"action": action.value}))
    return Decision(allow=False, visible=known, reasons=reasons)


def _given(able_by_role: Q, facts: ObjectFacts, now: datetime) -> QuerySet[Right, UUID]:
    """Seats that were given something which could reach the object: places, or the right of another seat."""
    listed = Q(sites__in=facts.sites) | Q(lender__in=Seat.objects.filter(able_by_role).values("pk"))
    if facts.kind == "camera":
        listed |= Q(cameras=facts.id)
    live = Right.objects.filter(listed, valid_from__lte=now, valid_to__gt=now)
    return live.order_by().values_list("seat", flat=True)


def _may_reach(action: Action, facts: ObjectFacts, now: datetime) -> Q:
    """Narrows seats to those that could matter, so that not every seat of a province is weighed."""
    where = NOTHING
    for profile, grant in access.roles_with(action, profiles(), now):
        seat = Q(profile=profile.id, role=grant.to)
        match grant.scope:
            case Scope.ALL:
                where |= seat
            case Scope.OWN_UNIT:
                where |= seat & Q(unit__in=[unit.id for unit in facts.units])
            case Scope.OWN_AND_SUB | Scope.AREA:
                above = {step for unit in facts.units for step in unit.path.split("/") if step}
                where |= seat & Q(unit__in=above)
                if grant.scope is Scope.AREA and facts.areas:
                    remits = Remit.objects.filter(area__in=[int(area) for area in facts.areas])
                    where |= seat & Q(unit__in=remits.order_by().values("unit"))
            case Scope.SECTOR:
                where |= seat & Q(sector__in=facts.sectors)
            case Scope.GRANT_LIST:
                where |= seat & Q(sites__in=facts.sites)
            case Scope.LINKED_WORKS:
                remits = Remit.objects.filter(site__in=[UUID(site) for site in facts.sites])
                where |= seat & Q(unit__in=remits.order_by().values("unit"))
            case Scope.PUBLIC_CATALOGUE:
                pass
    return where
