"""How strictly an account is asked who it is: what the regulations of its seats and the installation say."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from thienly.core.access.models import Seat
from thienly.core.accounts.models import Account
from thienly.core.regulation.models import Settlement
from thienly.core.regulation.shelf import profiles
from thienly.rules.actions import Action
from thienly.rules.entrance import Policy
from thienly.rules.profile import Profile
from thienly.rules.profile_entry import days_of

NUMBERS = {
    "par-password-age": "password_days",
    "par-password-length": "password_length",
    "par-password-history": "password_history",
    "par-idle-minutes": "idle_minutes",
}
"""Parameters of a regulation that say something about accounts, and what they set."""

ADMINISTERS = frozenset({Action.ADMIN_ACCOUNTS, Action.ADMIN_SYSTEM})


def live_seats(account: Account, now: datetime) -> list[Seat]:
    """Seats that last, under regulations in force."""
    lasting = Q(valid_to=None) | Q(valid_to__gt=now)
    day = timezone.localdate(now)
    held = profiles()
    return [
        seat
        for seat in Seat.objects.filter(lasting, account=account, valid_from__lte=now)
        if (rules := held.get(seat.profile)) is not None and rules.in_force(day)
    ]


def policy_of(seats: Iterable[Seat]) -> Policy:
    """The strictest of what the installation and the regulations of these seats want."""
    said = settings.CONF.file.accounts
    posts = [(profiles()[seat.profile], seat.role) for seat in seats]
    names = {f"{rules.id}:{role}" for rules, role in posts}
    policy = Policy(
        password_days=said.password_days,
        password_length=said.password_length,
        password_history=said.password_history,
        idle_minutes=said.idle_minutes,
        second_step=_second_step(posts, names),
    )
    for name, number, cite in _numbers({rules.id: rules for rules, _role in posts}):
        policy = policy.at_least(name, number, cite)
    if names & set(said.never_idle):
        policy = replace(policy, idle_minutes=0)
    return policy


def _second_step(posts: list[tuple[Profile, str]], names: set[str]) -> bool:
    match settings.CONF.second_step:
        case "everybody":
            return True
        case "admins" if any(
            ADMINISTERS & grant.actions for rules, role in posts for grant in rules.grants_of(role)
        ):
            return True
    if names & set(settings.CONF.file.accounts.second_step_roles):
        return True
    return any(post.second_step for rules, role in posts if (post := rules.role(role)))


def _numbers(held: dict[str, Profile]) -> list[tuple[str, int, str]]:
    """Field of the policy, number and article of each parameter; a settled value goes before the text's."""
    asked = [
        (rules, parameter, NUMBERS[parameter.id])
        for rules in held.values()
        for parameter in rules.parameters
        if parameter.id in NUMBERS
    ]
    if not asked:
        return []
    rows = Settlement.objects.filter(profile__in=held, parameter__in=NUMBERS).order_by("at", "id")
    settled = {(row.profile, row.parameter): row.value for row in rows}
    found: list[tuple[str, int, str]] = []
    for rules, parameter, name in asked:
        value = settled.get((rules.id, parameter.id), parameter.value)
        if value is not None:
            number = days_of(value) if parameter.kind == "duration" else int(value)
            found.append((name, number, rules.cited(parameter)))
    return found
