"""Finding people among the thousands of a province: by name, by unit, by how the account stands."""

from datetime import datetime
from enum import StrEnum

from allauth.mfa.models import Authenticator
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.access.facts import unended
from thienly.core.access.models import Seat
from thienly.core.accounts.models import Account
from thienly.core.accounts.standing import SECOND_STEPS
from thienly.core.text import fold
from thienly.core.units.models import Unit


class State(StrEnum):
    """How accounts may stand that somebody looks for."""

    NO_ROLE = "no_role"
    NEVER = "never"  # signed in
    NO_SECOND_STEP = "no_second_step"
    SUSPENDED = "suspended"
    MACHINE = "machine"


def search_accounts(
    *,
    actor: Actor,
    text: str = "",
    unit: Unit | None = None,
    state: State | None = None,
    now: datetime | None = None,
) -> QuerySet[Account]:
    """The accounts this actor may know, by user name or name, whatever the diacritics.

    `unit`: only who holds a role there or in a unit below. `state`: suspended ones stand only under theirs.
    """
    now = now or timezone.now()
    rows = gate.visible(actor=actor, model=Account).filter(folded__contains=fold(text)).order_by("folded")
    held = Seat.objects.filter(unended(now), account=OuterRef("pk"), valid_from__lte=now)
    if unit is not None:
        rows = rows.filter(Exists(held.filter(unit__path__startswith=unit.path)))
    if state is None:
        return rows
    people = Q(machine=False, suspended_at=None)
    second = Authenticator.objects.filter(user=OuterRef("pk"), type__in=SECOND_STEPS)
    match state:
        case State.NO_ROLE:
            return rows.filter(people, ~Exists(held))
        case State.NEVER:
            return rows.filter(people, last_login=None)
        case State.NO_SECOND_STEP:
            return rows.filter(people, ~Exists(second))
        case State.SUSPENDED:
            return rows.exclude(suspended_at=None)
        case State.MACHINE:
            return rows.filter(machine=True)
