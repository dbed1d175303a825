"""A camera goes to the disk that lasts longest with it."""

from thienly.rules.placement import Disk, choose

GB = 10**9


def test_free_space_and_what_is_written_already_both_count() -> None:
    a, b = Disk("a", 900 * GB, 1000 * GB, 40e6), Disk("b", 500 * GB, 1000 * GB, 1e6)
    assert choose([a, b], 0.5e6) == "b"
    assert choose([a, Disk("b", 500 * GB, 1000 * GB, 40e6)], 0.5e6) == "a"


def test_equal_cameras_spread_over_disks_in_proportion_to_their_room() -> None:
    rates = {"big": 0.0, "small": 0.0}
    for _ in range(30):
        big, small = (Disk(n, s * GB, s * GB, rates[n]) for n, s in (("big", 2000), ("small", 1000)))
        name = choose([big, small], 0.5e6)
        assert name is not None
        rates[name] += 0.5e6
    assert rates == {"big": 10e6, "small": 5e6}


def test_when_all_are_as_full_as_retention_lets_them_be_their_size_decides() -> None:
    full = [Disk("a", 11 * GB, 4000 * GB, 5e6), Disk("b", 10 * GB, 1000 * GB, 5e6)]
    assert choose(full, 0.5e6) == "a"


def test_without_a_disk_that_works_there_is_no_choice() -> None:
    assert choose([], 1e6) is None
