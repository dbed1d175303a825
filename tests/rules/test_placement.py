"""A camera goes to the disk that lasts longest with it."""

from thienly.rules.placement import Disk, better, choose

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


def test_a_camera_moves_to_an_emptier_disk_until_they_last_alike_and_then_none_goes_to_and_fro() -> None:
    """A disk of the same size was added, empty; nothing that is stored moves."""
    free, rates = {"old": 300 * GB, "new": 1000 * GB}, {"old": 10e6, "new": 0.0}
    at = dict.fromkeys(range(20), "old")

    def look(camera: int) -> str | None:
        disks = [Disk(name, free[name], 1000 * GB, rates[name]) for name in free]
        return better(disks, at[camera], 0.5e6)

    moves = 0
    for camera in [*at, *at, *at]:
        if (to := look(camera)) is not None:
            rates[at[camera]] -= 0.5e6
            rates[to] += 0.5e6
            at[camera] = to
            moves += 1
    assert all(look(camera) is None for camera in at)
    lasts = {name: free[name] / rates[name] for name in free}
    assert max(lasts.values()) < 1.4 * min(lasts.values())
    assert moves == list(at.values()).count("new"), "none moved twice"


def test_a_camera_stays_where_it_gains_little_and_where_there_is_no_other_disk() -> None:
    a, b = Disk("a", 500 * GB, 1000 * GB, 5e6), Disk("b", 550 * GB, 1000 * GB, 5e6)
    assert better([a, b], "a", 0.5e6) is None
    assert better([a], "a", 0.5e6) is None and better([b], "a", 0.5e6) is None
