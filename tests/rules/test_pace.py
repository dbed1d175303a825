"""A slow line steps down to the small picture, and up again only when it has been calm for long enough."""

from thienly.rules.pace import CALM_S, SKIPS, WITHIN_S, Pace


def stumble(pace: Pace, at: float) -> bool:
    return [pace.skipped(at + number) for number in range(SKIPS)][-1]


def test_one_stumble_or_rare_ones_change_nothing() -> None:
    pace = Pace()
    assert not pace.skipped(1)
    assert not any(pace.skipped(100 + number * WITHIN_S) for number in range(10))
    assert not pace.low


def test_skips_that_pile_up_step_down_and_a_calm_steps_up_again() -> None:
    pace = Pace()
    assert stumble(pace, 10)
    assert pace.low
    assert not pace.calm(11 + CALM_S)
    pace.skipped(20)  # even the small picture stumbles: the calm begins anew
    assert not pace.calm(19 + CALM_S)
    assert pace.calm(21 + CALM_S)
    assert not pace.low


def test_a_line_that_fails_again_soon_is_left_in_peace_for_longer_each_time() -> None:
    pace, at, calms = Pace(), 10.0, []
    for _ in range(4):
        assert stumble(pace, at)
        fell = at = at + SKIPS
        while not pace.calm(at):
            at += 1
        calms.append(at - fell)
        at += 5
    assert calms == sorted(calms) and calms[-1] > 4 * calms[0]


def test_a_line_that_was_good_for_long_begins_with_the_short_calm_again() -> None:
    pace = Pace()
    stumble(pace, 10)
    assert pace.calm(100)
    stumble(pace, 10_000)
    assert not pace.calm(10_003)
    assert pace.calm(10_003 + CALM_S)
