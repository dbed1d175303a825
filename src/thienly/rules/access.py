"""The one decision of permission: may these seats do this to that object now, and why (not).

Pure: seats, object and profiles come in as plain facts, a `Decision` goes out. Rights are derived from live
seats at each question. What no profile grants is denied. `reach` says the same for whole sets of objects, so
that a list and a single answer cannot differ (a property test holds them together).

`now` is aware and in the installation's time zone, because the days of units and profiles are local days.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from enum import StrEnum

from thienly.rules.actions import Action
from thienly.rules.profile import Grant, Profile, Scope
from thienly.rules.scope import ObjectFacts, ObjectKind, Reach, SeatFacts, covers


class ReasonCode(StrEnum):
    """Every link of an explanation. The pages translate codes; facts fill the sentence.

    Where a `role` stands, in the words of the document, `role_id` and `profile` stand beside it.
    """

    GRANTED = "granted"  # role, unit, scope, purpose
    MACHINE = "machine"  # a process of the installation acts
    ANONYMOUS = "anonymous"
    UNKNOWN = "unknown"  # no object has this id
    SUSPENDED = "suspended"
    NO_SEAT = "no_seat"
    SEAT_NOT_YET = "seat_not_yet"  # role, from
    SEAT_ENDED = "seat_ended"  # role, until
    UNIT_NOT_IN_BEING = "unit_not_in_being"  # role, unit: founded later or abolished before
    FUNCTION_LOST = "function_lost"  # role, unit, function: the unit no longer has the role's function
    ROLE_UNKNOWN = "role_unknown"  # role, profile: the profile in force knows no such role
    PROFILE_NOT_IN_FORCE = "profile_not_in_force"  # profile
    NOT_GRANTED = "not_granted"  # action, roles: the roles that the profiles give it to
    OUTSIDE_SCOPE = "outside_scope"  # role, scope
    SECRET = "secret"  # noqa: S105 - a name: the camera is flagged as a state secret
    RETIRED = "retired"  # the camera no longer exists as a device
    UNREGISTERED_PLAYER = "unregistered_player"  # pictures without a watermark go to registered players only
    NETWORK_ZONE = "network_zone"  # action, zone, document: not from this network
    LEFT_OPEN = "left_open"  # parameter, profile: no document has settled yet what this depends on
    NOT_APPLICABLE = "not_applicable"  # action, object_kind
    # of services that the gate guards
    OWN_CASE = "own_case"  # nobody decides on himself
    WRONG_FUNCTION = "wrong_function"  # role, unit, function: the unit does not have the role's function
    QUOTA_FULL = "quota_full"  # role, unit, max
    RECORDINGS_STAND = (
        "recordings_stand"  # act, recording: nobody deletes, changes or copies what is recorded
    )
    MEASURED_STANDS = "measured_stands"  # outage: nobody changes what was measured of the platform
    KEY_SCOPE = "key_scope"  # the key of a machine was not issued for this
    SEPARATED = "separated"  # role, other: one person must not hold both
    NOT_RESPONSIBLE = "not_responsible"  # unit: neither its head nor who administers its accounts


@dataclass(frozen=True, slots=True)
class Reason:
    """One link of an explanation: a code to translate, its facts, and the article it rests on."""

    code: str  # a ReasonCode
    cite: str = ""  # e.g. "QN Đ6.1"
    facts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Granted:
    """What a permission rests on; `purpose` is the closed purpose that the regulation ties to it."""

    seat: str
    profile: str
    grant: str
    purpose: str
    cite: str


@dataclass(frozen=True, slots=True)
class Decision:
    """`visible`: the person may know that the object exists. `until`: when a permission ends by itself."""

    allow: bool
    visible: bool
    reasons: list[Reason]
    grants: tuple[Granted, ...] = ()
    until: datetime | None = None

    @property
    def purpose(self) -> str:
        """The purpose to write into the ledger; empty when nothing is granted."""
        return self.grants[0].purpose if self.grants else ""


FOOTAGE = frozenset(
    {Action.VIEW_LIVE, Action.VIEW_PLAYBACK, Action.LISTEN, Action.EXTRACT, Action.PROVIDE, Action.PTZ}
)
NEEDS_DEVICE = frozenset({Action.VIEW_LIVE, Action.PTZ})
"""Not possible on a retired camera, whose recordings live on."""

_DATA = frozenset({Action.INSPECT_META, Action.STATISTICS})

APPLIES: dict[ObjectKind, frozenset[Action]] = {
    "camera": FOOTAGE | _DATA | {Action.CONFIG_DEVICE, Action.APPROVE},
    "site": _DATA | {Action.CONFIG_DEVICE},
    "unit": _DATA
    | {Action.CONFIG_DEVICE, Action.ADMIN_ACCOUNTS, Action.SUSPEND_ACCOUNTS, Action.ADMIN_SYSTEM},
    "account": frozenset({Action.INSPECT_META, Action.ADMIN_ACCOUNTS, Action.SUSPEND_ACCOUNTS}),
    "installation": _DATA | {Action.ADMIN_ACCOUNTS, Action.ADMIN_SYSTEM},
}
"""Which verbs mean something on which objects."""

REVEALS: dict[ObjectKind, frozenset[Action]] = {
    **APPLIES,
    "site": APPLIES["site"] | FOOTAGE,
    "unit": APPLIES["unit"] | FOOTAGE,
}
"""Which granted verbs let a person know an object: who may see a camera may know its site and its unit."""

MACHINE_MAY = frozenset(
    {Action.ADMIN_ACCOUNTS, Action.ADMIN_SYSTEM, Action.CONFIG_DEVICE, Action.INSPECT_META, Action.STATISTICS}
)
"""Processes of the installation set things up and keep books; none looks at footage of its own accord."""


def decide(
    *,
    action: Action,
    obj: ObjectFacts,
    seats: Sequence[SeatFacts],
    profiles: Mapping[str, Profile],
    now: datetime,
) -> Decision:
    """May the one person who holds `seats` do `action` to `obj`?"""
    held, idle = _held(seats, profiles, now)
    visible = _knows(obj, held, profiles)
    able = [(seat, grant) for seat, grant in held if action in grant.actions]
    parts = _parts(action, obj)
    reaching = [
        (seat, grant) for seat, grant in able if any(_reaches(grant, seat, part, profiles) for part in parts)
    ]
    reasons = _prevented(action, obj, profiles, now)
    if idle:
        reasons += idle
    elif not able:
        reasons.append(_not_granted(action, profiles, now))
    elif action not in APPLIES[obj.kind]:
        reasons.append(
            Reason(ReasonCode.NOT_APPLICABLE, facts={"action": action.value, "object_kind": obj.kind})
        )
    elif not all(any(_reaches(grant, seat, part, profiles) for seat, grant in able) for part in parts):
        reasons += [_because(ReasonCode.OUTSIDE_SCOPE, seat, grant, profiles) for seat, grant in able]
    if reasons:
        return Decision(allow=False, visible=visible, reasons=reasons)
    lasting = [
        _longest(
            [_ends(seat, profiles, now) for seat, grant in able if _reaches(grant, seat, part, profiles)]
        )
        for part in parts
    ]
    return Decision(
        allow=True,
        visible=True,
        reasons=[_because(ReasonCode.GRANTED, seat, grant, profiles) for seat, grant in reaching],
        grants=tuple(
            Granted(seat.id, seat.profile, grant.id, grant.purpose, profiles[seat.profile].cited(grant))
            for seat, grant in reaching
        ),
        until=min((end for end in lasting if end is not None), default=None),
    )


def idle_reason(  # noqa: PLR0911 - one return for each way in which a seat can be idle
    seat: SeatFacts, profiles: Mapping[str, Profile], now: datetime
) -> Reason | None:
    """Why a seat gives nothing at this moment, or None when it is live."""
    profile = profiles.get(seat.profile)
    role = profile.role(seat.role) if profile else None
    facts = {
        "role": role.vi if role else seat.role,
        "role_id": seat.role,
        "profile": seat.profile,
        "unit": seat.unit_name,
    }
    if seat.suspended:
        return Reason(ReasonCode.SUSPENDED)
    if now < seat.valid_from:
        return Reason(ReasonCode.SEAT_NOT_YET, facts=facts | {"from": seat.valid_from.isoformat()})
    if seat.valid_to is not None and now >= seat.valid_to:
        return Reason(ReasonCode.SEAT_ENDED, facts=facts | {"until": seat.valid_to.isoformat()})
    if now.date() < seat.unit_from or (seat.unit_to is not None and now.date() >= seat.unit_to):
        return Reason(ReasonCode.UNIT_NOT_IN_BEING, facts=facts)
    if profile is None or role is None:
        return Reason(ReasonCode.ROLE_UNKNOWN, facts=facts)
    if not profile.in_force(now.date()):
        return Reason(ReasonCode.PROFILE_NOT_IN_FORCE, facts=facts)
    if role.unit not in seat.unit_functions:
        return Reason(ReasonCode.FUNCTION_LOST, profile.cited(role), facts | {"function": role.unit})
    return None


def reach(
    *,
    action: Action | None,
    kind: ObjectKind,
    seats: Sequence[SeatFacts],
    profiles: Mapping[str, Profile],
    now: datetime,
) -> Reach:
    """The objects of `kind` for which `decide` allows `action`; with None, those that it calls visible."""
    wanted = REVEALS[kind] if action is None else APPLIES[kind] & {action}
    held, _ = _held(seats, profiles, now)
    parts = [(seat, grant.scope) for seat, grant in held if wanted & grant.actions]
    by_domain: dict[str, list[tuple[SeatFacts, Scope]]] = {}
    for seat, scope in parts:
        domain = profiles[seat.profile].profile.domain if kind == "camera" else "all"
        by_domain.setdefault(domain, []).append((seat, scope))
    by_sector = action is None or kind == "camera"
    by_site = action is None or kind in ("camera", "site")
    return replace(
        _reach_of(by_domain.pop("all", []), by_sector=by_sector, by_site=by_site),
        without_secret=action is not None and bool(_secrecy(action, profiles, now)),
        without_retired=action in NEEDS_DEVICE,
        within=tuple(
            (domain, _reach_of(own, by_sector=by_sector, by_site=by_site))
            for domain, own in sorted(by_domain.items())
        ),
    )


def _reach_of(parts: Sequence[tuple[SeatFacts, Scope]], *, by_sector: bool, by_site: bool) -> Reach:
    return Reach(
        everything=any(scope is Scope.ALL for _, scope in parts),
        units=frozenset(seat.unit.id for seat, scope in parts if scope is Scope.OWN_UNIT),
        subtrees=frozenset(
            seat.unit.path for seat, scope in parts if scope in (Scope.OWN_AND_SUB, Scope.AREA)
        ),
        sectors=frozenset(seat.sector for seat, scope in parts if scope is Scope.SECTOR and by_sector),
        sites=frozenset().union(
            *(seat.sites for seat, scope in parts if scope is Scope.GRANT_LIST and by_site)
        ),
    )


def roles_with(action: Action, profiles: Mapping[str, Profile], now: datetime) -> list[tuple[Profile, Grant]]:
    """The grants of profiles in force that give `action` to a role."""
    return [
        (profile, grant)
        for profile in _in_force(profiles, now)
        for grant in profile.grants
        if action in grant.actions and profile.role(grant.to)
    ]


def _held(
    seats: Sequence[SeatFacts], profiles: Mapping[str, Profile], now: datetime
) -> tuple[list[tuple[SeatFacts, Grant]], list[Reason]]:
    """The grants of live seats; or, when no seat is live, why not."""
    idle = [idle_reason(seat, profiles, now) for seat in seats]
    live = [seat for seat, reason in zip(seats, idle, strict=True) if reason is None]
    if not live:
        reasons: list[Reason] = []
        for reason in idle:
            if reason is not None and reason not in reasons:
                reasons.append(reason)
        return [], reasons or [Reason(ReasonCode.NO_SEAT)]
    return [(seat, grant) for seat in live for grant in profiles[seat.profile].grants_of(seat.role)], []


def _knows(
    obj: ObjectFacts, held: Iterable[tuple[SeatFacts, Grant]], profiles: Mapping[str, Profile]
) -> bool:
    if obj.kind == "installation" or obj.oneself:
        return True
    return any(
        REVEALS[obj.kind] & grant.actions and _reaches(grant, seat, obj, profiles, knowing=True)
        for seat, grant in held
    )


def _reaches(
    grant: Grant, seat: SeatFacts, obj: ObjectFacts, profiles: Mapping[str, Profile], *, knowing: bool = False
) -> bool:
    """A regulation of one field of work gives nothing over the cameras of another."""
    domain = profiles[seat.profile].profile.domain
    if obj.kind == "camera" and domain != "all" and domain not in obj.sectors:
        return False
    return covers(grant.scope, seat, obj, knowing=knowing)


def _parts(action: Action, obj: ObjectFacts) -> list[ObjectFacts]:
    """Who administers an account must reach every unit where it has a seat.

    Otherwise the administrator of one unit could take over a person who also sits in a mightier one.
    """
    if obj.kind == "account" and action is Action.ADMIN_ACCOUNTS and obj.units:
        return [replace(obj, units=(unit,)) for unit in obj.units]
    return [obj]


def _in_force(profiles: Mapping[str, Profile], now: datetime) -> list[Profile]:
    return [profile for profile in profiles.values() if profile.in_force(now.date())]


def _secrecy(action: Action, profiles: Mapping[str, Profile], now: datetime) -> list[Reason]:
    """Prohibitions of several profiles add up."""
    return [
        Reason(ReasonCode.SECRET, profile.cited(exclusion), {"action": action.value})
        for profile in _in_force(profiles, now)
        for exclusion in profile.exclusions
        if exclusion.flag == "secret" and action not in exclusion.leaves
    ]


def _prevented(
    action: Action, obj: ObjectFacts, profiles: Mapping[str, Profile], now: datetime
) -> list[Reason]:
    reasons = _secrecy(action, profiles, now) if obj.secret else []
    if obj.retired and action in NEEDS_DEVICE:
        reasons.append(Reason(ReasonCode.RETIRED))
    return reasons


def _not_granted(action: Action, profiles: Mapping[str, Profile], now: datetime) -> Reason:
    able = roles_with(action, profiles, now)
    names = {
        role.vi: f"{profile.id}:{role.id}" for profile, grant in able if (role := profile.role(grant.to))
    }
    cites = {profile.cited(grant): None for profile, grant in able}
    return Reason(
        ReasonCode.NOT_GRANTED,
        "; ".join(cites),
        {"action": action.value, "roles": "; ".join(names), "role_ids": "; ".join(names.values())},
    )


def _because(code: ReasonCode, seat: SeatFacts, grant: Grant, profiles: Mapping[str, Profile]) -> Reason:
    profile = profiles[seat.profile]
    role = profile.role(seat.role)
    return Reason(
        code,
        profile.cited(grant),
        {
            "role": role.vi if role else seat.role,
            "role_id": seat.role,
            "profile": seat.profile,
            "unit": seat.unit_name,
            "scope": grant.scope.value,
            "purpose": grant.purpose,
            "basis": grant.basis,
        },
    )


def _ends(seat: SeatFacts, profiles: Mapping[str, Profile], now: datetime) -> datetime | None:
    """When a live seat stops counting by the clock alone: itself, its unit, or its regulation ends."""
    days = (seat.unit_to, profiles[seat.profile].profile.effective_to)
    ends = [datetime.combine(day, time(), tzinfo=now.tzinfo) for day in days if day is not None]
    return min([*ends, seat.valid_to] if seat.valid_to else ends, default=None)


def _longest(ends: list[datetime | None]) -> datetime | None:
    """The last of several ends; None is later than all."""
    return None if None in ends else max(end for end in ends if end is not None)
