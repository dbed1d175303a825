"""What stands around a decision: the posts that are given an act, what else is wanted, what would change.

Pure, and without a decision of its own: who may do what is said by `rules.access` alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from thienly.rules.access import APPLIES, Decision, ReasonCode, idle_reason, reach, roles_with
from thienly.rules.actions import Action
from thienly.rules.profile import Grant, Profile, Role
from thienly.rules.profile_sections import Approval, Parameter
from thienly.rules.scope import ObjectFacts, ObjectKind, Reach, SeatFacts


class VerbGroup(StrEnum):
    """Managing, using, monitoring and exploiting are permissions apart (BDP II.1 g2)."""

    MANAGE = "manage"
    USE = "use"
    MONITOR = "monitor"
    EXPLOIT = "exploit"


GROUPS: dict[VerbGroup, tuple[Action, ...]] = {
    VerbGroup.MANAGE: (
        Action.ADMIN_ACCOUNTS,
        Action.SUSPEND_ACCOUNTS,
        Action.ADMIN_SYSTEM,
        Action.CONFIG_DEVICE,
    ),
    VerbGroup.USE: (Action.PTZ, Action.APPROVE),
    VerbGroup.MONITOR: (
        Action.VIEW_LIVE,
        Action.VIEW_PLAYBACK,
        Action.LISTEN,
        Action.INSPECT_META,
        Action.STATISTICS,
    ),
    VerbGroup.EXPLOIT: (Action.EXTRACT, Action.PROVIDE),
}


_VIEWING = frozenset({Action.VIEW_LIVE, Action.VIEW_PLAYBACK, Action.LISTEN})


class Way(StrEnum):
    """By what a denial could end. Several may be needed."""

    SEAT = "seat"  # a post that the regulation gives the act to, by a decision
    RESTORE = "restore"  # the account is suspended
    REGULATION = "regulation"  # no regulation in force gives it to anybody
    DOCUMENT = "document"  # a document must settle what the text leaves open
    NOBODY = "nobody"  # neither a post nor a document opens it


_WAYS = {
    ReasonCode.SUSPENDED: Way.RESTORE,
    ReasonCode.LEFT_OPEN: Way.DOCUMENT,
    ReasonCode.ROLE_UNKNOWN: Way.REGULATION,
    ReasonCode.PROFILE_NOT_IN_FORCE: Way.REGULATION,
    ReasonCode.SECRET: Way.NOBODY,
    ReasonCode.RETIRED: Way.NOBODY,
    ReasonCode.UNKNOWN: Way.NOBODY,
    ReasonCode.NOT_APPLICABLE: Way.NOBODY,
    ReasonCode.OWN_CASE: Way.NOBODY,
    ReasonCode.RECORDINGS_STAND: Way.NOBODY,
    ReasonCode.MEASURED_STANDS: Way.NOBODY,
}


def ways(decision: Decision) -> tuple[Way, ...]:
    """What could turn a denial into a permission; () when it is allowed. What nobody opens stands alone."""
    if decision.allow:
        return ()
    found = {
        Way.REGULATION
        if reason.code == ReasonCode.NOT_GRANTED and not reason.facts.get("roles")
        else _WAYS.get(ReasonCode(reason.code), Way.SEAT)
        for reason in decision.reasons
    }
    return (Way.NOBODY,) if Way.NOBODY in found else tuple(sorted(found))


@dataclass(frozen=True, slots=True)
class Giving:
    """A post to which a regulation in force gives an act."""

    profile: Profile
    role: Role
    grant: Grant

    @property
    def cite(self) -> str:
        return self.profile.cited(self.grant)


def governing(obj: ObjectFacts, profiles: Mapping[str, Profile], now: datetime) -> list[Profile]:
    """The regulations in force over the object: of a camera those of all fields, and those of its own."""
    return [
        profile
        for profile in profiles.values()
        if profile.in_force(now.date())
        and (obj.kind != "camera" or profile.profile.domain in ("all", *obj.sectors))
    ]


def giving(action: Action, obj: ObjectFacts, profiles: Mapping[str, Profile], now: datetime) -> list[Giving]:
    """Every post to which the regulations over the object give the act; where it sits decides the rest."""
    if action not in APPLIES[obj.kind]:
        return []
    over = {profile.id for profile in governing(obj, profiles, now)}
    return [
        Giving(profile, role, grant)
        for profile, grant in roles_with(action, profiles, now)
        if profile.id in over and (role := profile.role(grant.to)) is not None
    ]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a regulation wants beside the right. `open`: the text names nobody who could agree, and no
    document has yet."""

    profile: Profile
    approval: Approval
    open: Parameter | None = None

    @property
    def cite(self) -> str:
        return self.profile.cited(self.approval)


def wanted(
    action: Action,
    obj: ObjectFacts,
    profiles: Mapping[str, Profile],
    *,
    settled: Mapping[str, Iterable[str]],
    outside: bool = False,
    now: datetime,
) -> list[Wanted]:
    """The approvals that regulations over the object tie to the act.

    `settled`: by regulation, the parameters that documents have settled. `outside`: the object lies outside
    the person's remit, for which a regulation may want a consent of its own (QN Đ9.1).
    """
    asked = {action.value, "view.any"} if outside and action in _VIEWING else {action.value}
    found: list[Wanted] = []
    for profile in governing(obj, profiles, now):
        closed = {one.id: one for one in profile.closed(action.value)}
        done = set(settled.get(profile.id, ()))
        for approval in profile.approvals:
            if approval.action not in asked:
                continue
            still = closed.get(approval.parameter or "")
            found.append(Wanted(profile, approval, still if still and still.id not in done else None))
    return found


@dataclass(frozen=True, slots=True)
class Held:
    """Somebody's seats, under the regulations that are to hold."""

    seats: Sequence[SeatFacts]
    profiles: Mapping[str, Profile]


@dataclass(frozen=True, slots=True)
class Changed:
    """These acts reach other objects than before. `gained`, `lost`: the rules that give and gave them."""

    actions: tuple[Action, ...]
    before: Reach
    after: Reach
    gained: tuple[Giving, ...]
    lost: tuple[Giving, ...]


def changes(kind: ObjectKind, *, before: Held, after: Held, now: datetime) -> list[Changed]:
    """Where two holdings differ at `now`; acts that change alike, by the same rules, stand together."""
    found: dict[tuple[Reach, Reach, tuple[str, ...], tuple[str, ...]], list[Action]] = {}
    rules: dict[tuple[str, ...], tuple[Giving, ...]] = {}
    for action in Action:
        if action not in APPLIES[kind]:
            continue
        old, new = (
            reach(action=action, kind=kind, seats=held.seats, profiles=held.profiles, now=now)
            for held in (before, after)
        )
        if old == new:
            continue
        was, will = _rules(before, action, now), _rules(after, action, now)
        gained, lost = _names(will), _names(was)
        rules |= {gained: will, lost: was}
        found.setdefault((old, new, gained, lost), []).append(action)
    return [
        Changed(tuple(actions), old, new, rules[gained], rules[lost])
        for (old, new, gained, lost), actions in found.items()
    ]


def _names(rules: Iterable[Giving]) -> tuple[str, ...]:
    return tuple(sorted(f"{rule.profile.id} {rule.grant.id}" for rule in rules))


def _rules(held: Held, action: Action, now: datetime) -> tuple[Giving, ...]:
    """The grants of live seats that carry the act."""
    found: dict[str, Giving] = {}
    for seat in held.seats:
        if idle_reason(seat, held.profiles, now) is not None:
            continue
        profile = held.profiles[seat.profile]
        role = profile.role(seat.role)
        for grant in profile.grants_of(seat.role):
            if action in grant.actions and role is not None:
                found.setdefault(f"{profile.id} {grant.id}", Giving(profile, role, grant))
    return tuple(found.values())
