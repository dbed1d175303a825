"""Where people go on when their unit ends or loses the function of their post, and who loses it."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from thienly.rules.profile import Profile
from thienly.rules.succession_facts import SeatEnds, SeatNow, SeatOutcome


def go_on(
    *,
    seats: Sequence[SeatNow],
    goes: Mapping[tuple[str, str], str | None],
    ended: frozenset[str],
    functions: Mapping[str, frozenset[str]],
    profiles: Mapping[str, Profile],
) -> list[SeatOutcome]:
    """Every seat that does not simply stay.

    `goes`: for a function of a unit that gives it up, the unit at which its people go on; None: nowhere.
    `functions`: of every unit afterwards. Nobody goes on where the function did not arrive, where a quota
    would be exceeded (then none of those who arrive, for a machine chooses nobody), or where he sits already.
    """
    out: list[SeatOutcome] = []
    staying: Counter[tuple[str, str, str]] = Counter()
    held: set[tuple[str, str, str, str, str]] = set()
    arriving: dict[tuple[str, str, str], list[SeatNow]] = defaultdict(list)
    for seat in seats:
        profile = profiles.get(seat.profile)
        role = profile.role(seat.role) if profile else None
        function = role.unit if role else ""
        target = goes.get((seat.unit, function))
        shared = target == seat.unit and function in functions[seat.unit]
        if seat.unit not in ended and ((seat.unit, function) not in goes or shared):
            staying[seat.unit, seat.profile, seat.role] += 1
            held.add((seat.account, seat.unit, seat.profile, seat.role, seat.sector))
        elif profile is None or role is None:
            out.append(SeatOutcome(seat, None, SeatEnds.ROLE_UNKNOWN))
        elif target is None or target in ended or function not in functions.get(target, ()):
            why = SeatEnds.UNIT_ENDED if seat.unit in ended else SeatEnds.FUNCTION_LOST
            out.append(SeatOutcome(seat, None, why, profile.cited(role)))
        else:
            arriving[target, seat.profile, seat.role].append(seat)
    for (target, profile_id, role_id), group in arriving.items():
        fresh: list[SeatNow] = []
        for seat in group:
            place = (seat.account, target, profile_id, role_id, seat.sector)
            if place in held:
                out.append(SeatOutcome(seat, None, SeatEnds.HELD_ALREADY))
            else:
                held.add(place)
                fresh.append(seat)
        limit = profiles[profile_id].quota_of(role_id)
        if limit and staying[target, profile_id, role_id] + len(fresh) > limit[1]:
            cite = profiles[profile_id].cited(limit[0])
            out += [SeatOutcome(seat, None, SeatEnds.QUOTA_FULL, cite) for seat in fresh]
        else:
            out += [SeatOutcome(seat, target) for seat in fresh]
    return out
