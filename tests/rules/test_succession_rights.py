"""Rights beside a role go on with their seat when units change, or end; the preview and the day agree."""

from tests.rules.test_succession import come_to, hexed, seat, unit, world
from thienly.rules.reorganisation import Act, Attach, End, Pass
from thienly.rules.succession_facts import RightEnds, RightNow, SeatNow, Situation, UnitNow


def having(*rights: RightNow, units: tuple[UnitNow, ...], seats: tuple[SeatNow, ...]) -> Situation:
    now = world(*units, seats=seats)
    return Situation(now.units, now.sites, now.seats, rights)


def told(now: Situation, *acts: Act) -> dict[str, tuple[str | None, RightEnds | None]]:
    outcome = come_to(now, *acts)
    assert not outcome.problems
    return {one.right.id: (one.to, one.why) for one in outcome.rights}


GRANT = RightNow(hexed(70), "grant", hexed(50))
LENT = RightNow(hexed(71), "delegation", hexed(51), lender=hexed(50))


def test_a_grant_goes_on_where_its_holder_goes_on_in_the_same_role() -> None:
    now = having(GRANT, units=(unit(1, "data_user"), unit(2)), seats=(seat(50, 1, "user_member"),))
    assert told(now, End(unit=hexed(1), successors=[hexed(2)])) == {hexed(70): (hexed(2), None)}
    # Elsewhere something changes: it simply stays.
    assert told(now, End(unit=hexed(2))) == {}


def test_a_grant_ends_with_the_function_on_which_its_role_rests() -> None:
    now = having(GRANT, units=(unit(1, "data_user"), unit(2), unit(3)), seats=(seat(50, 1, "user_member"),))
    split = Pass(unit=hexed(1), function="data_user", to=[hexed(2), hexed(3)])
    assert told(now, split) == {hexed(70): (None, RightEnds.SEAT_ENDS)}


def test_what_was_lent_ends_with_the_lender_and_with_who_no_longer_sits_below_him() -> None:
    units = (unit(1, "camera_manager"), unit(2, "camera_manager", parent=1), unit(3, "data_user"))
    seats = (seat(50, 1, "cam_admin"), seat(51, 2, "cam_contact"))
    now = having(LENT, units=units, seats=seats)
    assert told(now, Attach(unit=hexed(2), parent=hexed(3))) == {hexed(71): (None, RightEnds.NOT_BELOW)}
    gone = Pass(unit=hexed(1), function="camera_manager", to=[hexed(3)], seats="none")
    assert told(now, gone) == {hexed(71): (None, RightEnds.LENDER_ENDS)}
    # Both go on at the unit that takes both over: it goes on between the new seats.
    merged = End(unit=hexed(2), successors=[hexed(1)])
    assert told(now, merged) == {hexed(71): (hexed(1), None)}


def test_what_rests_on_a_seat_that_is_over_already_is_left_alone() -> None:
    now = having(GRANT, LENT, units=(unit(1, "data_user"), unit(2)), seats=(seat(51, 1, "user_member"),))
    assert told(now, End(unit=hexed(1), successors=[hexed(2)])) == {}
