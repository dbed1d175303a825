"""What changes when a version of a regulation comes into force: rights, seats, floors, cases — beforehand."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _

from thienly.core.access.weighing import Everybody
from thienly.core.cases.models import Case
from thienly.core.regulation import in_force
from thienly.core.regulation.models import Settlement
from thienly.rules import access
from thienly.rules.access import APPLIES
from thienly.rules.actions import Action
from thienly.rules.combine import Contradiction, retention
from thienly.rules.profile import Profile
from thienly.rules.profile_diff import Change, diff
from thienly.rules.scope import INSTALLATION, SeatFacts

MOST_ROWS = 500


@dataclass(frozen=True, slots=True)
class Shift:
    """Of one person and action: over how many cameras before and after; how many are new, how many gone."""

    account: str
    person: str
    action: Action
    before: int
    after: int
    gained: int
    lost: int


@dataclass(frozen=True, slots=True)
class Idle:
    """A seat that begins or ceases to give anything; `reason`: a ReasonCode, "" when it begins."""

    seat: str
    person: str
    unit: str
    role: str
    reason: str


@dataclass(frozen=True, slots=True)
class Floor:
    """Days of retention of the cameras of a field at places of a type; None: no regulation gives a number."""

    sector: str
    site: str
    cameras: int
    before: int | None
    after: int | None
    cite: str


@dataclass(slots=True)
class Preview:
    """`kept`: open cases by kind, which stay under the versions under which they opened. Of long lists the
    first `MOST_ROWS` are here, the counters count all."""

    begins: date
    changes: list[Change] = field(default_factory=list)
    shifts: list[Shift] = field(default_factory=list)
    gaining: int = 0  # persons
    losing: int = 0
    idle: list[Idle] = field(default_factory=list)
    falling: int = 0  # seats that cease to give anything
    rising: int = 0
    floors: list[Floor] = field(default_factory=list)
    kept: dict[str, int] = field(default_factory=dict)
    open_parameters: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def weigh(profile: Profile, day: date, *, now: datetime, only_problems: bool = False) -> Preview:
    """`profile` as it will hold from `day` on. Both sides are weighed at the first moment of that day."""
    moment = max(timezone.localtime(now), timezone.make_aware(datetime.combine(day, time())))
    before = dict(in_force.on(day))
    after = before | {profile.id: profile}
    found = Preview(day)
    everybody = Everybody.load(now=moment)
    _floors(found, everybody.places, before, after, day)
    if _administered(everybody, before, moment) and not _administered(everybody, after, moment):
        found.problems.append(
            _("After it nobody could administer the system or its accounts any more (%(cite)s).")
            % {"cite": f"{profile.id}: admin.system, admin.accounts"}
        )
    if only_problems:
        return found
    held = before.get(profile.id)
    found.changes = diff(held, profile) if held else []
    _idle(found, everybody, before, after, moment)
    _shifts(found, everybody, before, after, moment)
    found.kept = dict(
        Case.objects.filter(closed_at=None).values_list("kind").annotate(Count("pk")).order_by("kind")
    )
    settled = set(Settlement.objects.filter(profile=profile.id).values_list("parameter", flat=True))
    found.open_parameters = [
        f"{one.vi} ({profile.cited(one)})"
        for one in profile.parameters
        if one.closes and one.value is None and one.id not in settled
    ]
    return found


def _administered(everybody: Everybody, profiles: Mapping[str, Profile], now: datetime) -> bool:
    needed = {Action.ADMIN_SYSTEM, Action.ADMIN_ACCOUNTS}
    roles = {
        (held.id, grant.to) for action in needed for held, grant in access.roles_with(action, profiles, now)
    }
    for seats in everybody.seats.values():
        if any((seat.profile, seat.role) in roles for seat in seats):
            needed -= {
                action
                for action in needed
                if access.decide(
                    action=action, obj=INSTALLATION, seats=seats, profiles=profiles, now=now
                ).allow
            }
            if not needed:
                return True
    return False


def _idle(
    found: Preview,
    everybody: Everybody,
    before: Mapping[str, Profile],
    after: Mapping[str, Profile],
    now: datetime,
) -> None:
    for account, seats in everybody.seats.items():
        for seat in seats:
            was, is_ = access.idle_reason(seat, before, now), access.idle_reason(seat, after, now)
            if (was is None) == (is_ is None):
                continue
            found.falling += is_ is not None
            found.rising += is_ is None
            if len(found.idle) < MOST_ROWS:
                found.idle.append(
                    Idle(
                        seat.id,
                        everybody.names[account],
                        seat.unit_name,
                        _role(seat, before, after),
                        str(is_.code) if is_ else "",
                    )
                )


def _role(seat: SeatFacts, *sides: Mapping[str, Profile]) -> str:
    for profiles in sides:
        rules = profiles.get(seat.profile)
        role = rules.role(seat.role) if rules else None
        if role is not None:
            return role.vi
    return seat.role


def _shifts(
    found: Preview,
    everybody: Everybody,
    before: Mapping[str, Profile],
    after: Mapping[str, Profile],
    now: datetime,
) -> None:
    known: dict[tuple[SeatFacts, ...], list[tuple[Action, int, int, int, int]]] = {}
    for account, seats in everybody.seats.items():
        key = tuple(replace(seat, id="") for seat in seats)
        if key not in known:
            known[key] = list(_moved(everybody, seats, before, after, now))
        moved = known[key]
        found.gaining += any(gained for *_counts, gained, _lost in moved)
        found.losing += any(lost for *_counts, lost in moved)
        if moved and len(found.shifts) < MOST_ROWS:
            name = everybody.names[account]
            found.shifts += [Shift(account, name, *one) for one in moved]


def _moved(
    everybody: Everybody,
    seats: Sequence[SeatFacts],
    before: Mapping[str, Profile],
    after: Mapping[str, Profile],
    now: datetime,
) -> list[tuple[Action, int, int, int, int]]:
    moved: list[tuple[Action, int, int, int, int]] = []
    for action in sorted(APPLIES["camera"]):
        was, is_ = (
            access.reach(action=action, kind="camera", seats=seats, profiles=side, now=now)
            for side in (before, after)
        )
        if was == is_:
            continue
        old, new = everybody.ground.members(was), everybody.ground.members(is_)
        if old != new:
            moved.append(
                (action, old.bit_count(), new.bit_count(), (new & ~old).bit_count(), (old & ~new).bit_count())
            )
    return moved


def _floors(
    found: Preview,
    places: Counter[tuple[str, str]],
    before: Mapping[str, Profile],
    after: Mapping[str, Profile],
    day: date,
) -> None:
    for (sector, site), cameras in sorted(places.items()):
        try:
            was = retention(governing=_governing(before, sector, day), sector=sector, site=site)
        except Contradiction:
            was = None
        try:
            is_ = retention(governing=_governing(after, sector, day), sector=sector, site=site)
        except Contradiction as contradiction:
            found.problems.append(
                _(
                    "%(first)s and %(second)s cannot both be kept: the floor of one is above the "
                    "ceiling of the other."
                )
                % {"first": contradiction.first, "second": contradiction.second}
            )
            continue
        if was is None or was.floor != is_.floor:
            found.floors.append(
                Floor(sector, site, cameras, was.floor if was else None, is_.floor, is_.floor_cite)
            )
    found.problems = list(dict.fromkeys(found.problems))


def _governing(profiles: Mapping[str, Profile], sector: str, day: date) -> list[Profile]:
    return [
        profile
        for profile in profiles.values()
        if profile.in_force(day) and profile.profile.domain in ("all", sector)
    ]
