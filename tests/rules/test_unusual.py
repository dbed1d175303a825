"""What is unusual is measured by the person himself and by colleagues, never by a number alone."""

import pytest

from thienly.rules.unusual import Limits, Pattern, Viewing, unusual

LIMITS = Limits(times=3, least=30, same_camera=15, other_hours=5, least_days=5)


def day(opened: int, *, cameras: int = 10, hour: int = 9) -> Viewing:
    each = {f"c{number}": opened // cameras + (number < opened % cameras) for number in range(cameras)}
    return Viewing({camera: count for camera, count in each.items() if count}, {hour: opened})


def patterns(today: Viewing, before: list[Viewing], colleagues: list[Viewing]) -> list[Pattern]:
    return [one.pattern for one in unusual(today, before=before, colleagues=colleagues, limits=LIMITS)]


@pytest.mark.parametrize(
    ("today", "before", "colleagues", "found"),
    [
        (day(60), [day(10)] * 5, [], [Pattern.MORE_THAN_BEFORE]),
        (day(30), [day(10)] * 5, [], []),  # three times as many is not yet more than three times
        (day(29), [day(1)] * 5, [], []),  # too few to matter
        (day(60), [day(10)] * 4, [], []),  # no habit yet
        (day(60), [], [day(10), day(12), day(90)], [Pattern.MORE_THAN_COLLEAGUES]),
        (day(60), [], [day(10)], []),  # one colleague is no measure
        (day(60), [day(50)] * 5, [day(40), day(45)], []),  # a busy post
        (day(15, cameras=1), [day(10)] * 5, [], [Pattern.SAME_CAMERA]),
        (day(15, cameras=1), [day(5, cameras=1)] * 5, [], []),  # always the same counter: his post
        (day(5, hour=2), [day(10)] * 5, [], [Pattern.OTHER_HOURS]),
        (day(5, hour=2), [*[day(10)] * 4, day(1, hour=2)], [], []),  # has worked at night before
        (day(4, hour=2), [day(10)] * 5, [], []),
    ],
)
def test_a_day_is_unusual_only_beside_others(
    today: Viewing, before: list[Viewing], colleagues: list[Viewing], found: list[Pattern]
) -> None:
    assert patterns(today, before, colleagues) == found


def test_a_finding_says_what_would_be_usual_and_which_camera() -> None:
    [found] = unusual(day(20, cameras=1), before=[day(10)] * 5, colleagues=[], limits=LIMITS)
    assert (found.camera, found.count, found.usual) == ("c0", 20, 1)
