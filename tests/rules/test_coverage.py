"""Hour bitmaps and the line of time."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from thienly.rules.coverage import (
    HOUR_US,
    SECOND_US,
    Kind,
    KnownGap,
    Span,
    Stretch,
    by_hour,
    count,
    mark,
    merge,
    runs,
    share,
    subtract,
    timeline,
    unmark,
)
from thienly.rules.problems import Problem

BASE = 480_000 * HOUR_US
moments = st.integers(BASE, BASE + 3 * HOUR_US)
spans = st.tuples(moments, moments).map(lambda pair: Span(min(pair), max(pair)))


def marked(*recordings: Span) -> dict[int, bytes]:
    hours: dict[int, bytes] = {}
    for recording in recordings:
        for hour, first, last in by_hour(*recording):
            hours[hour] = mark(hours.get(hour, b""), first, last)
    return hours


def line(
    recordings: list[Span],
    gaps: list[KnownGap],
    *,
    until: int = BASE + 3 * HOUR_US,
    now: int | None = None,
    tail: int | None = None,
) -> list[Stretch]:
    return timeline(
        start_us=BASE,
        end_us=until,
        now_us=until if now is None else now,
        hours=marked(*recordings),
        gaps=gaps,
        recording_from_us=tail,
    )


@given(spans)
def test_a_second_is_recorded_when_its_middle_is(span: Span) -> None:
    hours = marked(span)
    for second in {span.start_us // SECOND_US, span.end_us // SECOND_US}:
        hour, bit = divmod(second, 3600)
        held = bool(int.from_bytes(hours.get(hour * HOUR_US, b""), "little") >> bit & 1)
        assert held == (span.start_us <= second * SECOND_US + SECOND_US // 2 < span.end_us)
    assert abs(sum(map(count, hours.values())) * SECOND_US - (span.end_us - span.start_us)) <= SECOND_US


@given(spans, moments)
def test_recordings_that_follow_one_another_lose_no_second_and_count_none_twice(span: Span, cut: int) -> None:
    cut = max(span.start_us, min(cut, span.end_us))
    halves = (Span(span.start_us, cut), Span(cut, span.end_us))
    assert marked(*halves) == marked(span)
    seconds = [sum(map(count, marked(part).values())) for part in (*halves, span)]
    assert seconds[0] + seconds[1] == seconds[2]


@given(st.lists(spans, max_size=5))
def test_order_and_repetition_of_reports_change_nothing(recordings: list[Span]) -> None:
    assert marked(*recordings) == marked(*reversed(recordings), *recordings)


@given(spans)
def test_unmarking_is_the_reverse_of_marking(span: Span) -> None:
    hours = marked(span)
    for hour, first, last in by_hour(*span):
        hours[hour] = unmark(hours[hour], first, last)
    assert not any(map(count, hours.values()))


@given(st.lists(spans, max_size=4))
def test_the_bitmaps_of_several_recorders_add_up(recordings: list[Span]) -> None:
    whole = marked(*recordings)
    parts = [marked(recording) for recording in recordings]
    assert {hour: merge(part[hour] for part in parts if hour in part) for hour in whole} == whole


def test_a_reversed_or_endless_recording_is_refused() -> None:
    for start, end in ((BASE, BASE - 1), (-1, 5), (BASE, BASE + 25 * HOUR_US)):
        try:
            list(by_hour(start, end))
        except ValueError:
            continue
        raise AssertionError((start, end))


@given(spans, st.lists(spans, max_size=4))
def test_subtracting_leaves_what_no_other_holds(span: Span, others: list[Span]) -> None:
    left = subtract(span, others)
    points = sorted({p for s in (span, *others) for p in s})
    for at in points:
        expected = span.start_us <= at < span.end_us and not any(a <= at < b for a, b in others)
        assert expected == any(a <= at < b for a, b in left)
    assert left == sorted(left)


gaps_of_any_kind = st.tuples(
    spans, st.booleans(), st.sampled_from([Problem.STALLED, Problem.UNEXPLAINED, Problem.RECORDER_KILLED])
).map(lambda t: KnownGap(t[0].start_us, None if t[1] else t[0].end_us, t[2]))


@given(st.lists(spans, max_size=4), st.lists(gaps_of_any_kind, max_size=4), moments, st.none() | moments)
def test_a_line_of_time_has_neither_holes_nor_overlaps_and_ends_now(
    recordings: list[Span], gaps: list[KnownGap], now: int, tail: int | None
) -> None:
    stretches = line(recordings, gaps, now=now, tail=tail)
    assert [s.start_us for s in stretches] == [BASE, *(s.end_us for s in stretches[:-1])][: len(stretches)]
    assert all(s.start_us < s.end_us for s in stretches)
    assert all((a.kind, a.reason) != (b.kind, b.reason) for a, b in pairwise(stretches))
    assert (stretches[-1].end_us if stretches else BASE) == now
    assert all((s.reason is not None) == (s.kind is Kind.GAP) for s in stretches)


@given(st.lists(spans, max_size=4), st.lists(gaps_of_any_kind, max_size=4))
def test_what_is_neither_recorded_nor_in_a_gap_is_unknown(
    recordings: list[Span], gaps: list[KnownGap]
) -> None:
    end = BASE + 3 * HOUR_US
    closed = [Span(g.start_us, end if g.end_us is None else g.end_us) for g in gaps]
    for stretch in line(recordings, gaps):
        middle = (stretch.start_us + stretch.end_us) // 2
        in_gap = any(a <= middle < b for a, b in closed)
        in_recording = any(a <= middle < b for a, b in runs(marked(*recordings)))
        if stretch.kind is Kind.UNKNOWN:
            assert not in_gap
            assert not in_recording
        elif not in_gap and not in_recording:  # the rest of a second of which a gap holds the middle
            assert stretch.kind is Kind.RECORDED
            assert any(abs(edge - middle) < SECOND_US for gap in closed for edge in gap)


def test_a_gap_shows_its_exact_edges_between_two_recordings() -> None:
    gap = KnownGap(BASE + 10_300_000, BASE + 12_800_000, Problem.STALLED)
    stretches = line(
        [Span(BASE, gap.start_us), Span(BASE + 12_800_000, BASE + 60 * SECOND_US)],
        [gap],
        until=BASE + 60 * SECOND_US,
    )
    assert [(s.kind, s.end_us - BASE) for s in stretches] == [
        (Kind.RECORDED, 10_300_000),
        (Kind.GAP, 12_800_000),
        (Kind.RECORDED, 60_000_000),
    ]


def test_a_gap_shorter_than_a_second_is_not_hidden_by_the_bitmap() -> None:
    gap = KnownGap(BASE + 10_600_000, BASE + 10_900_000, Problem.CLOSED)
    recordings = [Span(BASE, gap.start_us), Span(BASE + 10_900_000, BASE + 20 * SECOND_US)]
    stretches = line(recordings, [gap], until=BASE + 20 * SECOND_US)
    assert [(s.kind, s.start_us - BASE, s.end_us - BASE) for s in stretches][1] == (
        Kind.GAP,
        10_600_000,
        10_900_000,
    )


def test_what_another_recorder_has_wins_over_the_gap_of_the_one_that_died() -> None:
    gap = KnownGap(BASE + 10 * SECOND_US, BASE + 100 * SECOND_US, Problem.RECORDER_KILLED)
    stretches = line([Span(BASE, BASE + 200 * SECOND_US)], [gap], until=BASE + 200 * SECOND_US)
    assert [s.kind for s in stretches] == [Kind.RECORDED]


def test_the_time_since_the_last_closed_segment_is_being_recorded_and_an_open_gap_lasts_until_now() -> None:
    minute = 60 * SECOND_US
    now = BASE + 2 * minute
    recording = line([Span(BASE, BASE + minute)], [], now=now, tail=BASE + minute)
    assert [s.kind for s in recording] == [Kind.RECORDED, Kind.RECORDING]
    assert share(recording) == 1
    dark = line([Span(BASE, BASE + minute)], [KnownGap(BASE + minute, None, Problem.UNREACHABLE)], now=now)
    assert [(s.kind, s.reason) for s in dark] == [(Kind.RECORDED, None), (Kind.GAP, Problem.UNREACHABLE)]
    assert share(dark) == 0.5
    assert dark[1].seconds == 60


def test_a_day_that_has_not_begun_has_no_line_and_no_share() -> None:
    assert line([], [], now=BASE) == []
    assert share([]) is None
