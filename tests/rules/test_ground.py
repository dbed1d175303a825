"""Counting in memory says the same as the gate's own decision, for every kind of scope."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thienly.core.regulation.shelf import first
from thienly.rules.access import decide, reach
from thienly.rules.actions import Action
from thienly.rules.ground import WEIGHED, Ground, Spot
from thienly.rules.scope import Dated, ObjectFacts, SeatFacts, UnitFacts

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)
AREAS = {"x": frozenset({"1", "9"}), "y": frozenset({"2", "9"})}  # z was not confirmed to lie anywhere
PATHS = {"a": "a/", "b": "a/b/", "c": "a/b/c/", "d": "d/"}
ROLES = ("command_user", "cam_admin", "ioc_user", "sector_user", "user_member", "tttt_guide")
FUNCTIONS = frozenset(
    {"province_leadership", "camera_manager", "local_ioc", "sector_center", "data_user", "so_tttt"}
)

units = st.sampled_from(sorted(PATHS))
spots = st.builds(
    lambda unit, site, sector, secret: Spot(
        "", unit, PATHS[unit], site, sector, secret, areas=AREAS.get(site, frozenset())
    ),
    units,
    st.sampled_from("xyz"),
    st.sampled_from(["mining", "security"]),
    st.booleans(),
)
seats = st.builds(
    lambda unit, role, sector, sites, listed, areas: SeatFacts(
        id="s",
        profile="QN",
        role=role,
        unit=UnitFacts(unit, PATHS[unit]),
        unit_name=unit,
        unit_functions=FUNCTIONS,
        unit_from=date(2020, 1, 1),
        unit_to=None,
        valid_from=datetime(2024, 1, 1, tzinfo=UTC),
        valid_to=None,
        sector=sector if role == "sector_user" else "",
        sites=sites if role == "user_member" else frozenset(),
        cameras=listed if role == "user_member" else frozenset(),
        territory=tuple(Dated(area, date(2020, 1, 1)) for area in areas) if role == "ioc_user" else (),
    ),
    units,
    st.sampled_from(ROLES),
    st.sampled_from(["mining", "security"]),
    st.frozensets(st.sampled_from("xyz"), max_size=2),
    st.frozensets(st.sampled_from("0123"), max_size=2),
    st.frozensets(st.sampled_from("129"), max_size=2),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(spots, max_size=9), st.lists(seats, max_size=3), st.sampled_from(list(Action)))
def test_the_cameras_counted_are_those_that_the_gate_allows(
    cameras: list[Spot], held: list[SeatFacts], action: Action
) -> None:
    profiles = first()
    cameras = [replace(spot, camera=str(place)) for place, spot in enumerate(cameras)]
    ground = Ground(cameras)
    found = ground.members(reach(action=action, kind="camera", seats=held, profiles=profiles, now=NOW))
    allowed = 0
    for place, spot in enumerate(cameras):
        camera = ObjectFacts(
            kind="camera",
            id=spot.camera,
            units=(UnitFacts(spot.unit, spot.path),),
            sites=frozenset({spot.site}),
            sectors=frozenset({spot.sector}),
            secret=spot.secret,
            areas=spot.areas,
        )
        if decide(action=action, obj=camera, seats=held, profiles=profiles, now=NOW).allow:
            allowed |= 1 << place
    assert found == allowed


def test_a_part_of_a_reach_that_is_not_counted_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("thienly.rules.ground.WEIGHED", WEIGHED - {"sites"})
    with pytest.raises(TypeError, match="sites"):
        Ground([])
