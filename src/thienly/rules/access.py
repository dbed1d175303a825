"""The one decision of permission: may these seats do this to that object now, and why (not).

Several regulations over one camera: `rules.combine`. What a person holds: `rules.held`.

Pure: seats, object and profiles come in as plain facts, a `Decision` goes out. Rights are derived from live
seats at each question. What no profile grants is denied. `reach` says the same for whole sets of objects, so
that a list and a single answer cannot differ (a property test holds them together).

`now` is aware and in the installation's time zone, because the days of units and profiles are local days.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from thienly.rules.actions import Action
from thienly.rules.combine import together
from thienly.rules.held import Held, counts, held_by, lasts, out_of_time
from thienly.rules.profile import Grant, Profile
from thienly.rules.reaching import all_of, any_of, reach_of
from thienly.rules.scope import ObjectFacts, ObjectKind, Reach, SeatFacts


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
    NOT_RECEIVED = "not_received"  # role, unit: assigned, but not acknowledged by who is to hold it
    NOT_BY_ALL = "not_by_all"  # profile, action, roles: a further regulation over the camera is silent
    GIVEN = "given"  # as GRANTED, and given (grant, consent, delegation), document, until
    GIVEN_ENDED = "given_ended"  # kind, document, until
    GIVEN_NOT_YET = "given_not_yet"  # kind, document, from
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
    NOT_TO_BE_GIVEN = "not_to_be_given"  # role, unit, action: the regulation lets nobody give this beside it
    WRONG_PLACE = "wrong_place"  # role, place, places: the grant is for other types of places
    NOT_COMPETENT = "not_competent"  # issuer, approver: another body must issue the document
    WIDER_THAN_OWN = "wider_than_own"  # role, unit, action: nobody lends what he does not hold
    NOT_BELOW = "not_below"  # unit, other: a delegation goes to the own unit or below it
    NOT_APPROVER = "not_approver"  # approver, unit: another post decides on this
    NOT_PERMITTED = "not_permitted"  # action: the permission to provide is not given, or was refused
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
    given: str = ""  # id of the individual grant, consent or delegation; empty: the role's own right


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

ADDS_UP = frozenset({Action.APPROVE})
"""Of several regulations each names its own approver, and all must agree: the rights add up (B6)."""

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
    able = [piece for piece in held if action in piece.actions]
    parts = _parts(action, obj)
    reaching = [piece for piece in able if any(piece.reaches(part) for part in parts)]
    carrying, silent = _together(action, obj, reaching, profiles, now)
    reasons = _prevented(action, obj, profiles, now)
    if idle:
        reasons += idle
    elif not able:
        reasons.append(_not_granted(action, profiles, now))
        reasons += _spent(action, obj, seats, profiles, now)
    elif action not in APPLIES[obj.kind]:
        reasons.append(
            Reason(ReasonCode.NOT_APPLICABLE, facts={"action": action.value, "object_kind": obj.kind})
        )
    elif not all(any(piece.reaches(part) for piece in able) for part in parts):
        reasons += [_because(ReasonCode.OUTSIDE_SCOPE, piece) for piece in able]
        reasons += _spent(action, obj, seats, profiles, now)
    elif not carrying:
        reasons += [_not_by_all(action, profiles[name], now) for name in silent]
        reasons += _spent(action, obj, seats, profiles, now)
    if reasons:
        return Decision(allow=False, visible=_knows(obj, held), reasons=reasons)
    return Decision(
        allow=True,
        visible=True,
        reasons=[_because(ReasonCode.GRANTED, piece) for piece in carrying],
        grants=tuple(
            Granted(
                piece.holder.id,
                piece.profile.id,
                piece.id,
                piece.purpose,
                piece.cite,
                piece.given.id if piece.given else "",
            )
            for piece in carrying
        ),
        until=lasts(carrying, parts, now),
    )


def idle_reason(  # noqa: PLR0911 - one return for each way in which a seat can be idle
    seat: SeatFacts, profiles: Mapping[str, Profile], now: datetime
) -> Reason | None:
    """Why a seat gives nothing at this moment, or None when it is live."""
    profile = profiles.get(seat.profile)
    role = profile.role(seat.role) if profile else None
    if counts(seat, profiles, now):
        return None
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
    if not seat.received:
        return Reason(ReasonCode.NOT_RECEIVED, facts=facts)
    if now.date() < seat.unit_from or (seat.unit_to is not None and now.date() >= seat.unit_to):
        return Reason(ReasonCode.UNIT_NOT_IN_BEING, facts=facts)
    if profile is None or role is None:
        return Reason(ReasonCode.ROLE_UNKNOWN, facts=facts)
    if not profile.in_force(now.date()):
        return Reason(ReasonCode.PROFILE_NOT_IN_FORCE, facts=facts)
    return Reason(ReasonCode.FUNCTION_LOST, profile.cited(role), facts | {"function": role.unit})


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
    held = [piece for piece in _held(seats, profiles, now)[0] if wanted & piece.actions]
    by_sector = action is None or kind == "camera"
    by_site = action is None or kind in ("camera", "site")
    if kind != "camera":
        found = reach_of(
            held, by_sector=by_sector, by_site=by_site, by_area=kind == "site", knowing=action is None
        )
    elif action is None or action in ADDS_UP:
        found = any_of(held)
    else:
        found = all_of(held, _in_force(profiles, now))
    return replace(
        found,
        without_secret=action is not None and bool(_secrecy(action, profiles, now)),
        without_retired=action in NEEDS_DEVICE,
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
) -> tuple[list[Held], list[Reason]]:
    """What live seats hold; or, when no seat is live, why not."""
    idle = [idle_reason(seat, profiles, now) for seat in seats]
    live = [seat for seat, reason in zip(seats, idle, strict=True) if reason is None]
    if not live:
        reasons: list[Reason] = []
        for reason in idle:
            if reason is not None and reason not in reasons:
                reasons.append(reason)
        return [], reasons or [Reason(ReasonCode.NO_SEAT)]

    return [piece for seat in live for piece in held_by(seat, profiles, now)], []


def _together(
    action: Action,
    obj: ObjectFacts,
    reaching: Sequence[Held],
    profiles: Mapping[str, Profile],
    now: datetime,
) -> tuple[Sequence[Held], tuple[str, ...]]:
    """What carries the right, and which regulations that govern the camera do not give it."""
    if obj.kind != "camera" or action in ADDS_UP:
        return reaching, ()
    return together(
        [profile.id for profile in _in_force(profiles, now) if profile.governs(obj.sectors)],
        reaching,
        of=lambda piece: piece.profile.id,
        prevails=lambda piece: piece.prevails,
    )


def _knows(obj: ObjectFacts, held: Iterable[Held]) -> bool:
    if obj.kind == "installation" or obj.oneself:
        return True
    return any(REVEALS[obj.kind] & piece.actions and piece.reaches(obj, knowing=True) for piece in held)


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


def _not_by_all(action: Action, profile: Profile, now: datetime) -> Reason:
    """Another regulation gives the right; this one governs the camera too, and does not."""
    found = _not_granted(action, {profile.id: profile}, now)
    return Reason(ReasonCode.NOT_BY_ALL, found.cite, found.facts | {"profile": profile.id})


def _spent(
    action: Action,
    obj: ObjectFacts,
    seats: Sequence[SeatFacts],
    profiles: Mapping[str, Profile],
    now: datetime,
) -> list[Reason]:
    """Rights given for a time that would have reached the object: over, or not begun."""
    found = []
    for seat, given in out_of_time(action, obj, seats, now):
        profile = profiles.get(seat.profile)
        entry = profile.entry(given.entry) if profile else None
        over = now >= given.valid_to
        facts = {"document": given.document, "kind": given.kind, "profile": seat.profile}
        facts["until" if over else "from"] = (given.valid_to if over else given.valid_from).isoformat()
        code = ReasonCode.GIVEN_ENDED if over else ReasonCode.GIVEN_NOT_YET
        found.append(Reason(code, profile.cited(entry) if profile and entry else "", facts))
    return found


def _because(code: ReasonCode, piece: Held) -> Reason:
    role = piece.profile.role(piece.seat.role)
    facts = {
        "role": role.vi if role else piece.seat.role,
        "role_id": piece.seat.role,
        "profile": piece.profile.id,
        "unit": piece.seat.unit_name,
        "scope": piece.scope.value,
        "purpose": piece.purpose,
        "basis": piece.basis,
    }
    if piece.given is not None:
        facts |= {
            "given": piece.given.kind,
            "document": piece.given.document,
            "until": piece.given.valid_to.isoformat(),
        }
        if code == ReasonCode.GRANTED:
            code = ReasonCode.GIVEN
    return Reason(code, piece.cite, facts)
