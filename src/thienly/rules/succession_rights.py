"""What becomes of rights that stand beside a role when units change: they go on with their seat, or end.

A right rests on a seat (a delegation on two). It goes on where the person goes on in the same role; it ends
with the seat, with the lender's, or when the one who was lent it no longer sits at the lender's unit or
below.
"""

from collections.abc import Mapping, Sequence

from thienly.rules.succession_facts import RightEnds, RightNow, RightOutcome, SeatNow, SeatOutcome, UnitNow


def rights_go_on(
    *,
    rights: Sequence[RightNow],
    seats: Sequence[SeatNow],
    outcomes: Sequence[SeatOutcome],
    after: Mapping[str, UnitNow],
) -> list[RightOutcome]:
    """Every right of these seats that does not simply stay. `outcomes`: of the seats; `after`: every unit
    afterwards. What rests on a seat that is over already counts for nothing and is left alone."""
    unit_of: dict[str, str | None] = {seat.id: seat.unit for seat in seats}
    unit_of |= {outcome.seat.id: outcome.to for outcome in outcomes}
    moved = {outcome.seat.id for outcome in outcomes}
    found: list[RightOutcome] = []
    for right in rights:
        if right.seat not in unit_of or (right.lender and right.lender not in unit_of):
            continue
        unit = unit_of.get(right.seat)
        lending = unit_of.get(right.lender) if right.lender else None
        if unit is None:
            found.append(RightOutcome(right, None, RightEnds.SEAT_ENDS))
        elif right.lender and lending is None:
            found.append(RightOutcome(right, None, RightEnds.LENDER_ENDS))
        elif lending is not None and not _below(unit, lending, after):
            found.append(RightOutcome(right, None, RightEnds.NOT_BELOW))
        elif moved & {right.seat, right.lender}:
            found.append(RightOutcome(right, unit))
    return found


def _below(unit: str, above: str, units: Mapping[str, UnitNow]) -> bool:
    """Whether `unit` is `above` or stands below it; a loop, which is refused elsewhere, ends the search."""
    step: str | None = unit
    seen: set[str] = set()
    while step is not None and step not in seen:
        if step == above:
            return True
        seen.add(step)
        step = units[step].parent if step in units else None
    return False
