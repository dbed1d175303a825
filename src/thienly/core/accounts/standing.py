"""How a person and a session stand at the door: asked by pages, interface and streams alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.models import Authenticator

from thienly.core.access.models import Seat
from thienly.core.accounts.acknowledging import is_acknowledged
from thienly.core.accounts.models import Account, OpenSession
from thienly.core.accounts.policy import live_seats, policy_of
from thienly.rules.entrance import Duty, Policy, Standing, next_duty

SECOND_STEPS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


@dataclass(frozen=True, slots=True)
class Door:
    """What is still asked of a person, and by which rules."""

    duty: Duty | None
    policy: Policy
    seats: list[Seat]
    standing: Standing


def door_of(
    account: Account, *, session: Mapping[str, Any], opened: OpenSession | None, now: datetime
) -> Door:
    """`session`: the contents of Django's session; `opened`: its row, None while it has none."""
    seats = live_seats(account, now)
    policy = policy_of(seats)
    standing = Standing(
        password_set_at=account.password_set_at or account.date_joined,
        issued=account.password_issued,
        by_password=_by_password(session),
        has_second_step=not policy.second_step or has_second_step(account),
        acknowledged=is_acknowledged(account, seats),
        locked=opened is not None and opened.locked_at is not None,
        active_at=opened.active_at if opened else None,
    )
    return Door(next_duty(standing, policy, now), policy, seats, standing)


def has_second_step(account: Account) -> bool:
    """An authenticator app or a security key; recovery codes alone are none."""
    return bool(Authenticator.objects.filter(user=account, type__in=SECOND_STEPS).exists())


def _by_password(session: Mapping[str, Any]) -> bool:
    """Whoever comes from the province's own provider keeps his password there."""
    records = session.get(AUTHENTICATION_METHODS_SESSION_KEY) or []
    return not any(record.get("method") == "socialaccount" for record in records)
