"""Units that lack somebody in a post that a regulation names, for whoever must fill it."""

from collections import Counter, defaultdict
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.access.facts import unended
from thienly.core.access.models import Seat
from thienly.core.regulation.shelf import profiles
from thienly.core.units.models import Unit
from thienly.rules.actions import Action
from thienly.rules.staffing import Lack, lacking


def short_of(*, actor: Actor, now: datetime) -> dict[UUID, list[Lack]]:
    """Of the units in being whose accounts the actor administers, those that lack somebody; two queries."""
    return lacks(gate.visible(actor=actor, action=Action.ADMIN_ACCOUNTS, model=Unit, now=now), now=now)


def lacks(units: QuerySet[Unit], *, now: datetime) -> dict[UUID, list[Lack]]:
    """Of each of these units that is in being and lacks somebody, the posts that nobody holds."""
    day = timezone.localdate(now)
    living = units.filter(Q(valid_to=None) | Q(valid_to__gt=day), valid_from__lte=day)
    counted = Seat.objects.filter(
        unended(now),
        Q(must_receive=False) | Q(received_at__isnull=False),
        unit__in=living.order_by().values("pk"),
        valid_from__lte=now,
        account__suspended_at=None,
        account__is_active=True,
    )
    held: dict[UUID, Counter[tuple[str, str]]] = defaultdict(Counter)
    for unit, profile, role in counted.order_by().values_list("unit", "profile", "role"):
        held[unit][profile, role] += 1
    rules = profiles()
    found = {
        pk: lacking(functions=functions, held=held[pk], profiles=rules, day=day)
        for pk, functions in living.values_list("pk", "functions")
    }
    return {pk: lack for pk, lack in found.items() if lack}
