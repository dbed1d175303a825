"""Interarrival jitter is that of RFC 3550 section A.8."""

import random

import pytest

from thienly.media.rtp.jitter import Interarrival

RATE = 90_000
MS = 1_000_000


def by_the_book(packets: list[tuple[int, int]]) -> float:
    """The C code of section A.8, in microseconds: (timestamp, arrival in nanoseconds) of each packet."""
    jitter, transit_before = 0.0, None
    for ts, at_ns in packets:
        transit = at_ns * RATE // 10**9 - ts
        if transit_before is not None:
            jitter += (1.0 / 16.0) * (abs(transit - transit_before) - jitter)
        transit_before = transit
    return jitter * 1e6 / RATE


def measured(packets: list[tuple[int, int]], *, first_ts: int = 0) -> int:
    window = Interarrival(RATE)
    for ts, at_ns in packets:
        window.arrived((ts + first_ts) & 0xFFFFFFFF, at_ns)
    return window.micros


def test_an_even_stream_has_none() -> None:
    assert measured([(3600 * n, 40 * MS * n) for n in range(200)]) == 0


@pytest.mark.parametrize("first_ts", [0, 0xFFFF_FF00])
def test_it_agrees_with_the_code_of_the_standard_also_where_timestamps_wrap(first_ts: int) -> None:
    chance = random.Random(7)  # noqa: S311 - a test's dice
    packets = [(3600 * n, 40 * MS * n + chance.randrange(0, 30 * MS)) for n in range(300)]
    expected = by_the_book(packets)
    assert expected > 5000
    assert measured(packets, first_ts=first_ts) == pytest.approx(expected, abs=25)


def test_pictures_out_of_order_by_design_are_no_jitter() -> None:
    order = [0, 3, 1, 2, 6, 4, 5, 9, 7, 8]
    shown = [*order, *(n + 9 for n in order[1:]), *(n + 18 for n in order[1:])]
    packets = [(3600 * place, 40 * MS * sent) for sent, place in enumerate(shown)]
    # The first picture stands for itself, so the next is two frames ahead of it; then all is even.
    assert measured(packets[1:]) == 0
    assert by_the_book(packets[1:]) > 50_000


def test_a_camera_that_begins_anew_is_not_a_late_packet() -> None:
    before = [(3600 * n, 40 * MS * n) for n in range(50)]
    after = [(3600 * (n + 90_000), 40 * MS * n) for n in range(50, 100)]
    assert measured(before + after) == 0
