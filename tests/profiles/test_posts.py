"""Runs the cases of `<regulation>/posts.yaml`: given a post and a camera, then this it may and no more."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from thienly.conf import RegulationConf
from thienly.core.regulation import shelf
from thienly.rules import access
from thienly.rules.actions import Action
from thienly.rules.profile import Profile
from thienly.rules.scope import ObjectFacts, SeatFacts, UnitFacts

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
FILES = {
    path.parent.name: yaml.safe_load(path.read_text())
    for path in sorted(Path(__file__).parent.glob("*/posts.yaml"))
}
CASES = [(name, case) for name, told in FILES.items() for case in told["cases"]]


def regulation(name: str) -> Profile:
    """As it would hold; where the copy gives no day, a document has given one."""
    book = shelf.shelf().book(name)
    assert book is not None
    open_ = book.profile.profile.effective_from is None
    choice = RegulationConf(id=name, effective_from="2024-02-01" if open_ else "", document="1/QĐ")
    return shelf.adopt(shelf.shelf(), (choice,))[name]


def seat(profile: Profile, post: dict[str, Any]) -> SeatFacts:
    role = profile.role(post["role"])
    assert role is not None
    return SeatFacts(
        id="1",
        profile=profile.id,
        role=role.id,
        unit=UnitFacts(post["unit"], post["unit"]),
        unit_name=post["unit"],
        unit_functions=frozenset({role.unit}),
        unit_from=date(2020, 1, 1),
        unit_to=None,
        valid_from=datetime(2024, 3, 1, tzinfo=UTC),
        valid_to=None,
        sites=frozenset(post.get("sites", [])),
    )


def camera(told: dict[str, str]) -> ObjectFacts:
    return ObjectFacts(
        kind="camera",
        id="1",
        units=(UnitFacts(told["unit"], told["unit"]),),
        sites=frozenset({told["site"]}),
        sectors=frozenset({told["sector"]}),
    )


@pytest.mark.parametrize(("name", "case"), CASES, ids=[f"{name}: {case['case']}" for name, case in CASES])
def test_the_post_may_do_this_and_no_more(name: str, case: dict[str, Any]) -> None:
    told = FILES[name]
    profile = regulation(told["regulation"])
    cites = set(case["cite"].removeprefix(f"{profile.id} ").split(", "))
    for which, facts in told["cameras"].items():
        may = {Action(action) for action in case["may"].get(which, [])}
        for action in Action:
            decision = access.decide(
                action=action,
                obj=camera(facts),
                seats=[seat(profile, case["post"])],
                profiles={profile.id: profile},
                now=NOW,
            )
            assert decision.allow == (action in may), (which, action, decision.reasons)
            assert decision.visible == bool(may), which
            for granted in decision.grants:
                assert set(granted.cite.removeprefix(f"{profile.id} ").split(", ")) <= cites


@pytest.mark.parametrize("name", sorted(FILES))
def test_every_role_that_is_granted_something_has_a_case(name: str) -> None:
    profile = regulation(FILES[name]["regulation"])
    tested = {case["post"]["role"] for case in FILES[name]["cases"]}
    alike = {"bg_qn": "bg_dg", "bg_tqb": "bg_dg", "district_data": "district_user"}
    assert {alike.get(grant.to, grant.to) for grant in profile.grants} <= tested
