"""Which posts that a regulation names for a unit nobody holds: the leader in charge of contact, the accounts
of a district or a commune."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from thienly.rules.profile import Profile


@dataclass(frozen=True, slots=True)
class Lack:
    """Of `want` posts of this role only `have` are held. `cite`: of the rule that gives the number."""

    profile: str
    role: str
    name: str
    have: int
    want: int
    cite: str


def lacking(
    *,
    functions: Iterable[str],
    held: Mapping[tuple[str, str], int],
    profiles: Mapping[str, Profile],
    day: date,
) -> list[Lack]:
    """`functions` of the unit; `held`: by profile and role, how many seats of the unit count."""
    has = frozenset(functions)
    found: list[Lack] = []
    for profile in profiles.values():
        if not profile.in_force(day):
            continue
        for quota in profile.quotas:
            if quota.unit not in has:
                continue
            for name, want in quota.seats.items():
                role, have = profile.role(name), held.get((profile.id, name), 0)
                if role is not None and have < want:
                    found.append(Lack(profile.id, name, role.vi, have, want, profile.cited(quota)))
    return found
