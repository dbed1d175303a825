"""The table of network zones: names, limits, and tables that cannot be meant."""

from ipaddress import ip_network

import pytest

from thienly.rules.actions import Action
from thienly.rules.zones import Contradiction, Zone, Zones

DOCUMENT = "12/QĐ-UBND"
FENCE = [
    Zone("nội bộ", ip_network("10.20.0.0/16")),
    Zone("nội bộ", ip_network("2001:db8:20::/48")),
    Zone("đô thị", ip_network("172.16.0.0/12"), frozenset({Action.VIEW_LIVE}), DOCUMENT),
    Zone("Internet", ip_network("0.0.0.0/0"), frozenset(), DOCUMENT),
    Zone("Internet", ip_network("::/0"), frozenset(), DOCUMENT),
]


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("10.20.3.4", "nội bộ"),
        ("2001:db8:20::7", "nội bộ"),
        ("::ffff:10.20.3.4", "nội bộ"),
        ("172.20.0.1", "đô thị"),
        ("8.8.8.8", "Internet"),
        ("2001:db8:21::7", "Internet"),
        ("", ""),
        ("unix", ""),
    ],
)
def test_the_first_zone_that_holds_an_address_names_it(address: str, name: str) -> None:
    assert Zones(FENCE).of(address) == name


def test_a_zone_lets_do_what_it_lists_and_one_without_a_list_everything() -> None:
    zones = Zones(FENCE)
    assert zones.permits("nội bộ", list(Action))
    assert zones.permits("đô thị", [Action.VIEW_LIVE])
    assert not zones.permits("đô thị", [Action.VIEW_LIVE, Action.EXTRACT])
    assert zones.shut("Internet")
    assert not zones.shut("đô thị")


def test_behind_a_fence_what_no_zone_holds_may_do_nothing() -> None:
    assert Zones(FENCE[:3]).shut("")
    assert Zones(FENCE[:2]).permits("", list(Action))  # names only: no fence
    assert Zones([]).permits("", list(Action))


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ([FENCE[0], Zone("nội bộ", ip_network("10.1.0.0/16"), frozenset(), DOCUMENT)], "different things"),
        ([FENCE[0], Zone("a", ip_network("10.1.0.0/16"), frozenset())], "no document"),
        (FENCE[2:], "nobody administer|anybody administer"),
    ],
)
def test_a_table_that_cannot_be_meant_is_refused(table: list[Zone], words: str) -> None:
    with pytest.raises(Contradiction, match=words):
        Zones(table)
