"""Which segments go: those past their camera's ceiling, then the oldest while there is too little room."""

from thienly.rules.retention import DAY_US, Deletion, Stored, decide

NOW = 100 * DAY_US
A, B = "a" * 32, "b" * 32


def stored(number: int, camera: str, age_days: float) -> Stored:
    return Stored(number, camera, NOW - round(age_days * DAY_US), 1000)


def test_each_camera_has_its_own_ceiling() -> None:
    segments = [stored(1, A, 9), stored(2, B, 8), stored(3, A, 6)]
    assert decide(segments, keep_days={A: 7, B: 30}, now_us=NOW, free=10, reserve=0) == [
        Deletion(1, "ceiling")
    ]


def test_a_segment_exactly_at_the_ceiling_stays() -> None:
    assert decide([stored(1, A, 7)], keep_days={A: 7}, now_us=NOW, free=0, reserve=0) == []


def test_a_camera_without_a_known_ceiling_is_not_judged_by_age() -> None:
    assert decide([stored(1, B, 400)], keep_days={A: 7}, now_us=NOW, free=0, reserve=0) == []


def test_too_little_room_takes_the_oldest_and_no_more_than_needed() -> None:
    segments = [stored(1, A, 3), stored(2, B, 2), stored(3, A, 1)]
    found = decide(segments, keep_days={A: 7, B: 7}, now_us=NOW, free=500, reserve=2000)
    assert found == [Deletion(1, "space"), Deletion(2, "space")]


def test_room_made_by_age_counts_before_anything_goes_for_space() -> None:
    segments = [stored(1, A, 9), stored(2, B, 2)]
    found = decide(segments, keep_days={A: 7, B: 7}, now_us=NOW, free=500, reserve=1500)
    assert found == [Deletion(1, "ceiling")]
