"""Who answers for the rights of a unit: its leaders and heads; above it, once a review has gone up; and
whoever administers its accounts."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.access.facts import seat_facts, seats_with_facts, unended
from thienly.core.access.refusal import OutsideScope
from thienly.core.accounts.models import Account
from thienly.core.regulation.shelf import profiles
from thienly.core.reviews.models import UnitReview
from thienly.core.units.models import Unit
from thienly.rules.access import Reason, ReasonCode, idle_reason
from thienly.rules.actions import Action
from thienly.rules.review import RESPONSIBLE

GONE_UP = ("escalated", "lapsed")


def head_of(actor: Actor, now: datetime) -> list[Unit]:
    """The units that the actor leads by a live seat."""
    if actor.account is None:
        return []
    rows = list(seats_with_facts().filter(unended(now), _leading(), account=actor.account))
    live = zip(rows, seat_facts(rows), strict=True)
    return [row.unit for row, facts in live if idle_reason(facts, profiles(), now) is None]


def heads_of(unit: Unit, now: datetime) -> list[Account]:
    """Who leads the unit now."""
    rows = list(seats_with_facts().filter(unended(now), _leading(), unit=unit))
    live = zip(rows, seat_facts(rows), strict=True)
    counting = [row for row, facts in live if idle_reason(facts, profiles(), now) is None]
    return list({row.account_id: row.account for row in counting}.values())


def reviews_of(actor: Actor, now: datetime) -> QuerySet[UnitReview]:
    """The reviews that the actor may read."""
    led = head_of(actor, now)
    found = Q(unit__in=[unit.pk for unit in led])
    for unit in led:
        found |= Q(unit__path__startswith=unit.path, case__state__in=GONE_UP)
    for action in (Action.ADMIN_ACCOUNTS, Action.INSPECT_META):
        found |= Q(unit__in=gate.visible(actor=actor, action=action, model=Unit).values("pk"))
    return UnitReview.objects.filter(found).select_related("case", "campaign", "unit")


def fetch_review(*, actor: Actor, id: UUID | str, now: datetime) -> UnitReview:
    """Raises OutsideScope, alike for an id that never was."""
    try:
        review = reviews_of(actor, now).filter(pk=UUID(str(id))).first()
    except ValueError:
        review = None
    if review is None:
        raise OutsideScope(
            action=Action.ADMIN_ACCOUNTS,
            object_kind="review",
            object_id=str(id)[:64],
            label="",
            reasons=[Reason(ReasonCode.UNKNOWN)],
        )
    return review


def leads(actor: Actor, review: UnitReview, now: datetime) -> bool:
    """Whether he answers for this unit: as its head, or from above once the review has gone up."""
    for unit in head_of(actor, now):
        if unit.pk == review.unit_id:
            return True
        if review.case.state in GONE_UP and review.unit.path.startswith(unit.path):
            return True
    return False


def _leading() -> Q:
    """Seats of roles that lead, by the regulations as they hold now."""
    found = Q(pk__in=[])
    for rules in profiles().values():
        roles = [role.id for role in rules.roles if role.seat in RESPONSIBLE]
        found |= Q(profile=rules.id, role__in=roles)
    return found
