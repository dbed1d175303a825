"""What a person holds at a moment: the grants of the roles of his seats, and what was given beside them.

Each piece rests on an entry of a regulation. A right given beside a role can never be wider than what the
regulation lets be given: it is cut down here again at each question, whatever stands in the row.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from thienly.rules.actions import Action
from thienly.rules.profile import Grant, Profile, Scope
from thienly.rules.profile_sections import Approval
from thienly.rules.scope import GivenFacts, ObjectFacts, SeatFacts, covers

VIEW_ANY = frozenset({Action.VIEW_LIVE, Action.VIEW_PLAYBACK})
"""What a consent to use cameras outside the remit can open (`view.any`); footage never leaves by it."""

NEVER_LENT = frozenset({Action.ADMIN_ACCOUNTS, Action.ADMIN_SYSTEM})
"""Who gives the rights of others answers for it himself."""


@dataclass(frozen=True, slots=True)
class Held:
    """`seat`: from where the scope is seen (of a delegation the lender's). `holder`: who acts by it."""

    seat: SeatFacts
    profile: Profile
    id: str  # of the entry in the profile
    actions: frozenset[Action]
    scope: Scope
    purpose: str
    basis: str
    cite: str
    prevails: bool
    holder: SeatFacts
    given: GivenFacts | None = None

    def reaches(self, obj: ObjectFacts, *, knowing: bool = False) -> bool:
        """A regulation of one field of work gives nothing over the cameras of another."""
        domain = self.profile.profile.domain
        if obj.kind == "camera" and domain != "all" and domain not in obj.sectors:
            return False
        return covers(self.scope, self.seat, obj, knowing=knowing)

    def ends(self, now: datetime) -> datetime | None:
        """When a live piece stops counting by the clock alone."""
        ends = [end for seat in (self.holder, self.seat) for end in seat_ends(seat, self.profile, now)]
        # Of several areas or works the first end: the question is asked anew then.
        own = {Scope.AREA: self.seat.territory, Scope.LINKED_WORKS: self.seat.works}.get(self.scope, ())
        ends += [_midnight(one.ends, now) for one in own if one.ends is not None and one.on(now.date())]
        if self.given is not None:
            ends.append(self.given.valid_to)
        return min(ends, default=None)


def seat_ends(seat: SeatFacts, profile: Profile, now: datetime) -> list[datetime]:
    """The ends of a live seat that are known: itself, its unit, its regulation."""
    ends = [seat.valid_to] if seat.valid_to is not None else []
    for day in (seat.unit_to, profile.profile.effective_to):
        if day is not None:
            ends.append(_midnight(day, now))
    return ends


def _midnight(day: date, now: datetime) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=now.tzinfo)


def counts(seat: SeatFacts, profiles: Mapping[str, Profile], now: datetime) -> bool:
    """Whether a seat is live; `access.idle_reason` says why not. Asked at every question, hence no words."""
    profile = profiles.get(seat.profile)
    role = profile.role(seat.role) if profile is not None else None
    today = now.date()
    return (
        profile is not None
        and role is not None
        and not seat.suspended
        and seat.received
        and seat.valid_from <= now
        and (seat.valid_to is None or now < seat.valid_to)
        and seat.unit_from <= today
        and (seat.unit_to is None or today < seat.unit_to)
        and role.unit in seat.unit_functions
        and profile.in_force(today)
    )


def held_by(seat: SeatFacts, profiles: Mapping[str, Profile], now: datetime) -> list[Held]:
    """Everything that a live seat holds."""
    profile, seat = profiles[seat.profile], seat.on(now.date())
    held = [_of_role(seat, profile, grant, holder=seat) for grant in profile.grants_of(seat.role)]
    for given in seat.given:
        if given.valid_from <= now < given.valid_to:
            held += _given(seat, given, profiles, now)
    return held


def grantable(profile: Profile, role: str, actions: frozenset[Action]) -> list[Grant]:
    """The entries by which further places may be given to this role for all of `actions`."""
    return [
        grant
        for grant in profile.grants_of(role)
        if grant.scope is Scope.GRANT_LIST and actions <= grant.actions
    ]


def consent_entry(profile: Profile) -> Approval | None:
    """By which article use outside the remit can be agreed to; None: the text knows no such consent."""
    for entry in profile.approvals:
        if entry.action == "view.any" and entry.when == "camera_outside_own_remit":
            return entry
    return None


def _given(
    seat: SeatFacts, given: GivenFacts, profiles: Mapping[str, Profile], now: datetime
) -> Iterator[Held]:
    profile = profiles[seat.profile]
    place = replace(seat, sites=given.sites, cameras=given.cameras, camera_sites=given.camera_sites, given=())
    match given.kind:
        case "grant":
            for grant in profile.grants_of(seat.role):
                if grant.id == given.entry and grant.scope is Scope.GRANT_LIST:
                    yield _of_role(place, profile, grant, holder=seat, given=given)
        case "consent":
            entry = consent_entry(profile)
            if entry is not None and entry.id == given.entry:
                yield Held(
                    seat=place,
                    profile=profile,
                    id=entry.id,
                    actions=given.actions & VIEW_ANY,
                    scope=Scope.GRANT_LIST,
                    purpose=given.purpose,
                    basis=entry.basis,
                    cite=profile.cited(entry),
                    prevails=False,
                    holder=seat,
                    given=given,
                )
        case "delegation":
            lender = given.lender
            if lender is None or not counts(lender, profiles, now):
                return
            if not seat.unit.path.startswith(lender.unit.path):
                return
            lent, lender = profiles[lender.profile], lender.on(now.date())
            for grant in lent.grants_of(lender.role):
                yield _of_role(lender, lent, grant, holder=seat, given=given)


def _of_role(
    seat: SeatFacts, profile: Profile, grant: Grant, *, holder: SeatFacts, given: GivenFacts | None = None
) -> Held:
    actions = grant.actions
    if given is not None:
        actions = actions & given.actions
        if given.kind == "delegation":
            actions -= NEVER_LENT
    return Held(
        seat=seat,
        profile=profile,
        id=grant.id,
        actions=actions,
        scope=grant.scope,
        purpose=given.purpose if given is not None and given.purpose else grant.purpose,
        basis=grant.basis,
        cite=profile.cited(grant),
        prevails=grant.prevails,
        holder=holder,
        given=given,
    )


def lasts(carrying: Sequence[Held], parts: Sequence[ObjectFacts], now: datetime) -> datetime | None:
    """When a permission ends by the clock: of each part and regulation the longest, of these the first."""
    lasting: list[datetime | None] = []
    for part in parts:
        ends: dict[str, list[datetime | None]] = {}
        for piece in carrying:
            if piece.reaches(part):
                name = piece.profile.id if part.kind == "camera" else ""
                ends.setdefault(name, []).append(piece.ends(now))
        lasting += [_longest(one) for one in ends.values()]
    return min((end for end in lasting if end is not None), default=None)


def out_of_time(
    action: Action, obj: ObjectFacts, seats: Iterable[SeatFacts], now: datetime
) -> Iterator[tuple[SeatFacts, GivenFacts]]:
    """What was given for this and is over, or has not begun; of delegations only the action is looked at."""
    for seat in seats:
        for given in seat.given:
            if action not in given.actions or given.valid_from <= now < given.valid_to:
                continue
            place = replace(seat, sites=given.sites, cameras=given.cameras)
            if given.lender is not None or covers(Scope.GRANT_LIST, place, obj):
                yield seat, given


def _longest(ends: list[datetime | None]) -> datetime | None:
    """The last of several ends; None is later than all."""
    return None if None in ends else max(end for end in ends if end is not None)
