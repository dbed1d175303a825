"""Which segments go, in which order: the ceiling always; for room the target, the floor, then the promise."""

import pytest

from thienly.rules.retention import (
    DAY_US,
    Deletion,
    Keep,
    Stored,
    Writes,
    decide,
    floor_breaks_in,
)

NOW = 100 * DAY_US
A, B, C = "a" * 32, "b" * 32, "c" * 32
WEEK = Keep(floor=2, target=5, ceiling=7)


def stored(number: int, camera: str, age_days: float) -> Stored:
    end = NOW - round(age_days * DAY_US)
    return Stored(number, camera, end - 60_000_000, end, 1000)


def decided(
    *segments: Stored,
    keeps: dict[str, Keep],
    free: int = 0,
    reserve: int = 0,
    more: frozenset[str] = frozenset(),
) -> list[tuple[int, str]]:
    by_camera: dict[str, list[Stored]] = {}
    for segment in segments:
        by_camera.setdefault(segment.camera, []).append(segment)
    found = decide(by_camera, keeps=keeps, now_us=NOW, free=free, reserve=reserve, more=more)
    assert all(isinstance(deletion, Deletion) for deletion in found)
    return [(deletion.segment, deletion.reason) for deletion in found]


def test_each_camera_has_its_own_ceiling() -> None:
    month = Keep(floor=7, target=30, ceiling=30)
    segments = [stored(1, A, 9), stored(2, B, 8), stored(3, A, 6)]
    assert decided(*segments, keeps={A: WEEK, B: month}, free=10) == [(1, "ceiling")]


def test_a_segment_exactly_at_the_ceiling_stays() -> None:
    assert decided(stored(1, A, 7), keeps={A: WEEK}) == []


def test_a_camera_without_a_known_duty_is_not_judged_by_age_and_goes_last() -> None:
    assert decided(stored(1, B, 400), keeps={A: WEEK}) == []
    both = [stored(1, B, 400), stored(2, A, 1)]
    assert decided(*both, keeps={A: WEEK}, reserve=1) == [(1, "below_floor")]
    both = [stored(1, B, 400), stored(2, A, 3)]
    assert decided(*both, keeps={A: WEEK}, reserve=1) == [(2, "space")]


def test_for_room_goes_first_what_is_past_its_target_then_what_is_past_its_floor_then_the_oldest() -> None:
    long = Keep(floor=30, target=60, ceiling=90)
    segments = [
        stored(1, B, 40),  # the oldest of all, past its floor only
        stored(2, A, 6),  # past its target
        stored(3, A, 3),  # past its floor
        stored(4, B, 20),  # promised
        stored(5, A, 1),  # promised
    ]
    order = [(2, "target"), (1, "space"), (3, "space"), (4, "below_floor"), (5, "below_floor")]
    for count in range(6):
        assert decided(*segments, keeps={A: WEEK, B: long}, reserve=1000 * count) == order[:count]


def test_too_little_room_takes_no_more_than_needed() -> None:
    segments = [stored(1, A, 4), stored(2, B, 3.5), stored(3, A, 3)]
    found = decided(*segments, keeps={A: WEEK, B: WEEK}, free=500, reserve=2000)
    assert found == [(1, "space"), (2, "space")]


def test_room_made_by_age_counts_before_anything_goes_for_space() -> None:
    segments = [stored(1, A, 9), stored(2, B, 6)]
    assert decided(*segments, keeps={A: WEEK, B: WEEK}, free=500, reserve=1500) == [(1, "ceiling")]


def test_a_round_ends_where_older_footage_than_was_offered_may_follow() -> None:
    offered = [stored(1, A, 6.5), stored(2, B, 3)]
    # More of A's footage is past its target: B's, which is only past its floor, must not go before that.
    found = decided(*offered, keeps={A: WEEK, B: WEEK}, reserve=9000, more=frozenset({A}))
    assert found == [(1, "target")]


def test_ages_that_contradict_each_other_are_not_accepted() -> None:
    with pytest.raises(ValueError, match="follow"):
        Keep(floor=8, target=7, ceiling=7)


GB = 10**9


def camera(gb_a_day: float, *, floor: int, oldest: float) -> Writes:
    return Writes(gb_a_day * GB / 86_400, floor, oldest)


def test_a_young_disk_that_is_too_small_is_foreseen_days_before() -> None:
    # 10 GB a day, 7 days promised, one day stored, 30 GB of room: nothing ages out in time.
    days = floor_breaks_in([camera(10, floor=7, oldest=1)], free=31 * GB, reserve=1 * GB)
    assert days == pytest.approx(3, abs=0.01)


def test_a_disk_on_which_the_promise_fits_is_never_foreseen_to_break_it() -> None:
    assert floor_breaks_in([camera(10, floor=7, oldest=0)], free=71 * GB, reserve=GB) is None
    # Full to the reserve, but everything promised is there and what passes its floor makes room.
    assert floor_breaks_in([camera(10, floor=7, oldest=7)], free=GB, reserve=GB) is None
    assert floor_breaks_in([], free=0, reserve=0) is None


def test_footage_past_its_floor_counts_as_room() -> None:
    short = floor_breaks_in([camera(10, floor=7, oldest=3)], free=20 * GB, reserve=0)
    assert short == pytest.approx(2, abs=0.01)
    assert floor_breaks_in([camera(10, floor=7, oldest=12)], free=0, reserve=0) is None


def test_a_promise_that_breaks_now_is_said_so() -> None:
    assert floor_breaks_in([camera(10, floor=7, oldest=3)], free=0, reserve=GB) == 0


def test_what_each_camera_was_promised_counts_apart() -> None:
    # One writes little and is kept long, one much and short; together they need 30 + 14 GB.
    cameras = [camera(1, floor=30, oldest=0), camera(7, floor=2, oldest=0)]
    assert floor_breaks_in(cameras, free=45 * GB, reserve=0) is None
    days = floor_breaks_in(cameras, free=30 * GB, reserve=0)
    # 14 GB in two days; from then on only the long one grows.
    assert days == pytest.approx(16, abs=0.1)
